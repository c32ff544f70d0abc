using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Compiled;

/// <summary>The compiled evaluator beside the literal interpreter on the H200's tables.</summary>
[TestFixture]
internal sealed class CompiledEvaluatorRealTableTests
{
    private const double Tolerance = 1e-12;
    private const int Points = 250;

    [TestCaseSource(typeof(CompiledEngines), nameof(CompiledEngines.Names))]
    public async Task Context_steps_equal_the_literal_interpretation(string engine)
    {
        var compiled = await CompiledEngines.CompileAsync(engine);
        var literal = await CompiledEngines.LiteralAsync(engine);
        var random = new Random(1);
        var answers = 0;
        for (var i = 0; i < Points; i++)
        {
            var shape = new ContextShape(LogUniform(random, 300), LogUniform(random, 40000), i % 3 == 0 ? LogUniform(random, 20000) : 0);
            answers += Compare(
                shape.ToString(),
                () => compiled.Context(shape), () => literal.Context(shape),
                () => compiled.ContextOperations(shape), () => literal.ContextOperations(shape));
        }

        Assert.That(answers, Is.EqualTo(Points), "points with an answer");
    }

    [TestCaseSource(typeof(CompiledEngines), nameof(CompiledEngines.Names))]
    public async Task Generation_steps_equal_the_literal_interpretation(string engine)
    {
        var compiled = await CompiledEngines.CompileAsync(engine);
        var literal = await CompiledEngines.LiteralAsync(engine);
        var random = new Random(2);
        var answers = 0;
        for (var i = 0; i < Points; i++)
        {
            var shape = new GenerationShape(LogUniform(random, 9000), LogUniform(random, 140000));
            answers += Compare(
                shape.ToString(),
                () => compiled.Generation(shape), () => literal.Generation(shape),
                () => compiled.GenerationOperations(shape), () => literal.GenerationOperations(shape));
        }

        Assert.That(answers, Is.EqualTo(Points), "points with an answer");
    }

    [TestCaseSource(typeof(CompiledEngines), nameof(CompiledEngines.Names))]
    public async Task Steps_allocate_nothing_inside_the_tables_and_outside(string engine)
    {
        var compiled = await CompiledEngines.CompileAsync(engine);
        ContextShape[] contexts = [new(1, 1000, 0), new(3, 777, 100), new(100, 60_000, 0)];
        GenerationShape[] generations = [new(1, 1000), new(37, 3333), new(6000, 200_000)];
        Ask();
        var before = GC.GetAllocatedBytesForCurrentThread();

        Ask();

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Ask()
        {
            foreach (var shape in contexts)
            {
                compiled.Context(shape);
            }

            foreach (var shape in generations)
            {
                compiled.Generation(shape);
            }
        }
    }

    private static long LogUniform(Random random, double highest) => (long)Math.Exp(random.NextDouble() * Math.Log(highest));

    /// <summary>1 where both answer, 0 where both miss.</summary>
    private static int Compare(
        string shape,
        Func<OperationCost> compiled, Func<OperationCost> literal,
        Func<IReadOnlyList<NamedOperationCost>> compiledOperations, Func<IReadOnlyList<NamedOperationCost>> literalOperations)
    {
        OperationCost expected;
        try
        {
            expected = literal();
        }
        catch (NoPerformanceDataException)
        {
            Assert.That(() => compiled(), Throws.TypeOf<NoPerformanceDataException>(), shape);
            return 0;
        }

        AssertEqual(compiled(), expected, shape);
        foreach (var (actual, wanted) in compiledOperations().Zip(literalOperations()))
        {
            Assert.That(actual.Name, Is.EqualTo(wanted.Name));
            AssertEqual(actual.Cost, wanted.Cost, $"{shape}, {actual.Name}");
        }

        return 1;
    }

    private static void AssertEqual(OperationCost actual, OperationCost expected, string what)
    {
        Assert.That(actual.LatencyMs, Is.EqualTo(expected.LatencyMs).Within(Tolerance * expected.LatencyMs), $"{what}: latency");
        Assert.That(actual.EnergyMillijoules, Is.EqualTo(expected.EnergyMillijoules).Within(Tolerance * expected.EnergyMillijoules), $"{what}: energy");
        Assert.That(actual.CoveredLatencyMs, Is.EqualTo(expected.CoveredLatencyMs).Within(Tolerance * expected.LatencyMs), $"{what}: covered");
        Assert.That(actual.Provenance, Is.EqualTo(expected.Provenance), $"{what}: provenance");
    }
}
