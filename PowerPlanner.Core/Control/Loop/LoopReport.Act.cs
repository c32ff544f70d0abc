using PowerPlanner.Admission;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopReport
{
    private readonly EdgeLog<(CommandKind Kind, string Target)> _failing = new();
    private RoleTarget[] _advised = [];

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
    public void CommandSent(CommandResult command, Exception? failure)
    {
        var kind = ReportNames.Of(command.Kind);
        var target = command.Role is { } role ? ReportNames.Of(role) : command.Frontend!;
        if (failure is null)
        {
            if (command.Kind != CommandKind.SetThresholds)
            {
                _logger.CommandSent(_deployment, kind, target, command.Value);
            }

            return;
        }

        _instruments.CountFailedCommand();
        var edge = _failing.Set((command.Kind, target), true, _now);
        if (edge.Kind == EdgeKind.Reminder)
        {
            _logger.ConditionPersists(_deployment, Failing(command.Kind, target), edge.Duration);
        }
        else if (edge.Kind == EdgeKind.Entered && failure is CommandRefusedException)
        {
            _logger.CommandRefused(_deployment, kind, target, command.Value, failure.Message);
        }
        else if (edge.Kind == EdgeKind.Entered)
        {
            _logger.CommandFailed(_deployment, kind, target, command.Value, failure);
        }
    }

    /// <summary>What would be sent, once for each target.</summary>
    public void Advised(FleetLedger ledger, RoleTarget[] targets)
    {
        if (_advised.AsSpan().SequenceEqual(targets))
        {
            return;
        }

        _advised = [.. targets];
        for (var i = 0; i < targets.Length; i++)
        {
            var role = ledger.Roles[i];
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
    public void Converged(TimeSpan? after, RoleTarget[] targets)
    {
        if (after is { } duration)
        {
            var prefill = targets.Length > 1 ? targets[0] : default;
            var decode = targets[^1];
            _logger.PlanApplied(_deployment, duration, prefill.Replicas, prefill.CapWatts ?? 0, decode.Replicas, decode.CapWatts ?? 0);
        }
    }

    /// <summary>A rollout holds everything that would grow.</summary>
    public void Rolling(FleetLedger ledger)
    {
        if (Begins(ConditionKind.RollingOut, ledger.IsRolling))
        {
            _logger.RolloutHold(_deployment, string.Join(", ", ledger.Roles.Where(role => role.IsRolling).Select(role => ReportNames.Of(role.Role))));
        }
    }

    public void Converging(bool isOverdue, TimeSpan since, FleetLedger ledger, RoleTarget[] targets)
    {
        if (Begins(ConditionKind.TransitionOverdue, isOverdue))
        {
            _logger.ConvergenceTimedOut(_deployment, since, string.Join("; ", ledger.Roles.Select((role, i) => Missing(role, targets[i]))));
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
    public void ThresholdsSent(in AdmissionThresholds thresholds, int asked, List<string> failed, int total)
    {
        if (asked > failed.Count)
        {
            _logger.ThresholdsSent(_deployment, thresholds.ThetaDecode, thresholds.ThetaPrefillFraction, thresholds.PrefillTokensThreshold, asked - failed.Count);
        }

        if (failed.Count == 0)
        {
            return;
        }

        // The end of both is told when all frontends are up to date.
        _instruments.CountPartialAdmission(failed.Count);
        var isPartial = State(ConditionKind.AdmissionPartial, true, out _) == EdgeKind.Entered;
        if (failed.Count == total)
        {
            if (_conditions.Set(ConditionKind.AdmissionFailed, true, _now).Kind == EdgeKind.Entered)
            {
                _logger.AdmissionFailed(_deployment, total, string.Join(", ", failed));
            }
        }
        else if (isPartial)
        {
            _logger.AdmissionPartial(_deployment, failed.Count, total, string.Join(", ", failed));
        }
    }

    private static string Failing(CommandKind kind, string target) => $"{ReportNames.Of(kind)} of {target} fails";

    private static string Missing(RoleLedger role, RoleTarget target) => FormattableString.Invariant(
        $"{ReportNames.Of(role.Role)}: {role.State?.Ready ?? 0} of {target.Replicas} ready, {role.Terminating} draining, cap {role.EffectiveCapWatts} of {target.CapWatts ?? role.EffectiveCapWatts} W");
}
