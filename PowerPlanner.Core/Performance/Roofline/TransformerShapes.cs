using System.Collections.Immutable;

namespace PowerPlanner.Performance.Roofline;

/// <summary>Built-in model shapes, from the <c>config.json</c> that each model publishes on Hugging Face.</summary>
public static class TransformerShapes
{
    /// <summary>All built-in shapes, by name.</summary>
    public static ImmutableArray<TransformerShape> All { get; } =
    [
        new() { Name = "meta-llama/Meta-Llama-3.1-70B", Layers = 80, HiddenSize = 8192, QueryHeads = 64, KeyValueHeads = 8, HeadSize = 128, FeedForwardSize = 28672, VocabularySize = 128256 },
        new() { Name = "meta-llama/Meta-Llama-3.1-8B", Layers = 32, HiddenSize = 4096, QueryHeads = 32, KeyValueHeads = 8, HeadSize = 128, FeedForwardSize = 14336, VocabularySize = 128256 },
        new() { Name = "Qwen/Qwen3-32B", Layers = 64, HiddenSize = 5120, QueryHeads = 64, KeyValueHeads = 8, HeadSize = 128, FeedForwardSize = 25600, VocabularySize = 151936 },
    ];

    /// <summary>The shape of that name.</summary>
    /// <param name="name">Model id: <c>Qwen/Qwen3-32B</c>. Case matters.</param>
    /// <exception cref="UnknownModelException">No such shape; the message lists those that exist.</exception>
    public static TransformerShape Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(shape => shape.Name == name)
            ?? throw new UnknownModelException($"There is no built-in shape of the model '{name}'; there are {string.Join(", ", All.Select(shape => shape.Name))}.");
    }
}
