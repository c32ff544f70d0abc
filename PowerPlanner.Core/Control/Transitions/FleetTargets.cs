namespace PowerPlanner.Control.Transitions;

/// <summary>What the roles are to become. The default is nothing, which is not the same as no replicas.</summary>
/// <param name="First">Prefill, or the aggregated engines.</param>
/// <param name="Second">Decode.</param>
/// <param name="Exist">Whether anything is wanted.</param>
internal readonly record struct FleetTargets(RoleTarget First, RoleTarget Second, bool Exist)
{
    /// <summary>The target of one role.</summary>
    public RoleTarget this[int index] => index == 0 ? First : Second;

    /// <summary>With one target replaced.</summary>
    public FleetTargets With(int index, in RoleTarget target) => index == 0 ? this with { First = target, Exist = true } : this with { Second = target, Exist = true };
}
