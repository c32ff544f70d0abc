namespace PowerPlanner.Performance;

/// <summary>
/// Live correction coefficients: observed over modelled, each in [0.5, 2], 1 = the model is right. The planner only lets them tighten
/// (<c>max(1, c)</c>): a coefficient below 1 never loosens a target or a cap.
/// </summary>
/// <param name="Ttft">Prefill latency.</param>
/// <param name="Itl">Inter-token latency.</param>
/// <param name="PowerPrefill">Power of the prefill side (disaggregated mode).</param>
/// <param name="PowerDecode">Power of the decode side (disaggregated mode).</param>
/// <param name="PowerAggregated">Power of an aggregated engine.</param>
public readonly record struct Corrections(double Ttft, double Itl, double PowerPrefill, double PowerDecode, double PowerAggregated)
{
    /// <summary>Lowest value of a coefficient.</summary>
    public const double Minimum = 0.5;

    /// <summary>Highest value of a coefficient.</summary>
    public const double Maximum = 2.0;

    /// <summary>All coefficients 1: the model as it is.</summary>
    public static Corrections None { get; } = new(1, 1, 1, 1, 1);
}
