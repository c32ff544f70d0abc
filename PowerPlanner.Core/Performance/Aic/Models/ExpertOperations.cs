using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>What every layer of routed experts runs: router, dispatch, experts, and back (specification 5.4.3).</summary>
internal static class ExpertOperations
{
    /// <param name="prefix">What names begin with; empty, or a layer type with an underscore.</param>
    /// <param name="distribution">How tokens spread over experts unless the engine's options say otherwise.</param>
    /// <param name="dispatch">Format that tokens may travel in; null = 16 bits.</param>
    /// <param name="scale">Layers, times the phase's factor.</param>
    public static IEnumerable<Operation> Build(EngineSpecification engine, string prefix, string distribution, MoeQuantization? dispatch, double scale)
    {
        var (model, layout) = (engine.Model, engine.Layout);
        yield return new GemmOperation($"{prefix}router_gemm", GemmQuantization.BFloat16, model.Experts, model.HiddenSize, scale);
        yield return Dispatch(engine, $"{prefix}moe_pre_dispatch", MoeDispatchStage.Pre, dispatch, scale);
        yield return new MoeOperation(
            $"{prefix}moe", model.HiddenSize, model.ExpertIntermediateSize, model.ExpertsPerToken, model.Experts,
            layout.MoeTensorParallel, layout.MoeExpertParallel, layout.AttentionDataParallel, Format(engine), engine.WorkloadDistribution ?? distribution, scale,
            LowLatencyKernel: engine.Backend == AicBackend.TensorRtLlm);
        yield return Dispatch(engine, $"{prefix}moe_post_dispatch", MoeDispatchStage.Post, dispatch, scale);
    }

    /// <summary>Format of the experts.</summary>
    /// <exception cref="UnknownModelException">The checkpoint's format has no form for experts.</exception>
    public static MoeQuantization Format(EngineSpecification engine) => engine.Quantization.Moe
        ?? throw new UnknownModelException($"{engine.Model.Architecture}: the checkpoint's format has no form for routed experts; state one.");

    private static MoeDispatchOperation Dispatch(EngineSpecification engine, string name, MoeDispatchStage stage, MoeQuantization? format, double scale) => new(
        name, stage, engine.Backend, engine.Model.HiddenSize,
        engine.Layout.MoeTensorParallel, engine.Layout.MoeExpertParallel, engine.Layout.AttentionDataParallel, format, scale);
}
