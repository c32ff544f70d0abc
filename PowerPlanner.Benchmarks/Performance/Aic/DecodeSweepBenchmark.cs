using BenchmarkDotNet.Attributes;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>
/// Decode steps of all batches at once, as the planner sweeps: at one position. 512 batches are measured at this length; of 3000 most are hold.
/// </summary>
[MemoryDiagnoser]
public class DecodeSweepBenchmark
{
    private const int Isl = 1000;
    private const int Osl = 200;

    private CompiledEvaluator _compiled = null!;
    private LiteralEvaluator _literal = null!;
    private OperationCost[] _costs = null!;

    [Params(512, 3000)]
    public int Batches { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        var database = await Dense.OpenAsync();
        var lists = await Dense.ListsAsync(database);
        _compiled = await CompiledEvaluator.CompileAsync(database, lists);
        _literal = await LiteralEvaluator.CreateAsync(new LiteralTables(database), lists);
        _costs = new OperationCost[Batches];
    }

    [Benchmark(Baseline = true)]
    public double Literal()
    {
        for (var i = 0; i < Batches; i++)
        {
            _costs[i] = _literal.Generation(new GenerationShape(i + 1, Isl + (Osl / 2) + 1));
        }

        return _costs[^1].LatencyMs;
    }

    [Benchmark]
    public double CompiledStepByStep()
    {
        for (var i = 0; i < Batches; i++)
        {
            _costs[i] = _compiled.Generation(new GenerationShape(i + 1, Isl + (Osl / 2) + 1));
        }

        return _costs[^1].LatencyMs;
    }

    [Benchmark]
    public double CompiledSweep()
    {
        _compiled.SweepGeneration(Isl + (Osl / 2) + 1, _costs);
        return _costs[^1].LatencyMs;
    }
}
