using BenchmarkDotNet.Attributes;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>
/// Decode steps of all batches at once: the planner's sweep at one position, and the sum over a 200-token answer at stride 32, which are
/// seven. 512 batches are measured at this length; of 3000 most are hold.
/// </summary>
[MemoryDiagnoser]
public class DecodeSweepBenchmark
{
    private const int Isl = 1000;
    private const int Osl = 200;
    private const int Stride = 32;

    private CompiledEvaluator _compiled = null!;
    private LiteralEvaluator _literal = null!;
    private OperationCost[] _costs = null!;
    private OperationCost[] _sums = null!;

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
        _sums = new OperationCost[Batches];
    }

    [Benchmark(Baseline = true)]
    public double LiteralOnePosition()
    {
        for (var i = 0; i < Batches; i++)
        {
            _costs[i] = _literal.Generation(new GenerationShape(i + 1, Isl + (Osl / 2) + 1));
        }

        return _costs[^1].LatencyMs;
    }

    [Benchmark]
    public double StepByStepOnePosition()
    {
        for (var i = 0; i < Batches; i++)
        {
            _costs[i] = _compiled.Generation(new GenerationShape(i + 1, Isl + (Osl / 2) + 1));
        }

        return _costs[^1].LatencyMs;
    }

    [Benchmark]
    public double SweepOnePosition()
    {
        _compiled.SweepGeneration(Isl + (Osl / 2) + 1, _costs);
        return _costs[^1].LatencyMs;
    }

    [Benchmark]
    public double SweepStaticSum()
    {
        _sums.AsSpan().Fill(OperationCost.Zero);
        for (var token = 0; token < Osl - 1; token += Stride)
        {
            _compiled.SweepGeneration(Isl + token + 1, _costs);
            var repeat = Math.Min(Stride, Osl - 1 - token);
            for (var i = 0; i < Batches; i++)
            {
                _sums[i] += _costs[i] * repeat;
            }
        }

        return _sums[^1].LatencyMs;
    }
}
