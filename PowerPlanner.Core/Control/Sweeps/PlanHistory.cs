using System.Collections.Immutable;
using PowerPlanner.Planning;

namespace PowerPlanner.Control.Sweeps;

/// <summary>
/// The plans of the last sweeps since budget, limits or model changed. One that comes back must be clearly better before the fleet follows it:
/// otherwise it would only swing to and fro. An immutable value; the default remembers none.
/// </summary>
internal readonly record struct PlanHistory
{
    /// <summary>Sweeps that are remembered.</summary>
    public const int Length = 8;

    private readonly ImmutableArray<PlanIdentity> _plans;

    /// <summary>The plans, oldest first.</summary>
    public ImmutableArray<PlanIdentity> Plans
    {
        get => _plans.IsDefault ? [] : _plans;
        init => _plans = value;
    }

    /// <summary>Whether a plan of the same replicas and caps is among them: to a fleet its batch makes no difference.</summary>
    public bool Contains(PowerPlan plan)
    {
        var wanted = PlanIdentity.Of(plan);
        foreach (var known in Plans)
        {
            if (known with { DecodeBatch = wanted.DecodeBatch } == wanted)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>With one more; the oldest is forgotten.</summary>
    public PlanHistory With(PowerPlan plan)
    {
        var plans = Plans.Length < Length ? Plans : Plans.RemoveAt(0);
        return new PlanHistory { Plans = plans.Add(PlanIdentity.Of(plan)) };
    }
}
