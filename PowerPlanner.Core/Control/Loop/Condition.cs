using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

/// <summary>A condition of a deployment, or of a part of it.</summary>
/// <param name="Kind">What holds.</param>
/// <param name="Part">Of what: an index whose meaning is the kind's; 0 for conditions of the whole deployment.</param>
internal readonly record struct Condition(ConditionKind Kind, int Part = 0)
{
    public static implicit operator Condition(ConditionKind kind) => new(kind);

    public static Condition Of(ConditionKind kind, FleetRole role) => new(kind, (int)role);

    public static Condition Of(CorrectionKind kind) => new(ConditionKind.CoefficientPegged, (int)kind);

    /// <summary>The condition in words, for messages that say that it still holds or no longer does.</summary>
    public string Describe() => Kind switch
    {
        ConditionKind.ObservationsAbsent => "there is nothing to observe",
        ConditionKind.ObservationsStale => "observations are stale",
        ConditionKind.MetricsSourceFails => "the metrics source fails",
        ConditionKind.FleetReadFails => "the fleet's state cannot be read",
        ConditionKind.Blind => "the controller is blind",
        ConditionKind.GpusDisagree => $"replicas of {ReportNames.Of((FleetRole)Part)} have another number of GPUs than planned",
        ConditionKind.CoefficientPegged => $"coefficient {ReportNames.Of((CorrectionKind)Part)} is at its bound",
        ConditionKind.PowerLimited => $"{ReportNames.Of((FleetRole)Part)} is power-limited",
        ConditionKind.CapNotEnforced => $"the cap of {ReportNames.Of((FleetRole)Part)} is not enforced",
        ConditionKind.PowerNotPredicted => $"power of {ReportNames.Of((FleetRole)Part)} is not predicted",
        ConditionKind.PowerUnknown => $"neither power nor TDP of {ReportNames.Of((FleetRole)Part)} is known",
        ConditionKind.PowerNotPhysical => $"predicted power of {ReportNames.Of((FleetRole)Part)} is above 1.1 · TDP",
        ConditionKind.NoPlan => "no plan fits",
        ConditionKind.BestEffort => "no plan meets the targets",
        ConditionKind.OverBudget => "over budget",
        ConditionKind.RollingOut => "a rollout is under way",
        ConditionKind.TransitionOverdue => "a transition has not ended",
        ConditionKind.MaxBatchedTokensUnknown => "max_num_batched_tokens is unknown",
        ConditionKind.StalePrefillTokens => "frontends keep a prefill threshold in tokens from an earlier plan",
        ConditionKind.JournalFails => "the journal cannot be written",
        ConditionKind.NoFrontends => "there is no frontend to send thresholds to",
        _ => "frontends do not take the thresholds",
    };
}
