using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace PlannerHost.Tests;

/// <summary>A server on loopback that speaks TLS by a certificate of its own, made for one test.</summary>
internal sealed class TlsServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;
    private readonly string _folder;

    private TlsServer(WebApplication app, X509Certificate2 certificate, string folder) => (_app, _certificate, _folder) = (app, certificate, folder);

    public Uri Address => new(_app.Urls.Single());

    /// <summary>PEM file of the certificate, which is its own authority.</summary>
    public string CaFile => Path.Combine(_folder, "ca.pem");

    public static async Task<TlsServer> StartAsync(RequestDelegate answer)
    {
        var folder = Directory.CreateTempSubdirectory("tls-").FullName;
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=a test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.pem"), certificate.ExportCertificatePem());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttps(certificate);
        }));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return new TlsServer(app, certificate, folder);
    }

    /// <summary>A file with a token.</summary>
    public string TokenFile(string token)
    {
        var file = Path.Combine(_folder, "token");
        File.WriteAllText(file, token);
        return file;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
