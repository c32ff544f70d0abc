namespace PowerPlanner.Planning;

/// <summary>What the best plan is.</summary>
public enum PlanningObjective
{
    /// <summary>Most requests/s within the budgets. The default.</summary>
    Throughput,

    /// <summary>Most requests/s per watt, then most requests/s.</summary>
    Efficiency,

    /// <summary>Fewest watts that serve <see cref="PlanningProblem.TargetRequestsPerSecond"/>.</summary>
    LeastPower,

    /// <summary>
    /// Least cost of energy by <see cref="PlanningProblem.EnergyPrice"/>: of an hour, with a demand that it serves; of a request, without one. One price makes cost a multiple of the
    /// charged watts: with a demand the plan is that of <see cref="LeastPower"/>, without one that of <see cref="Efficiency"/>.
    /// </summary>
    Cost,
}
