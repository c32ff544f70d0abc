namespace PowerPlanner.Performance.Aic.Models;

/// <summary>The families of AIC's map, by architecture and by name (specification 5.1).</summary>
internal static class ModelFamilies
{
    private static readonly ModelFamily[] All =
    [
        LlamaFamily.Instance,
        GptFamily.Instance,
        MoeFamily.Instance,
        MoeFamily.GptOss,
        HybridMoeFamily.Instance,
        MlaFamily.DeepSeek,
        MlaFamily.KimiK25,

        new UnsupportedFamily(
            "HYBRIDMOE", ["MiMoV2FlashForCausalLM"], "its sliding layers have head counts of their own, and which fields state them, and which layers slide, is not specified"),
    ];

    /// <summary>The family of an architecture, or null.</summary>
    public static ModelFamily? OfArchitecture(string architecture)
    {
        foreach (var family in All)
        {
            foreach (var name in family.Architectures)
            {
                if (string.Equals(name, architecture, StringComparison.Ordinal))
                {
                    return family;
                }
            }
        }

        return null;
    }

    /// <summary>The family of a name such as <c>LLAMA</c>, whatever the case.</summary>
    /// <exception cref="UnknownModelException">No family has the name.</exception>
    public static ModelFamily Named(string name)
    {
        foreach (var family in All)
        {
            if (string.Equals(family.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return family;
            }
        }

        throw new UnknownModelException($"No model family is named '{name}'; known are {string.Join(", ", All.Select(family => family.Name).Distinct())}.");
    }

    /// <summary>What a message lists when an architecture is unknown.</summary>
    public static string KnownArchitectures =>
        $"supported are {Architectures(supported: true)}; known but not supported yet are {Architectures(supported: false)}";

    private static string Architectures(bool supported) =>
        string.Join(", ", All.Where(family => family.IsSupported == supported).SelectMany(family => family.Architectures));
}
