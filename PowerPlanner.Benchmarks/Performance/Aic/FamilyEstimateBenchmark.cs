using BenchmarkDotNet.Attributes;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>
/// One context and one decode step of a model with routed experts, and of one with compressed keys and values too, at points not asked before. Figures are of
/// one step: <c>dotnet run -c Release --project PowerPlanner.Benchmarks -- --filter '*FamilyEstimate*'</c>.
/// </summary>
[MemoryDiagnoser]
public class FamilyEstimateBenchmark
{
    private const int Points = 1024;

    private readonly ContextShape[] _contexts = new ContextShape[Points];
    private readonly GenerationShape[] _generations = new GenerationShape[Points];
    private CompiledEvaluator _compiled = null!;

    /// <summary>The engine that is asked.</summary>
    [Params(nameof(Experts), nameof(Compressed))]
    public string Engine { get; set; } = nameof(Experts);

    /// <summary>Outside, experts and attention are held both.</summary>
    [Params(Region.Inside, Region.Hold)]
    public Region Region { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        var database = await Dense.OpenAsync();
        _compiled = await CompiledEvaluator.CompileAsync(database, Engine == nameof(Experts)
            ? Dense.Lists(database, await Experts.ModelAsync(), Experts.Layout)
            : Dense.Lists(database, await Compressed.ModelAsync(), Compressed.Layout));
        var random = new Random(1);
        for (var i = 0; i < Points; i++)
        {
            _contexts[i] = Region == Region.Inside
                ? new ContextShape(random.Next(1, 3), random.Next(100, 1500), 0)
                : new ContextShape(random.Next(1, 200), random.Next(16_500, 60_000), 0);
            _generations[i] = Region == Region.Inside
                ? new GenerationShape(random.Next(1, 64), random.Next(100, 3000))
                : new GenerationShape(random.Next(1030, 9000), random.Next(140_000, 300_000));
        }
    }

    [Benchmark(OperationsPerInvoke = Points)]
    public double Context()
    {
        var sum = 0.0;
        foreach (var shape in _contexts)
        {
            sum += _compiled.Context(shape).LatencyMs;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Points)]
    public double Generation()
    {
        var sum = 0.0;
        foreach (var shape in _generations)
        {
            sum += _compiled.Generation(shape).LatencyMs;
        }

        return sum;
    }
}
