using BenchmarkDotNet.Attributes;
using PowerPlanner.Performance.Aic;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>What a caller of the library asks: one static estimate through both phases, an answer of 1,024 tokens at stride 32 (32 decode look-ups).</summary>
[MemoryDiagnoser]
public class StaticEstimateBenchmark
{
    private const int Points = 64;
    private const int Osl = 1025;

    private readonly (int Batch, int Isl)[] _points = new (int, int)[Points];
    private AicEngine _compiled = null!;
    private AicEngine _literal = null!;

    [ParamsAllValues]
    public Region Region { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        _compiled = await Dense.EngineAsync();
        _literal = await Dense.LiteralEngineAsync();
        var random = new Random(1);
        for (var i = 0; i < Points; i++)
        {
            _points[i] = Region switch
            {
                Region.Inside => (random.Next(1, 9), random.Next(100, 2000)),
                Region.Ragged => (random.Next(130, 250), random.Next(5000, 6000)),
                _ => (random.Next(1030, 3000), random.Next(1000, 9000)),
            };
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Points)]
    public double Literal() => Sum(_literal);

    [Benchmark(OperationsPerInvoke = Points)]
    public double Compiled() => Sum(_compiled);

    private double Sum(AicEngine engine)
    {
        var sum = 0.0;
        foreach (var (batch, isl) in _points)
        {
            sum += engine.EstimateStatic(batch, isl, Osl).RequestLatencyMs;
        }

        return sum;
    }
}
