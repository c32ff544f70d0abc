using System.Text.Json.Serialization;
using PowerPlanner.Performance;
using PowerPlanner.Testing.Scenarios;

namespace PowerPlanner.Cli.Simulate.Scenarios;

/// <summary>One answer of <c>powerplanner simulate --scenario</c>, as it stands in JSON.</summary>
/// <param name="Name">Name of the scenario.</param>
/// <param name="Passed">Whether its assertions and the invariants of every run hold.</param>
/// <param name="Ticks">Ticks that were run.</param>
/// <param name="Violations">What does not hold.</param>
/// <param name="Seed">Seed of the noise.</param>
/// <param name="MaxPeakWatts">The highest charge of the fleet at any instant, W.</param>
/// <param name="BudgetWatts">The highest budget of the run, W; null where there was none at some time.</param>
/// <param name="Coefficients">The coefficients after the last tick.</param>
/// <param name="Sweeps">Ticks after the start on which the model was asked.</param>
internal sealed record ScenarioOutput(
    string Name,
    bool Passed,
    int Ticks,
    IReadOnlyList<string> Violations,
    ulong Seed,
    long MaxPeakWatts,
    long? BudgetWatts,
    ScenarioOutput.CoefficientFields Coefficients,
    int Sweeps)
{
    public static ScenarioOutput Of(ScenarioRun run) => new(
        run.Scenario.Name,
        run.Passed,
        run.Ticks.Length,
        run.Violations,
        run.Seed,
        run.MaxPeakWatts,
        run.Ticks.Any(tick => tick.Status.BudgetWatts is null) ? null : run.Ticks.Max(tick => tick.Status.BudgetWatts),
        CoefficientFields.Of(run.Ticks[^1].Status.Corrections),
        run.Sweeps.Count());

    internal sealed record CoefficientFields(double Ttft, double Itl, double PowerPrefill, double PowerDecode, double PowerAgg)
    {
        public static CoefficientFields Of(Corrections corrections) =>
            new(corrections.Ttft, corrections.Itl, corrections.PowerPrefill, corrections.PowerDecode, corrections.PowerAggregated);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(List<ScenarioOutput>))]
internal sealed partial class ScenarioJson : JsonSerializerContext;
