namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>How AIC's folders and files call the backends.</summary>
internal static class AicBackendNames
{
    /// <summary>All names, in alphabetical order.</summary>
    public static readonly IReadOnlyList<string> All = ["sglang", "trtllm", "vllm"];

    /// <summary>The folder name of a backend.</summary>
    /// <exception cref="UnknownSystemException">Not a backend.</exception>
    public static string NameOf(AicBackend backend) => backend switch
    {
        AicBackend.Vllm => "vllm",
        AicBackend.Sglang => "sglang",
        AicBackend.TensorRtLlm => "trtllm",
        _ => throw new UnknownSystemException($"Backend {(int)backend} is unknown; there are {string.Join(", ", All)}."),
    };

    /// <summary>The backend of a name, e.g. <c>vllm</c>; letter case matters, as in folder names.</summary>
    /// <exception cref="UnknownSystemException">Not a backend.</exception>
    public static AicBackend Parse(string name) => name switch
    {
        "vllm" => AicBackend.Vllm,
        "sglang" => AicBackend.Sglang,
        "trtllm" => AicBackend.TensorRtLlm,
        _ => throw new UnknownSystemException($"Backend '{name}' is unknown; there are {string.Join(", ", All)}."),
    };
}
