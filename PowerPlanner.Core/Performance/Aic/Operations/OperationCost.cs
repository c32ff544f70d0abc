namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Cost of operations: one, several under one name, or a whole step. Costs add up.</summary>
/// <param name="LatencyMs">ms.</param>
/// <param name="EnergyMillijoules">W · ms of one GPU; 0 where the tables carry no power.</param>
/// <param name="CoveredLatencyMs">The part of the latency whose operations have energy, ms.</param>
/// <param name="Provenance">
/// The least sure table answer; <see cref="Provenance.Modelled"/> where formulas alone answered; <see cref="InPlaceOfMeasurement"/> where one did in place of a
/// measurement. <see cref="Label"/> is what callers get to see.
/// </param>
internal readonly record struct OperationCost(double LatencyMs, double EnergyMillijoules, double CoveredLatencyMs, Provenance Provenance)
{
    /// <summary>
    /// The source of a formula in place of a measurement. Less sure than any table answer, where a formula by nature is neutral; so it shows in every sum.
    /// </summary>
    public const Provenance InPlaceOfMeasurement = Provenance.Modelled + 1;

    /// <summary>Nothing done: the neutral element of a sum.</summary>
    public static OperationCost Zero => new(0, 0, 0, Provenance.Modelled);

    public Provenance Label => Provenance == InPlaceOfMeasurement ? Provenance.Modelled : Provenance;

    /// <summary>A formula in place of a measurement: no energy, nothing covered.</summary>
    public static OperationCost Estimated(double latencyMs) => new(latencyMs, 0, 0, InPlaceOfMeasurement);

    public static OperationCost operator +(OperationCost left, OperationCost right) => new(
        left.LatencyMs + right.LatencyMs,
        left.EnergyMillijoules + right.EnergyMillijoules,
        left.CoveredLatencyMs + right.CoveredLatencyMs,
        Combine(left.Provenance, right.Provenance));

    public static OperationCost operator *(OperationCost cost, double factor) =>
        new(cost.LatencyMs * factor, cost.EnergyMillijoules * factor, cost.CoveredLatencyMs * factor, cost.Provenance);

    /// <summary>The cost of an operation that consists of others: it counts as covered by power data with its whole latency where it has any energy.</summary>
    public static OperationCost Whole(in OperationCost cost) => cost with { CoveredLatencyMs = cost.EnergyMillijoules > 0 ? cost.LatencyMs : 0 };

    /// <summary>The less sure of two; formulas are neutral (see <see cref="Performance.Provenance"/>).</summary>
    public static Provenance Combine(Provenance left, Provenance right) =>
        left == Provenance.Modelled ? right : right == Provenance.Modelled ? left : (Provenance)Math.Max((int)left, (int)right);
}
