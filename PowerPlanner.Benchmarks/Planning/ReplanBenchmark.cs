using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using PowerPlanner.Performance;
using PowerPlanner.Planning;

namespace PowerPlanner.Benchmarks.Planning;

// AMD EPYC 2.1 GHz, one core of a shared machine, .NET 10, --job short -i: enumeration 792 µs, corrections changed 32 µs (0.04), budget
// changed 16 µs, efficiency 18 µs, least power 27 µs, 400 B each (result and plan); frontier 0.7 ms, explain 0.14 ms.

/// <summary>How long is another plan of a prepared problem, and what do frontier and explanation cost on top?</summary>
[MemoryDiagnoser]
public class ReplanBenchmark
{
    private static readonly PlanningProblem Problem = Fleet.Problem();

    private readonly PreparedPlanner _prepared = Planner.Prepare(Problem);
    private readonly PreparedPlanner _efficient = Planner.Prepare(Problem with { Objective = PlanningObjective.Efficiency });
    private readonly PreparedPlanner _least = Planner.Prepare(Problem with { Objective = PlanningObjective.LeastPower, TargetRequestsPerSecond = 150 });
    private int _turn;

    [Benchmark(Baseline = true)]
    public double Enumeration() => PlainEnumeration.Plan(Problem, Problem.Limits, NextCorrections()).Throughput;

    [Benchmark]
    public PlanResult Corrections_changed() => _prepared.Plan(Problem.Limits, NextCorrections());

    [Benchmark]
    public PlanResult Budget_changed() => _prepared.Plan(Fleet.OtherBudget(Problem, _turn++), Corrections.None);

    [Benchmark]
    public PlanResult Efficiency() => _efficient.Plan(Problem.Limits, NextCorrections());

    [Benchmark]
    public PlanResult Least_power() => _least.Plan(Problem.Limits, NextCorrections());

    [Benchmark]
    public ImmutableArray<FrontierPoint> Frontier() => _prepared.Frontier(Problem.Limits, Corrections.None);

    [Benchmark]
    public PlanExplanation? Explain() => _prepared.Explain(Problem.Limits, Corrections.None);

    private Corrections NextCorrections() => Fleet.Drifted(_turn++);
}
