using PowerPlanner.Planning;

namespace PowerPlanner.Cli.Explain;

/// <summary>Constraints in words.</summary>
internal static class ConstraintWords
{
    public static string Name(BindingConstraint constraint) => constraint switch
    {
        BindingConstraint.Demand => "demand",
        BindingConstraint.Watts => "watt budget",
        BindingConstraint.Gpus => "GPU ceiling",
        BindingConstraint.Replicas => "replicas of a role",
        BindingConstraint.TtftTarget => "TTFT target",
        BindingConstraint.ItlTarget => "ITL target",
        BindingConstraint.KvCapacity => "KV cache",
        BindingConstraint.MaxBatch => "batch limit",
        _ => "several together",
    };

    public static string Unit(BindingConstraint constraint) => constraint switch
    {
        BindingConstraint.Demand => "requests/s",
        BindingConstraint.Watts => "W",
        BindingConstraint.Gpus => "GPUs",
        BindingConstraint.Replicas => "replicas",
        BindingConstraint.TtftTarget or BindingConstraint.ItlTarget => "ms",
        _ => "sequences per attention rank",
    };

    /// <summary>Unit for a narrow column.</summary>
    public static string ShortUnit(BindingConstraint constraint) =>
        constraint is BindingConstraint.KvCapacity or BindingConstraint.MaxBatch ? "sequences" : Unit(constraint);
}
