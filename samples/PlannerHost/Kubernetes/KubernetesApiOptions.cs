using k8s;
using k8s.Authentication;

namespace PlannerHost.Kubernetes;

/// <summary>Where the API server is, and how this host shows who it is. With nothing set: as a pod's service account inside a cluster, else by the user's kubeconfig.</summary>
internal sealed class KubernetesApiOptions
{
    /// <summary>Base address of the API server; null = that of the cluster that this host runs in, or of the kubeconfig.</summary>
    public Uri? Server { get; set; }

    /// <summary>File with a bearer token, read anew as it is rotated; null = none. Only with <see cref="Server"/>.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Whether the token may go over plain HTTP to another machine, as inside a service mesh that encrypts. Default false.</summary>
    public bool AllowTokenOverHttp { get; set; }

    /// <summary>PEM file of the authorities to trust instead of the system's; null = the system's. Only with <see cref="Server"/>.</summary>
    public string? CaCertificateFile { get; set; }

    /// <summary>PEM file of a client certificate; null = none. Only with <see cref="Server"/>.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>PEM file of its key.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>A kubeconfig; null = in the cluster, else the user's own. Not with <see cref="Server"/>.</summary>
    public string? KubeConfigFile { get; set; }

    /// <summary>Context of the kubeconfig; null = its current one.</summary>
    public string? Context { get; set; }

    /// <summary>Every violation, as "field: value; allowed".</summary>
    public IEnumerable<string> Violations()
    {
        if (Server is null)
        {
            if (TokenFile is not null || CaCertificateFile is not null || ClientCertificateFile is not null || ClientKeyFile is not null)
            {
                yield return "Kubernetes: TokenFile, CaCertificateFile, ClientCertificateFile and ClientKeyFile go with Server, which is missing";
            }

            yield break;
        }

        if (KubeConfigFile is not null || Context is not null)
        {
            yield return "Kubernetes: Server and a kubeconfig exclude each other";
        }

        if (!Server.IsAbsoluteUri || (Server.Scheme != Uri.UriSchemeHttp && Server.Scheme != Uri.UriSchemeHttps))
        {
            yield return "Kubernetes:Server: an absolute http or https address is needed";
        }
        else if (Server.UserInfo.Length > 0)
        {
            // Not repeated: what stands there is a password, and this text goes to the log.
            yield return $"Kubernetes:Server: the address of '{Server.Host}' carries credentials; use TokenFile";
        }
        else if (TokenFile is not null && !AllowTokenOverHttp && Server.Scheme == Uri.UriSchemeHttp && !Server.IsLoopback)
        {
            yield return $"Kubernetes:Server: '{Server}' would get the token unencrypted; use https, or set AllowTokenOverHttp where the network encrypts";
        }

        if ((ClientCertificateFile is null) != (ClientKeyFile is null))
        {
            yield return "Kubernetes: ClientCertificateFile and ClientKeyFile go together";
        }
    }

    /// <summary>A client of this API server; nothing is sent yet.</summary>
    /// <exception cref="ArgumentException">The options are invalid.</exception>
    /// <exception cref="IOException">A file is missing.</exception>
    /// <exception cref="InvalidOperationException">There is neither a cluster around this host nor a kubeconfig.</exception>
    public k8s.Kubernetes CreateClient()
    {
        if (Violations().ToList() is { Count: > 0 } violations)
        {
            throw new ArgumentException(string.Join("; ", violations));
        }

        return new k8s.Kubernetes(Configuration());
    }

    private KubernetesClientConfiguration Configuration()
    {
        if (Server is null)
        {
            return KubeConfigFile is null && Context is null && KubernetesClientConfiguration.IsInCluster()
                ? KubernetesClientConfiguration.InClusterConfig()
                : FromFile();
        }

        var configuration = new KubernetesClientConfiguration
        {
            Host = Server.AbsoluteUri,
            TokenProvider = TokenFile is null ? null : new TokenFileAuth(TokenFile),
        };
        if (CaCertificateFile is { } authorities)
        {
            configuration.SslCaCerts = [];
            configuration.SslCaCerts.ImportFromPemFile(authorities);
        }

        if (ClientCertificateFile is { } certificate)
        {
            configuration.ClientCertificateFilePath = certificate;
            configuration.ClientKeyFilePath = ClientKeyFile;
        }

        return configuration;
    }

    private KubernetesClientConfiguration FromFile()
    {
        try
        {
            return KubernetesClientConfiguration.BuildConfigFromConfigFile(KubeConfigFile, Context);
        }
        catch (k8s.Exceptions.KubeConfigException exception)
        {
            throw new InvalidOperationException($"Kubernetes: this host runs in no cluster, and the kubeconfig cannot be used: {exception.Message}", exception);
        }
    }
}
