using PowerPlanner.Planning;

namespace PowerPlanner.Control.Sweeps;

/// <summary>
/// The plans of the last sweeps since budget, limits or model changed. A plan that comes back is no better plan: following it would only
/// swing the fleet to and fro. Not thread-safe.
/// </summary>
internal sealed class PlanHistory
{
    /// <summary>Sweeps that are remembered.</summary>
    public const int Length = 8;

    private readonly PlanIdentity[] _plans = new PlanIdentity[Length];
    private int _next;

    public void Clear()
    {
        Array.Clear(_plans);
        _next = 0;
    }

    public bool Contains(PowerPlan plan) => Array.IndexOf(_plans, PlanIdentity.Of(plan)) >= 0;

    public void Add(PowerPlan plan) => Add(PlanIdentity.Of(plan));

    public void Add(PlanIdentity plan)
    {
        _plans[_next] = plan;
        _next = (_next + 1) % Length;
    }

    /// <summary>Oldest first, for a snapshot.</summary>
    public PlanIdentity[] Export()
    {
        var plans = new List<PlanIdentity>(Length);
        for (var i = 0; i < Length; i++)
        {
            var plan = _plans[(_next + i) % Length];
            if (plan != default)
            {
                plans.Add(plan);
            }
        }

        return [.. plans];
    }
}
