using BenchmarkDotNet.Attributes;
using PowerPlanner.Performance;
using PowerPlanner.Planning;

namespace PowerPlanner.Benchmarks.Planning;

/// <summary>
/// How long is a plan over 3,000 batches and 64 caps or more on each side, from nothing and again? The plain enumeration tries every pair of points and
/// caps, in seconds: it runs once an iteration.
/// </summary>
[MemoryDiagnoser]
public class CapGridBenchmark
{
    private static readonly PlanningProblem Problem = Fleet.WithCaps(stepWatts: 6);

    // The check takes as long as the enumeration.
    private static readonly Lazy<bool> Once = new(() =>
    {
        Fleet.CheckAgainstCapEnumeration(Problem);
        return true;
    });

    private readonly PreparedPlanner _prepared = Planner.Prepare(Problem);
    private readonly PreparedPlanner _withoutCaps = Planner.Prepare(Problem with { CapGrid = null });
    private int _turn;

    [GlobalSetup]
    public bool Check() => Once.Value;

    [Benchmark(Baseline = true)]
    public double Enumeration() => PlainCapEnumeration.Throughput(Problem, Problem.Limits, Corrections.None);

    [Benchmark]
    public PlanResult Plan() => Planner.Plan(Problem);

    [Benchmark]
    public PlanResult Corrections_changed() => _prepared.Plan(Problem.Limits, Fleet.Drifted(_turn++));

    [Benchmark]
    public PlanResult Budget_changed() => _prepared.Plan(Fleet.OtherBudget(Problem, _turn++), Corrections.None);

    [Benchmark]
    public PlanResult Corrections_changed_without_caps() => _withoutCaps.Plan(Problem.Limits, Fleet.Drifted(_turn++));

    [Benchmark]
    public PlanResult Budget_changed_without_caps() => _withoutCaps.Plan(Fleet.OtherBudget(Problem, _turn++), Corrections.None);
}
