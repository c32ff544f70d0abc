using BenchmarkDotNet.Attributes;
using PowerPlanner.Performance;
using PowerPlanner.Planning;

namespace PowerPlanner.Benchmarks.Planning;

// AMD EPYC 2.1 GHz, one core of a shared machine, .NET 10, --job short -i: ratio 0.14, 91 µs, 236 KB (the points of 3,000 batches).

/// <summary>How long is one plan from nothing, over 3,000 batches and all replicas: sweep the models, search, assemble?</summary>
[MemoryDiagnoser]
public class PlanBenchmark
{
    private readonly PlanningProblem _problem = Fleet.Problem();

    [GlobalSetup]
    public void Check() => Fleet.CheckAgainstEnumeration(_problem);

    [Benchmark(Baseline = true)]
    public double Enumeration() => PlainEnumeration.Plan(_problem, _problem.Limits, Corrections.None).Throughput;

    [Benchmark]
    public PlanResult Plan() => Planner.Plan(_problem);
}
