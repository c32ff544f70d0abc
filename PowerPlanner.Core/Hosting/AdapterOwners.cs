using System.Collections.Concurrent;

namespace PowerPlanner.Hosting;

/// <summary>
/// Which planner each adapter belongs to. Commands do not name a deployment: two planners on one actuator would undo each other's
/// plans, each within its own budget and both together above it. Thread-safe.
/// </summary>
internal sealed class AdapterOwners
{
    private readonly ConcurrentDictionary<object, string> _owners = new(ReferenceEqualityComparer.Instance);

    /// <summary>Gives an adapter to a planner, unless it is another's.</summary>
    public bool TryOwn(object adapter, string planner, out string owner)
    {
        owner = _owners.GetOrAdd(adapter, planner);
        return owner == planner;
    }
}
