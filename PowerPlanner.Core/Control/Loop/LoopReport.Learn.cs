using System.Numerics;
using Microsoft.Extensions.Logging;
using PowerPlanner.Diagnostics;
using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopReport
{
    // From here on waiting alone can hold a latency coefficient at its bound: that is load, not a wrong model.
    private const double QueueingUtilization = 0.3;

    private const int AllPegged = (1 << (int)CorrectionKind.PowerAggregated << 1) - 1;

    /// <summary>A window has been learnt from; called for each, also where no coefficient reached or left a bound.</summary>
    /// <returns>Coefficients that reached a bound.</returns>
    public int Corrected(
        in CorrectionSample sample, CorrectionEvents events, in CorrectionState before, in CorrectionState after, double? prefillUtilization, double? decodeUtilization)
    {
        for (var kind = CorrectionKind.Ttft; kind <= CorrectionKind.PowerAggregated; kind++)
        {
            var utilization = kind switch
            {
                CorrectionKind.Ttft => prefillUtilization,
                CorrectionKind.Itl => decodeUtilization,
                _ => null,
            };
            Pegged(kind, ((int)events >> (int)kind & 1) != 0, after[kind], utilization);
        }

        if (_logger.IsEnabled(LogLevel.Debug))
        {
            PowerUsed(CorrectionKind.PowerPrefill, sample.PowerPrefill, before.PowerPrefill, after.PowerPrefill);
            PowerUsed(CorrectionKind.PowerDecode, sample.PowerDecode, before.PowerDecode, after.PowerDecode);
            PowerUsed(CorrectionKind.PowerAggregated, sample.PowerAggregated, before.PowerAggregated, after.PowerAggregated);
        }

        return BitOperations.PopCount((uint)events & AllPegged);
    }

    public void CapReading(FleetRole role, bool isPowerLimited, bool isNotEnforced, double? watts, int capWatts)
    {
        var component = ReportNames.Of(role);

        // Nothing is wrong with a side at its cap, so there is no reminder of it.
        var limited = _conditions.Set(Condition.Of(ConditionKind.PowerLimited, role), isPowerLimited, _now);
        if (limited.Kind == EdgeKind.Entered)
        {
            _logger.PowerLimited(_deployment, component, watts ?? double.NaN, capWatts);
        }
        else if (limited.Kind == EdgeKind.Exited)
        {
            _logger.PowerLimitedEnded(_deployment, component, limited.Duration);
        }

        switch (State(Condition.Of(ConditionKind.CapNotEnforced, role), isNotEnforced, out var duration))
        {
            case EdgeKind.Entered:
                _logger.CapNotEnforced(_deployment, component, watts ?? double.NaN, capWatts);
                break;
            case EdgeKind.Exited:
                _logger.CapEnforced(_deployment, component, duration);
                break;
        }
    }

    public void ProbeRaised(FleetRole role, int from, int to) => _logger.ProbeRaised(_deployment, ReportNames.Of(role), from, to);

    public void ProbeKept(FleetRole role, int capWatts) => _logger.ProbeKept(_deployment, ReportNames.Of(role), capWatts);

    public void ProbeUndone(FleetRole role, int capWatts, int pauseTicks) => _logger.ProbeUndone(_deployment, ReportNames.Of(role), capWatts, pauseTicks);

    private void Pegged(CorrectionKind kind, bool reached, in CoefficientState state, double? utilization)
    {
        var condition = Condition.Of(kind);
        var holds = state.IsPegged && (reached || _conditions.Holds(condition));
        var name = ReportNames.Of(kind);
        var edge = State(condition, holds, out var duration);
        if (reached)
        {
            _instruments.CountPegged(name);
        }

        if (edge == EdgeKind.Entered && utilization >= QueueingUtilization)
        {
            _logger.CoefficientPeggedUnderLoad(_deployment, name, state.Value, utilization.Value);
        }
        else if (edge == EdgeKind.Entered)
        {
            _logger.CoefficientPegged(_deployment, name, state.Value);
        }
        else if (edge == EdgeKind.Exited)
        {
            _logger.CoefficientRecovered(_deployment, name, state.Value, duration);
        }
    }

    private void PowerUsed(CorrectionKind kind, in PowerSample sample, in CoefficientState before, in CoefficientState after)
    {
        if (after != before && sample.WattsPerGpu is { } watts)
        {
            _logger.MeasuredPowerUsed(_deployment, ReportNames.Of(kind), watts, after.Value);
        }
    }
}
