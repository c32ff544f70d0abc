using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>Everything that decides what one engine computes and how much memory it has: model, layout, number formats, backend, hardware.</summary>
internal sealed record EngineSpecification
{
    public required ModelDescription Model { get; init; }

    public required EngineLayout Layout { get; init; }

    public required QuantizationModes Quantization { get; init; }

    public required AicBackend Backend { get; init; }

    /// <summary>The backend's version.</summary>
    public required string BackendVersion { get; init; }

    public required AicSystem System { get; init; }

    /// <summary>How tokens spread over routed experts, by the tables' name; null = the family's power law.</summary>
    public string? WorkloadDistribution { get; init; }

    /// <summary>Whether the user stated the format of matrix products, so that it is no inference from the checkpoint.</summary>
    public bool IsGemmFormatStated { get; init; }

    /// <summary>Draft tokens that each decode step proposes for every sequence (AIC's <c>nextn</c>); 0 = no speculation.</summary>
    public int DraftTokens { get; init; }

    public int HeadsPerRank => Model.Heads / Layout.TensorParallel;

    /// <summary>KV heads are replicated where there are fewer than ranks.</summary>
    public int KvHeadsPerRank => (Model.KvHeads + Layout.TensorParallel - 1) / Layout.TensorParallel;

    /// <summary>Speculation multiplies every scale of the generation list by this (specification 5.4).</summary>
    public double DraftScale => (DraftTokens + Model.Layers) / (double)Model.Layers;
}
