namespace PowerPlanner.Control.Transitions;

/// <summary>The roles of a deployment, what they are charged together, and the highest charge since the last reset. Not thread-safe.</summary>
internal sealed class FleetLedger(params RoleLedger[] roles)
{
    /// <summary>Prefill and decode, or the aggregated engines alone.</summary>
    public RoleLedger[] Roles { get; } = roles;

    /// <summary>Budget, W; null = unbounded.</summary>
    public long? BudgetWatts { get; set; }

    /// <summary>Most GPUs; null = unbounded.</summary>
    public long? GpuBudget { get; set; }

    /// <summary>The highest charge since <see cref="ResetPeak"/>, W.</summary>
    public long PeakWatts { get; private set; }

    /// <summary>Whether every role has been read at least once: before that nobody knows what a command would add to.</summary>
    public bool IsKnown
    {
        get
        {
            foreach (var role in Roles)
            {
                if (role.State is null)
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Whether the replicas of any role are being replaced.</summary>
    public bool IsRolling
    {
        get
        {
            foreach (var role in Roles)
            {
                if (role.IsRolling)
                {
                    return true;
                }
            }

            return false;
        }
    }

    public long ChargedWatts => Sum(static role => role.ChargedWatts);

    /// <summary>Ready replicas at the caps in force, W.</summary>
    public long ReadyWatts => Sum(static role => role.ReadyWatts);

    public bool IsOverBudget => ChargedWatts > BudgetWatts;

    public void ResetPeak() => PeakWatts = ChargedWatts;

    public void NotePeak() => PeakWatts = Math.Max(PeakWatts, ChargedWatts);

    /// <summary>
    /// The most replicas of a role, those that run included, that the budgets allow beside everything else that is charged, each at the
    /// higher of the cap that may be in force and the one that is to come.
    /// </summary>
    public int MostReplicas(RoleLedger role, int wanted, int finalCapWatts)
    {
        var most = (long)wanted;
        if (BudgetWatts is { } watts)
        {
            var perReplica = role.ReplicaWatts(Math.Max(role.ChargedCapWatts, finalCapWatts));
            var left = watts - (ChargedWatts - role.ChargedWatts);
            most = Math.Min(most, (Math.Max(0, left) / perReplica) - role.Terminating);
        }

        if (GpuBudget is { } gpus)
        {
            var left = gpus - (ChargedGpus - role.ChargedGpus);
            most = Math.Min(most, (Math.Max(0, left) / role.GpusPerReplica) - role.Terminating);
        }

        return (int)Math.Max(0, most);
    }

    /// <summary>
    /// Whether a role may run under another cap beside everything else that is charged. A role that draws more than its cap is charged for
    /// that already: up to its draw it is the caps alone that must fit.
    /// </summary>
    public bool Allows(RoleLedger role, int capWatts)
    {
        if (BudgetWatts is not { } budget)
        {
            return true;
        }

        if (ChargedWatts - role.ChargedWatts + (role.ChargedReplicas * role.ReplicaWatts(Math.Max(role.ChargedCapWatts, capWatts))) <= budget)
        {
            return true;
        }

        return role.HighestCapWatts < role.ChargedCapWatts
            && capWatts <= role.ChargedCapWatts
            && CappedWatts - role.CappedWatts + (role.StayingReplicas * role.ReplicaWatts(Math.Max(role.HighestCapWatts, capWatts))) <= budget;
    }

    // As if every cap held and nothing drained.
    private long CappedWatts => Sum(static role => role.CappedWatts);

    private long ChargedGpus => Sum(static role => role.ChargedGpus);

    private long Sum(Func<RoleLedger, long> of)
    {
        var sum = 0L;
        foreach (var role in Roles)
        {
            sum += of(role);
        }

        return sum;
    }
}
