using PowerPlanner.Control;

namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>What a tiny world is made of, and which faults it knows.</summary>
internal sealed record TinyRules
{
    public required string Name { get; init; }

    /// <summary>Roles: 1 is an aggregated fleet.</summary>
    public int Roles { get; init; } = 2;

    /// <summary>GPUs of a replica, by role: 1 or 2.</summary>
    public int[] Gpus { get; init; } = [1, 1];

    /// <summary>Budgets that the world may set, W.</summary>
    public long[] Budgets { get; init; } = [1000, 1250, 2000];

    /// <summary>Ranges of caps that the hardware may have; the first is the one it begins with.</summary>
    public (int Min, int Max)[] Ranges { get; init; } = [(300, 500)];

    /// <summary>The cap of a newborn GPU, W; 0 = as commanded.</summary>
    public int NewbornWatts { get; init; }

    /// <summary>Whether caps are counted by replica, and those of starting replicas cannot be read.</summary>
    public bool CountsCaps { get; init; }

    /// <summary>Whether a GPU never takes a cap older than the one it has. Otherwise agents that have read an older one apply it later.</summary>
    public bool IsFenced { get; init; } = true;

    /// <summary>Whether there is a meter. It is honest but for single readings.</summary>
    public bool HasMeter { get; init; }

    /// <summary>Whether somebody else edits counts and caps.</summary>
    public bool HasForeignEdits { get; init; } = true;

    /// <summary>Whether processes end.</summary>
    public bool HasCrashes { get; init; } = true;

    /// <summary>Whether processes begin without the memory of the one before.</summary>
    public bool HasColdStarts { get; init; } = true;

    /// <summary>Whether reads fail or miss a role.</summary>
    public bool HasReadFaults { get; init; } = true;

    /// <summary>Whether reads show the fleet as it was a step or a tick ago.</summary>
    public bool HasLateReads { get; init; } = true;

    /// <summary>Whether commands are refused, lost, late or answered from a cache.</summary>
    public bool HasCommandFaults { get; init; } = true;

    public OverBudgetPolicy Policy { get; init; } = OverBudgetPolicy.ScaleDown;

    /// <summary>Most replicas of a role that a plan or anybody else wants.</summary>
    public int MostReplicas { get; init; } = 2;

    /// <summary>Ticks after which a cap that was replaced can no longer come, where it is not fenced.</summary>
    public int SettleTicks { get; init; } = 2;

    public TimeSpan Tick { get; } = TimeSpan.FromSeconds(60);

    public FleetRole Role(int index) => Roles == 1 ? FleetRole.Aggregated : index == 0 ? FleetRole.Prefill : FleetRole.Decode;

    /// <summary>The options of the loop: clocks run as few ticks as they can, so that states repeat soon.</summary>
    public ControlOptions Options() => new()
    {
        Tick = Tick,
        ReoptimizeInterval = Tick,
        ConvergenceTimeout = 2 * Tick,
        CapSettleTime = SettleTicks * Tick,
        CapProbing = CapProbing.Off,
        OverBudgetPolicy = Policy,
    };
}
