namespace PowerPlanner.Hosting;

/// <summary>
/// Coefficients (observed over modelled) that the planner starts with. Each in [0.5, 2], the range that live corrections are held in;
/// default 1, the model as it is. Below 1 they never loosen anything.
/// </summary>
public sealed class CorrectionOptions
{
    /// <summary>Prefill latency (TTFT). [0.5, 2]; default 1.</summary>
    public double Ttft { get; set; } = 1;

    /// <summary>Inter-token latency. [0.5, 2]; default 1.</summary>
    public double Itl { get; set; } = 1;

    /// <summary>Power of prefill engines. [0.5, 2]; default 1.</summary>
    public double PowerPrefill { get; set; } = 1;

    /// <summary>Power of decode engines. [0.5, 2]; default 1.</summary>
    public double PowerDecode { get; set; } = 1;

    /// <summary>Power of aggregated engines. [0.5, 2]; default 1.</summary>
    public double PowerAgg { get; set; } = 1;
}
