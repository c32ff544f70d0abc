namespace PowerPlanner.Performance.Aic.Models;

/// <summary>How the layers of a Llama 4 differ (specification 5.4.4).</summary>
/// <param name="ExpertStep">Every so many layers the feed-forward layer is routed experts; 1 = all of them.</param>
/// <param name="Window">Window of every other layer's attention, tokens; 0 = none.</param>
/// <param name="DenseIntermediateSize">Width of the feed-forward layers without experts; 0 where there is none.</param>
internal sealed record HybridMoeDetails(int ExpertStep, int Window, long DenseIntermediateSize) : FamilyDetails;
