using System.Globalization;
using PowerPlanner.Control;
using static PowerPlanner.Testing.Scenarios.ScenarioAssertion;
using static PowerPlanner.Testing.Scenarios.ScenarioComparison;
using static PowerPlanner.Testing.Scenarios.ScenarioSignal;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>Assertions that several scenarios share, and what stands behind their numbers.</summary>
internal static class ScenarioChecks
{
    /// <summary>Printed digits of a number that was computed exactly: four decimals, or whole watts.</summary>
    public const double Printed = 1e-4;

    /// <summary>What runs after a tick.</summary>
    public static ScenarioAssertion[] Fleet(int tick, int prefill, int decode) =>
        [At(tick, PrefillReplicas, Equal, prefill), At(tick, DecodeReplicas, Equal, decode)];

    /// <summary>What runs after a tick, and under which caps.</summary>
    public static ScenarioAssertion[] Fleet(int tick, int prefill, int decode, int prefillCapWatts, int decodeCapWatts) =>
        [.. Fleet(tick, prefill, decode), At(tick, PrefillCapWatts, Equal, prefillCapWatts), At(tick, DecodeCapWatts, Equal, decodeCapWatts)];

    /// <summary>A signal at several ticks.</summary>
    public static IEnumerable<ScenarioAssertion> Values(ScenarioSignal signal, double tolerance, params (int Tick, double Value)[] values) =>
        values.Select(value => At(value.Tick, signal, Equal, value.Value, tolerance));

    /// <summary>The state at every tick of a span.</summary>
    public static ScenarioAssertion State(int fromTick, int toTick, ControllerState state) => Of(
        string.Create(CultureInfo.InvariantCulture, $"t{fromTick} to t{toTick}: the state is {state}"),
        run => Enumerable.Range(fromTick, toTick - fromTick + 1)
            .Where(tick => run.Ticks[tick].Status.State != state)
            .Select(tick => string.Create(CultureInfo.InvariantCulture, $"t{tick}: it is {run.Ticks[tick].Status.State}"))
            .FirstOrDefault());

    /// <summary>A state that never comes.</summary>
    public static ScenarioAssertion Never(ControllerState state) => Of(
        $"the state is never {state}",
        run => run.Ticks.Where(tick => tick.Status.State == state).Select(tick => string.Create(CultureInfo.InvariantCulture, $"t{tick.Tick}: it is")).FirstOrDefault());

    /// <summary>The coefficients of some ticks are those of another, to the last bit.</summary>
    public static ScenarioAssertion CoefficientsAsAt(int tick, int fromTick, int toTick) => Of(
        string.Create(CultureInfo.InvariantCulture, $"t{fromTick} to t{toTick}: the coefficients are those of t{tick}"),
        run => Enumerable.Range(fromTick, toTick - fromTick + 1)
            .Where(other => run.Ticks[other].Status.Corrections != run.Ticks[tick].Status.Corrections)
            .Select(other => string.Create(CultureInfo.InvariantCulture, $"t{other}: {run.Ticks[other].Status.Corrections}, not {run.Ticks[tick].Status.Corrections}"))
            .FirstOrDefault());
}
