using System.Collections.Immutable;
using PowerPlanner.Admission;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopReport
{
    private readonly EdgeLog<(CommandKind Kind, string Target)> _failing = new();
    private FleetTargets _advised;

    /// <summary>Begins a command; it ends when the span is disposed.</summary>
    public PlannerSpan StartStep(CommandKind kind, string target, int? value)
    {
        var span = PlannerActivity.Start(PlannerActivity.Step, _deployment);
        if (span.IsRecorded)
        {
            span.Set(PlannerActivity.CommandTag, ReportNames.Of(kind));
            span.Set(PlannerActivity.TargetTag, target);
            if (value is { } number)
            {
                span.Set(PlannerActivity.ValueTag, number);
            }
        }

        return span;
    }

    /// <summary>What became of a command. Thresholds that were taken are told of once for all frontends, see <see cref="ThresholdsSent"/>.</summary>
    public void CommandSent(CommandKind command, FleetRole? role, string? frontend, int value, Exception? failure)
    {
        var kind = ReportNames.Of(command);
        var target = role is { } which ? ReportNames.Of(which) : frontend!;
        if (failure is null)
        {
            if (command != CommandKind.SetThresholds)
            {
                _logger.CommandSent(_deployment, kind, target, value);
            }

            return;
        }

        _instruments.CountFailedCommand();
        var edge = _failing.Set((command, target), true, _now);
        if (edge.Kind == EdgeKind.Reminder)
        {
            _logger.ConditionPersists(_deployment, Failing(command, target), edge.Duration);
        }
        else if (edge.Kind == EdgeKind.Entered && failure is CommandRefusedException)
        {
            _logger.CommandRefused(_deployment, kind, target, value, failure.Message);
        }
        else if (edge.Kind == EdgeKind.Entered)
        {
            _logger.CommandFailed(_deployment, kind, target, value, failure);
        }
    }

    /// <summary>What would be sent, once for each target.</summary>
    public void Advised(in FleetLedger ledger, in FleetTargets targets)
    {
        if (_advised == targets)
        {
            return;
        }

        _advised = targets;
        for (var i = 0; i < ledger.Count; i++)
        {
            var role = ledger[i];
            var name = ReportNames.Of(role.Role);
            if (targets[i].CapWatts is { } cap && role.State?.EffectiveCapWatts != role.Expected(cap))
            {
                _logger.CommandAdvised(_deployment, ReportNames.Of(CommandKind.SetCap), name, cap);
            }

            if (role.State is null || role.Live != targets[i].Replicas)
            {
                _logger.CommandAdvised(_deployment, ReportNames.Of(CommandKind.SetReplicas), name, targets[i].Replicas);
            }
        }
    }

    /// <summary>Every step is confirmed.</summary>
    /// <param name="after">Time since the transition began; null = nothing has moved since the last time.</param>
    /// <param name="targets">What is in effect now.</param>
    /// <param name="roles">Roles of the deployment.</param>
    public void Converged(TimeSpan? after, in FleetTargets targets, int roles)
    {
        if (after is { } duration)
        {
            var prefill = roles > 1 ? targets.First : default;
            var decode = targets[roles - 1];
            _logger.PlanApplied(_deployment, duration, prefill.Replicas, prefill.CapWatts ?? 0, decode.Replicas, decode.CapWatts ?? 0);
        }
    }

    /// <summary>A rollout holds everything that would grow.</summary>
    public void Rolling(in FleetLedger ledger)
    {
        if (Begins(ConditionKind.RollingOut, ledger.IsRolling))
        {
            var first = ledger.First.IsRolling ? ReportNames.Of(ledger.First.Role) : null;
            var second = ledger.Second.IsRolling ? ReportNames.Of(ledger.Second.Role) : null;
            _logger.RolloutHold(_deployment, first is not null && second is not null ? $"{first}, {second}" : (first ?? second)!);
        }
    }

    public void Converging(bool isOverdue, TimeSpan since, in FleetLedger ledger, in FleetTargets targets)
    {
        if (Begins(ConditionKind.TransitionOverdue, isOverdue))
        {
            var first = Missing(ledger.First, targets.First);
            _logger.ConvergenceTimedOut(_deployment, since, ledger.Count > 1 ? $"{first}; {Missing(ledger.Second, targets.Second)}" : first);
        }
    }

    public void MaxBatchedTokens(long? tokens)
    {
        if (tokens is null)
        {
            _instruments.CountMaxBatchedTokensUnavailable();
        }

        switch (State(ConditionKind.MaxBatchedTokensUnknown, tokens is null, out var duration))
        {
            case EdgeKind.Entered:
                _logger.MaxBatchedTokensUnknown(_deployment);
                break;
            case EdgeKind.Exited:
                _logger.MaxBatchedTokensKnown(_deployment, duration);
                break;
        }
    }

    /// <summary>Thresholds are due, and so many frontends are there to take them.</summary>
    public void Frontends(int count)
    {
        if (count == 0)
        {
            _instruments.CountNoFrontends();
        }

        if (Begins(ConditionKind.NoFrontends, count == 0))
        {
            _logger.NoFrontends(_deployment);
        }
    }

    /// <summary>Thresholds went to the frontends that were behind.</summary>
    /// <param name="thresholds">The thresholds.</param>
    /// <param name="asked">Frontends that they went to.</param>
    /// <param name="failed">Those of them that did not take them.</param>
    /// <param name="total">All frontends.</param>
    public void ThresholdsSent(in AdmissionThresholds thresholds, int asked, ImmutableArray<string> failed, int total)
    {
        if (asked > failed.Length)
        {
            _logger.ThresholdsSent(_deployment, thresholds.ThetaDecode, thresholds.ThetaPrefillFraction, thresholds.PrefillTokensThreshold, asked - failed.Length);
        }

        if (failed.Length == 0)
        {
            return;
        }

        // The end of both is told when all frontends are up to date.
        _instruments.CountPartialAdmission(failed.Length);
        var isPartial = State(ConditionKind.AdmissionPartial, true, out _) == EdgeKind.Entered;
        if (failed.Length == total)
        {
            if (_conditions.Set(ConditionKind.AdmissionFailed, true, _now).Kind == EdgeKind.Entered)
            {
                _logger.AdmissionFailed(_deployment, total, string.Join(", ", failed));
            }
        }
        else if (isPartial)
        {
            _logger.AdmissionPartial(_deployment, failed.Length, total, string.Join(", ", failed));
        }
    }

    private static string Failing(CommandKind kind, string target) => $"{ReportNames.Of(kind)} of {target} fails";

    private static string Missing(in RoleLedger role, in RoleTarget target) => FormattableString.Invariant(
        $"{ReportNames.Of(role.Role)}: {role.State?.Ready ?? 0} of {target.Replicas} ready, {role.Terminating} draining, cap {role.EffectiveCapWatts} of {target.CapWatts ?? role.EffectiveCapWatts} W");
}
