using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>Which parallel layouts an engine can have (specification 5.2).</summary>
internal static class LayoutRules
{
    private const long DefaultScaleBlock = 128;

    /// <summary>Refuses what no family allows, then what the model's family does not allow.</summary>
    /// <exception cref="InvalidLayoutException">The layout is not allowed.</exception>
    /// <exception cref="UnknownModelException">The model's family is not supported.</exception>
    public static void Check(EngineSpecification engine)
    {
        var model = engine.Model;
        var layout = engine.Layout;
        if (model.Heads % layout.TensorParallel != 0)
        {
            throw new InvalidLayoutException($"tp {layout.TensorParallel} does not divide the {model.Heads} attention heads of {model.Architecture}.");
        }

        // Memory is tabulated for 1, 2, 4 and 8 ranks; 8 stands for all larger groups (specification 7).
        var entry = MemoryClass(layout.TensorParallel);
        if (entry < 0 || !engine.System.NcclMemory.ContainsKey(Math.Min(layout.TensorParallel, 8)))
        {
            throw new InvalidLayoutException(
                $"tp {layout.TensorParallel} has no memory figures on system '{engine.System.Name}'; allowed are 1, 2, 4 and 8 or more, as far as its nccl_mem lists them ({string.Join(", ", engine.System.NcclMemory.Keys.Order())}).");
        }

        if (layout.PipelineParallel > model.Layers)
        {
            throw new InvalidLayoutException($"pp {layout.PipelineParallel} exceeds the {model.Layers} layers of {model.Architecture}: a stage would be empty.");
        }

        CheckContextSplit(engine);
        model.Family.CheckLayout(engine);
    }

    /// <summary>Context parallelism is SGLang's, without any other split of attention.</summary>
    /// <exception cref="InvalidLayoutException">The layout is not allowed.</exception>
    private static void CheckContextSplit(EngineSpecification engine)
    {
        var (model, layout) = (engine.Model, engine.Layout);
        if (layout.ContextParallel == 1)
        {
            return;
        }

        if (engine.Backend != AicBackend.Sglang)
        {
            throw new InvalidLayoutException($"cp {layout.ContextParallel} on {AicBackendNames.NameOf(engine.Backend)}: only sglang is modelled with context parallelism; cp must be 1.");
        }

        if (!model.Family.AllowsContextParallel)
        {
            throw new InvalidLayoutException(
                $"cp {layout.ContextParallel} for {model.Architecture}: context parallelism is modelled for dense decoders only, as what experts and attention over compressed keys do with their share of the tokens is not specified; cp must be 1.");
        }

        if (layout.TensorParallel != 1 || layout.AttentionDataParallel != 1)
        {
            throw new InvalidLayoutException(
                $"cp {layout.ContextParallel} with tp {layout.TensorParallel} and attention dp {layout.AttentionDataParallel}: both must be 1 where cp is above 1.");
        }
    }

    /// <summary>
    /// A dense model's shares must not be empty. Attention data parallelism makes independent ranks; the expert sizes have no meaning
    /// in a dense model and are ignored, as AIC does.
    /// </summary>
    /// <exception cref="InvalidLayoutException">A share would be empty.</exception>
    public static void CheckDenseSplit(EngineSpecification engine)
    {
        var tp = engine.Layout.TensorParallel;
        CheckShare("intermediate_size", engine.Model.IntermediateSize, tp);
        CheckShare("vocab_size", engine.Model.VocabularySize, tp);
    }

    /// <summary>
    /// The experts' ranks are those of attention, dealt out anew. Every rank needs an expert, every share of an expert whole scale blocks.
    /// </summary>
    /// <exception cref="InvalidLayoutException">The layout is not allowed.</exception>
    public static void CheckExpertSplit(EngineSpecification engine)
    {
        var (model, layout) = (engine.Model, engine.Layout);
        var attention = (long)layout.TensorParallel * layout.AttentionDataParallel;
        var experts = (long)layout.MoeTensorParallel * layout.MoeExpertParallel;
        if (attention != experts)
        {
            throw new InvalidLayoutException(
                $"tp {layout.TensorParallel} · attention dp {layout.AttentionDataParallel} = {attention}, but moe tp {layout.MoeTensorParallel} · moe ep {layout.MoeExpertParallel} = {experts}; both must be the same GPUs.");
        }

        if (model.Experts < layout.MoeExpertParallel)
        {
            throw new InvalidLayoutException($"moe ep {layout.MoeExpertParallel} exceeds the {model.Experts} experts of {model.Architecture}: a rank would hold none.");
        }

        CheckShare("vocab_size", model.VocabularySize, layout.TensorParallel);
        CheckShare("moe_intermediate_size", model.ExpertIntermediateSize, layout.MoeTensorParallel, "moe tp");
        var block = model.Quantization.BlockRows ?? DefaultScaleBlock;
        var share = model.ExpertIntermediateSize / layout.MoeTensorParallel;
        if (engine.Quantization.Moe == MoeQuantization.Fp8Block && share % block != 0)
        {
            throw new InvalidLayoutException(
                $"moe tp {layout.MoeTensorParallel} leaves {share} of the experts' {model.ExpertIntermediateSize} columns a rank; in fp8_block that must be a multiple of the {block} of a scale block.");
        }
    }

    /// <summary>0, 1, 2, 3 for a tensor-parallel size of 1, 2, 4, 8 or more; −1 for one without memory figures.</summary>
    public static int MemoryClass(int tensorParallel) => Math.Min(tensorParallel, 8) switch { 1 => 0, 2 => 1, 4 => 2, 8 => 3, _ => -1 };

    /// <summary>What works but is not balanced.</summary>
    public static IEnumerable<string> Warnings(EngineSpecification engine)
    {
        if (engine.Model.Layers % engine.Layout.PipelineParallel != 0)
        {
            yield return $"pp {engine.Layout.PipelineParallel} does not divide the {engine.Model.Layers} layers: stages are uneven, which the estimate does not see.";
        }

        if (engine.Layout.ContextParallel > 1)
        {
            yield return $"cp {engine.Layout.ContextParallel}: memory and KV capacity are those of one rank that holds all tokens, as AIC has no other formula.";
        }
    }

    /// <summary>Refuses to split less than one a rank.</summary>
    /// <exception cref="InvalidLayoutException">A share would be empty.</exception>
    public static void CheckShare(string what, long size, int ranks, string split = "tp")
    {
        if (size < ranks)
        {
            throw new InvalidLayoutException($"{what} {size} cannot be split over {split} {ranks}: a rank would hold nothing.");
        }
    }
}
