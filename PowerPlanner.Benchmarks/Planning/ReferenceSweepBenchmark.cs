using BenchmarkDotNet.Attributes;
using PowerPlanner.Performance;
using PowerPlanner.Planning;

namespace PowerPlanner.Benchmarks.Planning;

// AMD EPYC 2.1 GHz, one core of a shared machine, .NET 10, --job short -i: 1.2 µs, 1.7 KB, against 0.35 µs of the bare loop.

/// <summary>How long is the reference planner's sweep: one prefill and one decode estimate at the largest batch, then replicas?</summary>
[MemoryDiagnoser]
public class ReferenceSweepBenchmark
{
    private readonly PlanningProblem _problem = Fleet.Problem(BatchPolicy.Largest) with { ItlTargetMs = 100 };

    [GlobalSetup]
    public void Check() => Fleet.CheckAgainstEnumeration(_problem);

    [Benchmark(Baseline = true)]
    public double Enumeration() => PlainEnumeration.Plan(_problem, _problem.Limits, Corrections.None).Throughput;

    [Benchmark]
    public PlanResult Sweep() => Planner.Plan(_problem);
}
