using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Roofline;

namespace PowerPlanner.Hosting;

/// <summary>The shape that a roofline needs, from a model's published configuration.</summary>
internal static class RooflineShape
{
    /// <summary>A dense decoder in 16 bits; others would be estimated as something that they are not.</summary>
    /// <exception cref="UnknownModelException">Experts, another attention, a quantized checkpoint, or a dimension that is not stated.</exception>
    public static TransformerShape Of(string name, ModelConfiguration configuration)
    {
        var model = configuration.Description;
        if (model.Family.Name != DenseFamily || model.Experts > 0)
        {
            throw Refused(name, $"architecture {model.Architecture} is no dense decoder with grouped-query attention");
        }

        if (model.Quantization.Algorithm is not null || model.Quantization.BaseMethod is not null || model.Quantization.KvCache is not null)
        {
            throw Refused(name, $"it is quantized ({model.Quantization.Algorithm ?? model.Quantization.BaseMethod ?? "KV cache"})");
        }

        if (model.KvHeads < 1 || model.IntermediateSize < 1 || model.HiddenSize > int.MaxValue || model.IntermediateSize > int.MaxValue || model.VocabularySize > int.MaxValue)
        {
            throw Refused(name, FormattableString.Invariant($"its configuration has {model.KvHeads} KV heads, feed-forward size {model.IntermediateSize}, hidden size {model.HiddenSize}, vocabulary {model.VocabularySize}"));
        }

        return new TransformerShape
        {
            Name = name,
            Layers = model.Layers,
            HiddenSize = (int)model.HiddenSize,
            QueryHeads = model.Heads,
            KeyValueHeads = model.KvHeads,
            HeadSize = model.HeadSize,
            FeedForwardSize = (int)model.IntermediateSize,
            VocabularySize = (int)model.VocabularySize,
        };
    }

    private const string DenseFamily = "LLAMA";

    private static UnknownModelException Refused(string name, string why) =>
        new($"The roofline cannot stand for model '{name}': {why}. It takes dense decoders in 16 bits; built in are {string.Join(", ", TransformerShapes.All.Select(shape => shape.Name))}.");
}
