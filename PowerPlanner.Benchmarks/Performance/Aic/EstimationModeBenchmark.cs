using BenchmarkDotNet.Attributes;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>
/// One step of a dense model on one GPU in each estimation mode, inside the tables, at points not asked before:
/// <c>dotnet run -c Release --project PowerPlanner.Benchmarks -- --filter '*EstimationMode*'</c>.
/// </summary>
[MemoryDiagnoser]
public class EstimationModeBenchmark
{
    private const int Points = 1024;

    private readonly ContextShape[] _contexts = new ContextShape[Points];
    private readonly GenerationShape[] _generations = new GenerationShape[Points];
    private readonly CompiledEvaluator[] _evaluators = new CompiledEvaluator[4];

    /// <summary>Whether the step is a prefill.</summary>
    [Params(true, false)]
    public bool IsContext { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        var database = await Dense.OpenAsync();
        var lists = Dense.Lists(database, await Dense.ModelAsync(), new EngineLayout(1));
        foreach (var mode in Enum.GetValues<AicEstimationMode>())
        {
            _evaluators[(int)mode] = await CompiledEvaluator.CompileAsync(database.For(mode), lists, mode);
        }

        var random = new Random(1);
        for (var i = 0; i < Points; i++)
        {
            _contexts[i] = new ContextShape(random.Next(1, 3), random.Next(100, 1500), 0);
            _generations[i] = new GenerationShape(random.Next(1, 64), random.Next(100, 3000));
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Points)]
    public double Silicon() => Sum(AicEstimationMode.Silicon);

    [Benchmark(OperationsPerInvoke = Points)]
    public double Hybrid() => Sum(AicEstimationMode.Hybrid);

    [Benchmark(OperationsPerInvoke = Points)]
    public double Empirical() => Sum(AicEstimationMode.Empirical);

    [Benchmark(OperationsPerInvoke = Points)]
    public double SpeedOfLight() => Sum(AicEstimationMode.SpeedOfLight);

    private double Sum(AicEstimationMode mode)
    {
        var evaluator = _evaluators[(int)mode];
        var sum = 0.0;
        if (IsContext)
        {
            foreach (var shape in _contexts)
            {
                sum += evaluator.Context(shape).LatencyMs;
            }
        }
        else
        {
            foreach (var shape in _generations)
            {
                sum += evaluator.Generation(shape).LatencyMs;
            }
        }

        return sum;
    }
}
