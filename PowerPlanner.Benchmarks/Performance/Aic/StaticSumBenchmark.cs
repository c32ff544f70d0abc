using BenchmarkDotNet.Attributes;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>
/// The decode steps of a 200-token answer at stride 32, which are seven, of all batches at once: AIC's static composition over a sweep. The planner needs
/// one position only (<see cref="DecodeSweepBenchmark"/>).
/// </summary>
[MemoryDiagnoser]
public class StaticSumBenchmark
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
    public double Literal() => StepByStep(_literal);

    [Benchmark]
    public double CompiledStepByStep() => StepByStep(_compiled);

    [Benchmark]
    public double CompiledSweep()
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

    private double StepByStep<TEvaluator>(TEvaluator evaluator)
        where TEvaluator : IStepEvaluator
    {
        for (var i = 0; i < Batches; i++)
        {
            _sums[i] = OperationCost.Zero;
            for (var token = 0; token < Osl - 1; token += Stride)
            {
                _sums[i] += evaluator.Generation(new GenerationShape(i + 1, Isl + token + 1)) * Math.Min(Stride, Osl - 1 - token);
            }
        }

        return _sums[^1].LatencyMs;
    }
}
