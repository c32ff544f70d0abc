namespace PowerPlanner.Control.Transitions;

/// <summary>The roles of a deployment, what they are charged together, and the highest charge since the last reset. An immutable value.</summary>
internal readonly record struct FleetLedger
{
    /// <summary>Prefill, or the aggregated engines.</summary>
    public RoleLedger First { get; init; }

    /// <summary>Decode; the default in aggregated mode.</summary>
    public RoleLedger Second { get; init; }

    /// <summary>Roles: 1 or 2.</summary>
    public int Count { get; init; }

    /// <summary>Budget, W; null = unbounded.</summary>
    public long? BudgetWatts { get; init; }

    /// <summary>Most GPUs; null = unbounded.</summary>
    public long? GpuBudget { get; init; }

    /// <summary>The highest charge on this tick, W.</summary>
    public long PeakWatts { get; init; }

    /// <summary>The newest revision that was given to a command, or read from the fleet.</summary>
    public long Revision { get; init; }

    /// <summary>Whether every role has been read by this process: before that nobody knows what a command would add to.</summary>
    public bool IsKnown => First.IsRead && (Count == 1 || Second.IsRead);

    /// <summary>Whether every role has been seen on this tick.</summary>
    public bool IsSeen => First.IsSeen && (Count == 1 || Second.IsSeen);

    /// <summary>Whether the replicas of any role are being replaced.</summary>
    public bool IsRolling => First.IsRolling || Second.IsRolling;

    public long ChargedWatts => First.ChargedWatts + (Count > 1 ? Second.ChargedWatts : 0);

    /// <summary>Ready replicas at the caps in force, W.</summary>
    public long ReadyWatts => First.ReadyWatts + (Count > 1 ? Second.ReadyWatts : 0);

    public long ChargedGpus => First.ChargedGpus + (Count > 1 ? Second.ChargedGpus : 0);

    public bool IsOverBudget => ChargedWatts > BudgetWatts;

    /// <summary>One role.</summary>
    public RoleLedger this[int index] => index == 0 ? First : Second;

    /// <summary>With one role replaced.</summary>
    public FleetLedger With(int index, in RoleLedger role) => index == 0 ? this with { First = role } : this with { Second = role };

    /// <summary>With the charge of now as the highest.</summary>
    public FleetLedger WithoutPeak() => this with { PeakWatts = ChargedWatts };

    /// <summary>Charges a command before it is sent.</summary>
    public FleetLedger Sending(in FleetCommand command)
    {
        var next = With(command.Role, this[command.Role].Sending(command.Kind, command.Value, command.Revision)) with { Revision = command.Revision };
        return next with { PeakWatts = Math.Max(PeakWatts, next.ChargedWatts) };
    }

    /// <summary>Settles a command by what became of it.</summary>
    public FleetLedger Settled(int index, in RoleLedger role)
    {
        var next = With(index, role);
        return next with { PeakWatts = Math.Max(PeakWatts, next.ChargedWatts), Revision = Math.Max(Revision, role.NewestRevision) };
    }

    /// <summary>
    /// The most replicas of a role, those that run included, that the budgets allow beside everything else that is charged: each that comes at the
    /// highest of the caps that it is born under, that may be in force and that are to come.
    /// </summary>
    public int MostReplicas(int index, int wanted, int finalCapWatts)
    {
        var role = this[index];
        var most = (long)wanted;
        if (BudgetWatts is { } watts)
        {
            var left = watts - (ChargedWatts - role.ChargedWatts) - role.ChargedWith(0, finalCapWatts);
            var each = role.ReplicaWatts(Math.Max(Math.Max(role.NewbornCapWatts, role.ChargeFloorWatts), finalCapWatts));
            most = Math.Min(most, left < 0 ? role.LowestReplicas - 1 : role.LowestReplicas + (left / each));
        }

        if (GpuBudget is { } gpus)
        {
            var left = gpus - (ChargedGpus - role.ChargedGpus);
            most = Math.Min(most, (Math.Max(0, left) / role.GpusPerReplica) - role.Terminating - (role.Live - role.LowestReplicas));
        }

        return (int)Math.Max(0, most);
    }

    /// <summary>Whether a role may be given another cap beside everything else that is charged.</summary>
    public bool Allows(int index, int capWatts)
    {
        var role = this[index];
        return BudgetWatts is not { } budget || ChargedWatts - role.ChargedWatts + role.ChargedWith(role.Comers, capWatts) <= budget;
    }
}
