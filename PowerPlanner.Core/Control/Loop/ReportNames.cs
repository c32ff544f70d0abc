using System.Collections.Immutable;
using PowerPlanner.Feedback;
using PowerPlanner.Power;

namespace PowerPlanner.Control.Loop;

/// <summary>The loop's terms as they stand in messages, on labels of metrics and on tags of traces. None is made anew: a tick allocates no text.</summary>
internal static class ReportNames
{
    /// <summary>Every state, in the order of their values.</summary>
    public static ImmutableArray<string> States { get; } = [.. Enum.GetNames<ControllerState>()];

    /// <summary>Every reason why the optimizer may be off; the reference planner's names.</summary>
    public static ImmutableArray<string> DisabledReasons { get; } = ["infeasible_at_startup", "startup_exception", "max_consecutive_failures"];

    public static string Of(ControllerState state) => States[(int)state];

    /// <summary>The reason's name; null = the optimizer is on.</summary>
    public static string? Of(DisabledReason reason) => reason == DisabledReason.None ? null : DisabledReasons[(int)reason - 1];

    public static string Of(FleetRole role) => role switch
    {
        FleetRole.Prefill => "prefill",
        FleetRole.Decode => "decode",
        _ => "agg",
    };

    public static string Of(CorrectionKind kind) => kind switch
    {
        CorrectionKind.Ttft => "ttft",
        CorrectionKind.Itl => "itl",
        CorrectionKind.PowerPrefill => "power_prefill",
        CorrectionKind.PowerDecode => "power_decode",
        _ => "power_agg",
    };

    public static string Of(LimitDirection direction) => direction == LimitDirection.Min ? "min" : "max";

    public static string Of(CommandKind kind) => kind switch
    {
        CommandKind.SetCap => "setCap",
        CommandKind.SetReplicas => "setReplicas",
        _ => "setThresholds",
    };

    public static string Of(ReadingFault fault) => fault switch
    {
        ReadingFault.NotFinite => "notFinite",
        ReadingFault.Negative => "negative",
        ReadingFault.Absurd => "absurd",
        ReadingFault.Stale => "stale",
        _ => "outOfOrder",
    };
}
