using PowerPlanner.Control;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>Reads signals off a tick.</summary>
internal static class ScenarioSignals
{
    public static double Of(ScenarioTick tick, ScenarioSignal signal)
    {
        var status = tick.Status;
        return signal switch
        {
            ScenarioSignal.PrefillReplicas => Running(tick.After.Prefill),
            ScenarioSignal.DecodeReplicas => Running(tick.After.Decode),
            ScenarioSignal.PrefillReady => tick.Before.Prefill?.Ready ?? double.NaN,
            ScenarioSignal.DecodeReady => tick.Before.Decode?.Ready ?? double.NaN,
            ScenarioSignal.PrefillCapWatts => tick.After.Prefill?.EffectiveCapWatts ?? double.NaN,
            ScenarioSignal.DecodeCapWatts => tick.After.Decode?.EffectiveCapWatts ?? double.NaN,
            ScenarioSignal.TtftMs => tick.Truth.TtftMs,
            ScenarioSignal.ItlMs => tick.Truth.ItlMs,
            ScenarioSignal.PrefillWattsPerGpu => tick.Truth.PrefillWattsPerGpu,
            ScenarioSignal.DecodeWattsPerGpu => tick.Truth.DecodeWattsPerGpu,
            ScenarioSignal.TokensPerSecond => tick.Truth.Load.TokensPerSecond,
            ScenarioSignal.TrueWatts => tick.Truth.FleetWatts,
            ScenarioSignal.CorrectionTtft => status.Corrections.Ttft,
            ScenarioSignal.CorrectionItl => status.Corrections.Itl,
            ScenarioSignal.CorrectionPowerPrefill => status.Corrections.PowerPrefill,
            ScenarioSignal.CorrectionPowerDecode => status.Corrections.PowerDecode,
            ScenarioSignal.EstimatedTokensPerSecond => status.EstimatedTokensPerSecond,
            ScenarioSignal.ViolationTicks => status.ViolationTicks,
            ScenarioSignal.LedgerWatts => status.LedgerWatts,
            ScenarioSignal.PeakLedgerWatts => status.PeakLedgerWatts,
            ScenarioSignal.ChargedWatts => tick.ChargedWatts,
            ScenarioSignal.PeakChargedWatts => tick.PeakChargedWatts,
            ScenarioSignal.BudgetWatts => status.BudgetWatts ?? double.PositiveInfinity,
            ScenarioSignal.Swept => Truth(status.Swept),
            ScenarioSignal.IsDisabled => Truth(status.IsDisabled),
            ScenarioSignal.IsBestEffort => Truth(status.IsBestEffort),
            ScenarioSignal.IsPrefillPowerLimited => Truth(status.IsPrefillPowerLimited),
            ScenarioSignal.IsDecodePowerLimited => Truth(status.IsDecodePowerLimited),
            ScenarioSignal.IsPrefillCapNotEnforced => Truth(status.IsPrefillCapNotEnforced),
            ScenarioSignal.IsDecodeCapNotEnforced => Truth(status.IsDecodeCapNotEnforced),
            ScenarioSignal.Exceptions => status.Counters.Exceptions,
            ScenarioSignal.CorrectionPegged => status.Counters.CorrectionPegged,
            ScenarioSignal.PowerClamped => status.Counters.PowerClamped,
            ScenarioSignal.CapClamped => status.Counters.CapClamped,
            ScenarioSignal.PartialAdmission => status.Counters.PartialAdmission,
            ScenarioSignal.MaxBatchedTokensUnavailable => status.Counters.MaxBatchedTokensUnavailable,
            ScenarioSignal.UnacknowledgedFrontends => status.UnacknowledgedFrontends,
            ScenarioSignal.Commands => tick.Commands.Length,
            ScenarioSignal.DirectionFlips => tick.DirectionFlips,
            _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, $"The signal {signal} is not defined."),
        };
    }

    private static double Running(RoleState? role) => role is null ? double.NaN : role.Ready + role.Starting;

    private static double Truth(bool value) => value ? 1 : 0;
}
