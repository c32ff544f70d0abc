using PowerPlanner.Performance;
using PowerPlanner.Power;

namespace PowerPlanner.Planning.Sweep;

/// <summary>How the estimates of one side become watts: the cap bridge's rule with this problem's constants.</summary>
internal readonly struct PowerRule
{
    private readonly double _minimumCoverage;
    private readonly int _fallbackCapWatts;
    private readonly string _side;

    public PowerRule(PlanningProblem problem, double? modelNameplateWatts, int fallbackCapWatts, string side)
    {
        _minimumCoverage = problem.MinimumPowerCoverage;
        NameplateWatts = problem.NameplateWatts ?? modelNameplateWatts;
        _fallbackCapWatts = fallbackCapWatts;
        _side = side;
        if (NameplateWatts is { } nameplate && !(nameplate is > 0 and <= PlanningValidation.MaximumWattsPerGpu))
        {
            throw Failed(FormattableString.Invariant($"The {side} model answers a nameplate power of {nameplate} W; it is greater than 0 and at most {PlanningValidation.MaximumWattsPerGpu}."));
        }
    }

    /// <summary>Nameplate power of one GPU, W; null where it is unknown.</summary>
    public double? NameplateWatts { get; }

    /// <summary>The power of a point; of one that runs under a cap of its own, no more than that cap.</summary>
    public SidePower PowerOf(in StepEstimate estimate, int? ownCapWatts)
    {
        if (estimate.ActivePowerWatts is { } active && !(active >= 0 && double.IsFinite(active)))
        {
            throw Failed(FormattableString.Invariant($"The {_side} model answers a draw of {active} W; a draw is finite and at least 0."));
        }

        if (!(estimate.PowerCoverage is >= 0 and <= 1))
        {
            throw Failed(FormattableString.Invariant($"The {_side} model answers a power coverage of {estimate.PowerCoverage}; a share lies in [0, 1]."));
        }

        var power = CapBridge.PowerOf(estimate.ActivePowerWatts, estimate.PowerCoverage, _minimumCoverage, NameplateWatts, _fallbackCapWatts);
        if (power.Watts > PlanningValidation.MaximumWattsPerGpu)
        {
            throw Failed(FormattableString.Invariant($"The {_side} model answers a draw of {power.Watts} W; at most {PlanningValidation.MaximumWattsPerGpu} W a GPU can be planned."));
        }

        return ownCapWatts is { } cap && power.Watts > cap ? power with { Watts = cap } : power;
    }

    private static SweepFailureException Failed(string detail) => new(InfeasibleReason.ModelFailed, detail);
}
