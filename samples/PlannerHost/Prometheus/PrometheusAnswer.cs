using System.Collections.Immutable;

namespace PlannerHost.Prometheus;

/// <summary>The answer to an instant query: its finite samples. NaN and infinities are no data and are left out. Immutable.</summary>
/// <param name="Samples">One value a series; empty where there is no data.</param>
/// <param name="IsPartial">Whether the server warned that part of the data is missing, as Thanos does when a store is away.</param>
internal sealed record PrometheusAnswer(ImmutableArray<double> Samples, bool IsPartial)
{
    /// <summary>The only sample; null where there is none, or more than one so that none is the answer.</summary>
    public double? Single => Samples is [var only] ? only : null;
}
