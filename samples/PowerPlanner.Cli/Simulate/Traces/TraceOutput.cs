using System.Text.Json.Serialization;

namespace PowerPlanner.Cli.Simulate.Traces;

/// <summary>One answer of <c>powerplanner simulate --trace</c>, as it stands in JSON. Shares and sums to six decimals.</summary>
/// <param name="Trace">The file, as it was named.</param>
/// <param name="Policy"><c>library</c> or <c>reference</c>.</param>
/// <param name="Scale">Factor on the arrival rate.</param>
/// <param name="Seed">Seed of the noise.</param>
/// <param name="Ticks">Ticks of the trace.</param>
/// <param name="Requests">Requests that arrived, times the scale.</param>
/// <param name="Served">Requests that were served in their tick.</param>
/// <param name="TtftAttainment">Share of all requests served with TTFT within its target.</param>
/// <param name="ItlAttainment">Share of all requests served with ITL within its target.</param>
/// <param name="Attained">Share of all requests served within both.</param>
/// <param name="MeanWatts">Mean true draw, W.</param>
/// <param name="EnergyMegajoules">Energy of the run, MJ.</param>
/// <param name="JoulesPerToken">Energy over tokens of served requests, in and out, J; null where none was served.</param>
/// <param name="MaxPeakWatts">The highest charge at any instant, W.</param>
/// <param name="BudgetWatts">The budget, W; null = none.</param>
/// <param name="TicksOverBudget">Ticks in which charge or true draw was above the budget at some instant; those of the start count for the first tick.</param>
/// <param name="Sweeps">Times that the policy asked its model after the start.</param>
/// <param name="ReplicaChanges">Replica counts that were written after the start.</param>
/// <param name="CapChanges">Caps that were written after the start.</param>
/// <param name="DisabledAtTick">The first tick on which the optimizer was off, 0 also where it never came on; null = never.</param>
internal sealed record TraceOutput(
    string Trace,
    string Policy,
    double Scale,
    ulong Seed,
    int Ticks,
    double Requests,
    double Served,
    double TtftAttainment,
    double ItlAttainment,
    double Attained,
    double MeanWatts,
    double EnergyMegajoules,
    double? JoulesPerToken,
    long MaxPeakWatts,
    long? BudgetWatts,
    int TicksOverBudget,
    int Sweeps,
    int ReplicaChanges,
    int CapChanges,
    int? DisabledAtTick);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TraceOutput))]
[JsonSerializable(typeof(List<TraceOutput>))]
internal sealed partial class TraceJson : JsonSerializerContext;
