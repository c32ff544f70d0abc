using BenchmarkDotNet.Attributes;
using PowerPlanner.Facility;

namespace PowerPlanner.Benchmarks.Facility;

/// <summary>How long does it take to divide one budget among a thousand deployments, all distinct or all alike?</summary>
[MemoryDiagnoser]
public class DivisionBenchmark
{
    private FacilityDeployment[] _deployments = [];
    private long _budget;

    [Params(1_000)]
    public int Count { get; set; }

    [Params(false, true)]
    public bool Alike { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _deployments = Alike ? Deployments.Identical(Count) : Deployments.Distinct(Count);
        _budget = Deployments.HalfOf(_deployments);
        Deployments.CheckAgainstProgram(_deployments, _budget);
    }

    [Benchmark(Baseline = true)]
    public double ProgramOverWatts() => WattProgram.Best(_deployments, _budget);

    [Benchmark]
    public FacilityAnswer Divide() => FacilityDivision.Divide(_deployments, _budget);
}
