using Microsoft.Extensions.Logging;
using PowerPlanner.Admission;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Planning;
using PowerPlanner.Power;
using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Control.Loop;

/// <summary>Tells the world what the loop does: messages, metrics, activities. Nothing here decides anything, and nothing here throws.</summary>
internal sealed class LoopReport(string deployment, ILogger logger)
{
    private readonly string _deployment = deployment;
    private readonly ILogger _logger = logger;

    public void ObservationsAreFresh() => _ = _deployment;

    public void ObservationIsStale(TimeSpan age, TimeSpan maxAge) => _ = _logger;

    public void ReadingRefused(string signal, double value, ReadingFault fault) => _ = _logger;

    public void MetricsAreBack() => _ = _logger;

    public void MetricsFailed(Exception failure) => _ = _logger;

    public void FleetReadFailed(Exception failure) => _ = _logger;

    public void FleetReadIsBack() => _ = _logger;

    public void GpusPerReplica(FleetRole role, bool disagree, int? reported) => _ = _logger;

    public void BudgetChanged(long? from, long? to) => _ = _logger;

    public void ProblemReplaced() => _ = _logger;

    public int Corrected(CorrectionEvents events, in CorrectionState before, in CorrectionState after, TimeSpan now, double? prefillUtilization, double? decodeUtilization) =>
        _logger is null ? 0 : System.Numerics.BitOperations.PopCount((uint)events & 0x1F);

    public void CapReading(FleetRole role, bool isPowerLimited, bool isNotEnforced, double? watts, int capWatts) => _ = _logger;

    public void HalfOpenProbe(TimeSpan after) => _ = _logger;

    public void DriftDetected(int ticks, DriftSignals signals) => _ = _logger;

    public IDisposable? StartSweep() => _logger as IDisposable;

    public void SweepEnded(TimeSpan elapsed, string outcome) => _ = _logger;

    public void SweepFailed(int failures, int most, string detail) => _ = _logger;

    public void Disabled(DisabledReason reason, string detail) => _ = _logger;

    public void Enabled(TimeSpan after, string cause) => _ = _logger;

    public void BestEffort(PowerPlan plan) => _ = _logger;

    public void ThroughputRegression(PowerPlan old, PowerPlan plan) => _ = _logger;

    public void PlanFound(PowerPlan plan) => _ = _logger;

    public void NoBetterPlan() => _ = _logger;

    public void PowerSources(PowerPlan plan, double? nameplateWatts) => _ = _logger;

    public void CapMoved(FleetRole role, int wantedWatts, int capWatts, LimitDirection direction) => _ = _logger;

    public void Infeasible(Infeasibility infeasibility) => _ = _logger;

    public void Clamped(ClampAnswer answer, int? proposedPrefill, int? proposedDecode) => _ = _logger;

    public void Converged(TimeSpan? after, PowerPlan? plan) => _ = _logger;

    public void Converging(bool isOverdue, TimeSpan since) => _ = _logger;

    public void ProbeRaised(FleetRole role, int from, int to) => _ = _logger;

    public void ProbeKept(FleetRole role, int capWatts) => _ = _logger;

    public void ProbeUndone(FleetRole role, int capWatts, int pauseTicks) => _ = _logger;

    public void MaxBatchedTokens(long? tokens, long? stale) => _ = _logger;

    public void Frontends(int count) => _ = _logger;

    public void ThresholdsSent(in AdmissionThresholds thresholds, List<string> frontends, int failed) => _ = _logger;

    public void CommandSent(CommandResult command, Exception? failure) => _ = _logger;

    public void Advised(FleetLedger ledger, RoleTarget[] targets) => _ = _logger;

    public void Published(ControllerStatus status, OverBudgetPolicy policy, long revision) => _ = _logger;
}
