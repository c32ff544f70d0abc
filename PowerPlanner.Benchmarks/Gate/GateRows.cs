using PowerPlanner.Benchmarks.Control;
using PowerPlanner.Benchmarks.Facility;
using PowerPlanner.Benchmarks.Performance.Aic;
using PowerPlanner.Benchmarks.Planning;
using PowerPlanner.Diagnostics;
using PowerPlanner.Facility;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Planning;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Benchmarks.Gate;

/// <summary>The rows of the gate, on the real tables where they stand for estimates.</summary>
internal sealed class GateRows : IDisposable
{
    private const int Isl = 1000;
    private const int Osl = 200;
    private const int Shapes = 64;

    // What is summed must be kept, else the compiler may leave it out.
    private static double _sink;

    private readonly PlannerInstruments _instruments = new();
    private TickBench? _tick;
    private int _turn;

    public async Task<IReadOnlyList<GateRow>> CreateAsync()
    {
        _tick = await TickBench.StartAsync(DeploymentMode.Disaggregated, "gate", _instruments);
        return [.. await EstimatesAsync(), .. Plans(), GateRow.Of("tick without a sweep", _tick.Tick), .. Divisions()];
    }

    public void Dispose()
    {
        _tick?.Dispose();
        _instruments.Dispose();
    }

    private static async Task<IReadOnlyList<GateRow>> EstimatesAsync()
    {
        var database = await Dense.OpenAsync();
        var lists = await Dense.ListsAsync(database);
        var compiled = await CompiledEvaluator.CompileAsync(database, lists);
        var literal = await LiteralEvaluator.CreateAsync(new LiteralTables(database), lists);
        var costs = new OperationCost[3000];
        var context = Isl + (Osl / 2) + 1;
        var (literalPlan, plan) = (
            Fleet.Problem(BatchPolicy.All, new AicPerformanceModel(await Dense.LiteralEngineAsync())) with { ItlTargetMs = 200 },
            Fleet.Problem(BatchPolicy.All, new AicPerformanceModel(await Dense.EngineAsync())) with { ItlTargetMs = 200 });
        Fleet.CheckAgainstEnumeration(plan);
        return
        [
            Prefill("prefill step, inside", compiled, literal, Region.Inside),
            Prefill("prefill step, ragged", compiled, literal, Region.Ragged),
            Prefill("prefill step, outside", compiled, literal, Region.Hold),
            Decode("decode step, inside", compiled, literal, Region.Inside),
            Decode("decode step, ragged", compiled, literal, Region.Ragged),
            Decode("decode step, outside", compiled, literal, Region.Hold),
            GateRow.Of(
                "decode steps of 3,000 batches",
                () =>
                {
                    compiled.SweepGeneration(context, costs);
                    return costs;
                },
                () =>
                {
                    for (var i = 0; i < costs.Length; i++)
                    {
                        costs[i] = literal.Generation(new GenerationShape(i + 1, context));
                    }

                    return costs[^1].LatencyMs;
                }),
            GateRow.Of("plan on tables, from nothing", () => Planner.Plan(plan), () => PlainEnumeration.Plan(literalPlan, literalPlan.Limits, Corrections.None).Throughput),
        ];
    }

    private static GateRow Prefill(string what, CompiledEvaluator compiled, LiteralEvaluator literal, Region region) =>
        Steps(what, random => RegionShapes.Context(region, random), shape => compiled.Context(shape).LatencyMs, shape => literal.Context(shape).LatencyMs);

    private static GateRow Decode(string what, CompiledEvaluator compiled, LiteralEvaluator literal, Region region) =>
        Steps(what, random => RegionShapes.Generation(region, random), shape => compiled.Generation(shape).LatencyMs, shape => literal.Generation(shape).LatencyMs);

    private static GateRow Steps<TShape>(string what, Func<Random, TShape> draw, Func<TShape, double> fast, Func<TShape, double> straightforward)
    {
        var random = new Random(1);
        TShape[] shapes = [.. Enumerable.Range(0, Shapes).Select(_ => draw(random))];
        return new GateRow(what, calls => Sum(fast, calls), calls => Sum(straightforward, calls));

        void Sum(Func<TShape, double> step, int calls)
        {
            var sum = 0.0;
            for (var i = 0; i < calls; i++)
            {
                sum += step(shapes[i % Shapes]);
            }

            _sink = sum;
        }
    }

    private IEnumerable<GateRow> Plans()
    {
        var problem = Fleet.Problem();
        var reference = Fleet.Problem(BatchPolicy.Largest) with { ItlTargetMs = 100 };
        var prepared = Planner.Prepare(problem);

        // The plain enumeration of pairs of caps grows with the square of the grid: fewer caps and batches than the benchmark's.
        var capped = Fleet.WithCaps(stepWatts: 50, maxBatch: 300);
        var preparedCaps = Planner.Prepare(capped);
        Fleet.CheckAgainstEnumeration(problem);
        Fleet.CheckAgainstCapEnumeration(capped);
        yield return GateRow.Of("plan, from nothing", () => Planner.Plan(problem), () => PlainEnumeration.Plan(problem, problem.Limits, Corrections.None).Throughput);
        yield return GateRow.Of("plan of the reference's kind", () => Planner.Plan(reference));
        yield return GateRow.Of("re-plan, other corrections", () => prepared.Plan(problem.Limits, Fleet.Drifted(_turn++)), () => PlainEnumeration.Plan(problem, problem.Limits, Fleet.Drifted(_turn++)).Throughput);
        yield return GateRow.Of("re-plan, other budget", () => prepared.Plan(Fleet.OtherBudget(problem, _turn++), Corrections.None), () => PlainEnumeration.Plan(problem, Fleet.OtherBudget(problem, _turn++), Corrections.None).Throughput);
        yield return GateRow.Of("plan with caps, from nothing", () => Planner.Plan(capped), () => PlainCapEnumeration.Throughput(capped, capped.Limits, Corrections.None));
        yield return GateRow.Of("re-plan with caps, other corrections", () => preparedCaps.Plan(capped.Limits, Fleet.Drifted(_turn++)), () => PlainCapEnumeration.Throughput(capped, capped.Limits, Fleet.Drifted(_turn++)));
        yield return GateRow.Of("re-plan with caps, other budget", () => preparedCaps.Plan(Fleet.OtherBudget(capped, _turn++), Corrections.None), () => PlainCapEnumeration.Throughput(capped, Fleet.OtherBudget(capped, _turn++), Corrections.None));
    }

    private static IEnumerable<GateRow> Divisions()
    {
        foreach (var (kind, deployments) in new[] { ("distinct", Deployments.Distinct(200)), ("identical", Deployments.Identical(200)) })
        {
            var budget = Deployments.HalfOf(deployments);
            Deployments.CheckAgainstProgram(deployments, budget);
            yield return GateRow.Of($"division among 200 {kind} deployments", () => FacilityDivision.Divide(deployments, budget), () => WattProgram.Best(deployments, budget));
        }
    }
}
