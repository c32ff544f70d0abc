using BenchmarkDotNet.Attributes;
using PowerPlanner.Benchmarks.Performance.Aic;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Planning;

namespace PowerPlanner.Benchmarks.Planning;

/// <summary>
/// Model and planner together: a plan from nothing on AIC's tables, over all batches that the KV cache holds (about 2,900) or, like the reference
/// planner, the largest alone. The baseline enumerates in the same way over the literal interpreter.
/// </summary>
[MemoryDiagnoser]
public class AicPlanBenchmark
{
    private PlanningProblem _literal = null!;
    private PlanningProblem _compiled = null!;

    [ParamsAllValues]
    public BatchPolicy Batches { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        _literal = Fleet.Problem(Batches, new AicPerformanceModel(await Dense.LiteralEngineAsync())) with { ItlTargetMs = 200 };
        _compiled = Fleet.Problem(Batches, new AicPerformanceModel(await Dense.EngineAsync())) with { ItlTargetMs = 200 };
        Fleet.CheckAgainstEnumeration(_compiled);
    }

    [Benchmark(Baseline = true)]
    public double LiteralEnumeration() => PlainEnumeration.Plan(_literal, _literal.Limits, Corrections.None).Throughput;

    [Benchmark]
    public double CompiledEnumeration() => PlainEnumeration.Plan(_compiled, _compiled.Limits, Corrections.None).Throughput;

    [Benchmark]
    public PlanResult Plan() => Planner.Plan(_compiled);
}
