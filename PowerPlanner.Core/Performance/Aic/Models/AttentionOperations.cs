using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>Attention of one rank in either phase; it has the same name everywhere, by which mixed steps find it.</summary>
internal static class AttentionOperations
{
    private const string Name = "attention";

    /// <param name="window">Sliding window, tokens; 0 = none.</param>
    /// <param name="scale">Layers, times the phase's factor.</param>
    public static Operation Build(EngineSpecification engine, StepPhase phase, int window, double scale)
    {
        var (model, modes) = (engine.Model, engine.Quantization);
        return phase == StepPhase.Context
            ? new ContextAttentionOperation(
                Name, engine.HeadsPerRank, engine.KvHeadsPerRank, model.HeadSize, window, model.QkNorm, modes.Attention, modes.KvCache, scale)
            : new GenerationAttentionOperation(Name, engine.HeadsPerRank, engine.KvHeadsPerRank, model.HeadSize, window, modes.KvCache, scale);
    }
}
