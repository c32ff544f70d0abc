namespace PowerPlanner.Control.Transitions;

/// <summary>How far the steps of one tick have come. The default is their beginning.</summary>
internal readonly record struct TransitionCursor
{
    /// <summary>Steps that were looked at: four for each role, in the order of <see cref="Transition"/>.</summary>
    public int Position { get; init; }

    /// <summary>Whether replicas go because caps cannot fall.</summary>
    public bool IsShedding { get; init; }

    /// <summary>Replicas that each role is to have at most under the caps in force; null = all that is wanted.</summary>
    public (int First, int Second)? Shares { get; init; }

    /// <summary>Roles, a bit each, to which a replica count has been sent on this tick: a second one would build on an answer that may still show the past.</summary>
    public int Counted { get; init; }

    /// <summary>Roles, a bit each, to which a cap has been sent on this tick.</summary>
    public int Capped { get; init; }

    public bool HasCapped(int role) => (Capped >> role & 1) != 0;

    public bool HasCounted(int role) => (Counted >> role & 1) != 0;
}
