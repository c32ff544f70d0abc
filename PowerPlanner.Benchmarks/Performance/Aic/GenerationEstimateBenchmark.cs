using BenchmarkDotNet.Attributes;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>
/// One decode step at points not asked before. Figures are of one step:
/// <c>dotnet run -c Release --project PowerPlanner.Benchmarks -- --filter '*GenerationEstimate*'</c>.
/// </summary>
[MemoryDiagnoser]
public class GenerationEstimateBenchmark
{
    private const int Points = 1024;

    private readonly GenerationShape[] _shapes = new GenerationShape[Points];
    private CompiledEvaluator _compiled = null!;
    private LiteralEvaluator _literal = null!;

    [ParamsAllValues]
    public Region Region { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        var database = await Dense.OpenAsync();
        var lists = await Dense.ListsAsync(database);
        _compiled = await CompiledEvaluator.CompileAsync(database, lists);
        _literal = await LiteralEvaluator.CreateAsync(new LiteralTables(database), lists);
        var random = new Random(1);
        for (var i = 0; i < Points; i++)
        {
            _shapes[i] = RegionShapes.Generation(Region, random);
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Points)]
    public double Literal()
    {
        var sum = 0.0;
        foreach (var shape in _shapes)
        {
            sum += _literal.Generation(shape).LatencyMs;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Points)]
    public double Compiled()
    {
        var sum = 0.0;
        foreach (var shape in _shapes)
        {
            sum += _compiled.Generation(shape).LatencyMs;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Points)]
    public double CompiledAttentionAlone()
    {
        var sum = 0.0;
        foreach (var shape in _shapes)
        {
            sum += _compiled.Generation(shape, OperationSelection.AttentionOnly).LatencyMs;
        }

        return sum;
    }
}
