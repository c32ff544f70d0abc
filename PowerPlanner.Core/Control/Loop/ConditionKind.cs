namespace PowerPlanner.Control.Loop;

/// <summary>What may hold for many ticks and is worth a message when it begins and when it ends.</summary>
internal enum ConditionKind
{
    ObservationsAbsent,
    ObservationsStale,
    MetricsSourceFails,
    FleetReadFails,
    Blind,
    GpusDisagree,
    CoefficientPegged,
    PowerLimited,
    CapNotEnforced,
    PowerNotPredicted,
    PowerUnknown,
    PowerNotPhysical,
    NoPlan,
    BestEffort,
    OverBudget,
    TransitionOverdue,
    RollingOut,
    MaxBatchedTokensUnknown,
    StalePrefillTokens,
    NoFrontends,
    AdmissionPartial,
    AdmissionFailed,
    JournalFails,
}
