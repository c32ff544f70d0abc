using System.Collections.Immutable;
using PowerPlanner.Control;

namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>A tiny fleet, its budget, and whether the process in charge can know what it may draw. Immutable.</summary>
internal sealed record TinyWorld
{
    public required ImmutableArray<TinyRole> Roles { get; init; }

    public long BudgetWatts { get; init; }

    /// <summary>Whether something that the process in charge cannot know has changed the fleet since it read it last.</summary>
    public bool IsExcused { get; init; }

    public TinyWorld With(TinyRole role) => this with { Roles = Roles.SetItem(role.Index, role) };

    /// <summary>The same after a move of the world. What rises thereby was nobody's command: it is excused until it is read.</summary>
    public TinyWorld Moved(TinyRole role)
    {
        var (before, after) = (Roles[role.Index].Worst(), role.Worst());
        var hasRisen = after.Watts > before.Watts || after.Replicas > before.Replicas || after.CapWatts > before.CapWatts;
        return this with { Roles = Roles.SetItem(role.Index, role), IsExcused = IsExcused || hasRisen };
    }

    public TinyWorld Settled()
    {
        var world = this;
        foreach (var role in Roles)
        {
            world = world.Moved(role.Settled());
        }

        return world;
    }

    public TinyWorld Passing()
    {
        if (Roles[0].Rules.IsFenced)
        {
            return this;
        }

        var world = this;
        foreach (var role in Roles)
        {
            world = world.Moved(role.Passing());
        }

        return world;
    }

    public FleetState Show(int hidden = -1)
    {
        var state = new FleetState();
        for (var i = 0; i < Roles.Length; i++)
        {
            var role = i == hidden ? null : Roles[i].Show();
            state = Roles[i].Rules.Role(i) switch
            {
                FleetRole.Prefill => state with { Prefill = role },
                FleetRole.Decode => state with { Decode = role },
                _ => state with { Aggregated = role },
            };
        }

        return state;
    }

    public long WorstWatts()
    {
        var watts = 0L;
        foreach (var role in Roles)
        {
            watts += role.Worst().Watts;
        }

        return watts;
    }

    public override string ToString() => $"{BudgetWatts} W{(IsExcused ? " (excused)" : "")}; {string.Join("; ", Roles)}";
}
