using BenchmarkDotNet.Attributes;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>One look-up of each kind of token operation, whole evaluator call included, at row counts not asked before.</summary>
[MemoryDiagnoser]
public class LookUpBenchmark
{
    private const int Points = 1024;

    private readonly ContextShape[] _shapes = new ContextShape[Points];
    private CompiledEvaluator _compiled = null!;
    private LiteralEvaluator _literal = null!;

    [Params("blend of four shapes", "measured shape", "all-reduce")]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public async Task Setup()
    {
        Operation operation = Kind switch
        {
            "blend of four shapes" => new GemmOperation("gemm", GemmQuantization.BFloat16, 6400, 5120, 1),
            "measured shape" => new GemmOperation("gemm", GemmQuantization.BFloat16, 4096, 4096, 1),
            _ => new AllReduceOperation("all-reduce", 5120, 8, 1),
        };
        var database = await Dense.OpenAsync();
        var lists = new OperationLists([operation], []);
        _compiled = await CompiledEvaluator.CompileAsync(database, lists);
        _literal = await LiteralEvaluator.CreateAsync(new LiteralTables(database), lists);
        var random = new Random(1);
        for (var i = 0; i < Points; i++)
        {
            _shapes[i] = new ContextShape(1, (long)Math.Exp(random.NextDouble() * Math.Log(30_000)), 0);
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Points)]
    public double Literal()
    {
        var sum = 0.0;
        foreach (var shape in _shapes)
        {
            sum += _literal.Context(shape).LatencyMs;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Points)]
    public double Compiled()
    {
        var sum = 0.0;
        foreach (var shape in _shapes)
        {
            sum += _compiled.Context(shape).LatencyMs;
        }

        return sum;
    }
}
