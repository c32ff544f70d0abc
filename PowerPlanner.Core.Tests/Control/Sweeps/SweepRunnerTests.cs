using Microsoft.Extensions.Time.Testing;
using PowerPlanner.Control.Sweeps;
using PowerPlanner.Feedback;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Tests.Planning;

namespace PowerPlanner.Tests.Control.Sweeps;

/// <summary>A hanging model is held by a gate and let go by the test; the clock is moved by hand.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SweepRunnerTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);
    private static readonly FixedPerformanceModel Answers = new(50, 10, 50_000, 400, 300, 700);

    private readonly FakeTimeProvider _time = new();
    private readonly ManualResetEventSlim _asked = new();
    private readonly ManualResetEventSlim _gate = new();

    [Test]
    public async Task A_model_that_answers_gives_something_to_plan_from()
    {
        var outcome = await Runner().Ask(Problem(Answers), default);

        Assert.That((outcome.Failure, outcome.NameplateWatts), Is.EqualTo(((string?)null, (double?)700)));
        Assert.That(outcome.Plan, Is.Not.Null);
    }

    [Test]
    public async Task The_nameplate_of_the_problem_comes_before_the_models()
    {
        var outcome = await Runner().Ask(Problem(Answers) with { NameplateWatts = 650 }, default);

        Assert.That(outcome.NameplateWatts, Is.EqualTo(650));
    }

    [Test]
    public async Task An_aggregated_fleet_has_the_nameplate_of_its_engine()
    {
        var outcome = await Runner().Ask(Problem(Answers).Aggregated(), default);

        Assert.That(outcome.NameplateWatts, Is.EqualTo(700));
    }

    [Test]
    public async Task A_nameplate_that_throws_is_unknown_and_the_sweep_says_why()
    {
        var outcome = await Runner().Ask(Problem(new Asked(Answers) { Nameplate = () => throw new InvalidOperationException("no plate") }), default);

        Assert.That((outcome.HasAnswered, outcome.NameplateWatts), Is.EqualTo((true, (double?)null)));
        Assert.That(outcome.Failure, Does.Contain("no plate"));
    }

    [Test]
    public async Task A_model_that_throws_is_an_answer_that_says_so()
    {
        var outcome = await Runner().Ask(Problem(new Asked(Answers) { Prefill = () => throw new InvalidOperationException("no tables") }), default);

        Assert.That((outcome.HasAnswered, outcome.HasModelThrown), Is.EqualTo((true, true)));
        Assert.That(outcome.Failure, Does.Contain("no tables"));
    }

    [Test]
    public async Task A_model_that_cancels_by_itself_fails_the_sweep_and_not_the_loop()
    {
        var outcome = await Runner().Ask(Problem(new Asked(Answers) { Prefill = () => throw new OperationCanceledException("mine") }), default);

        Assert.That(outcome.Failure, Does.Contain("mine"));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_model_that_hangs_costs_the_timeout_and_no_more(CancellationToken cancellationToken)
    {
        var runner = Runner();
        var sweep = runner.Ask(Problem(Hanging()), default).AsTask();
        _asked.Wait(cancellationToken);

        _time.Advance(Timeout - TimeSpan.FromTicks(1));
        Assert.That(sweep.IsCompleted, Is.False);

        _time.Advance(TimeSpan.FromTicks(1));
        var outcome = await sweep.WaitAsync(cancellationToken);

        Assert.That(outcome.Failure, Is.EqualTo("The performance model took longer than 30 s."));
        Assert.That((outcome.HasAnswered, runner.IsHanging), Is.EqualTo((false, true)));
        await LetGo(runner, cancellationToken);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_model_that_still_hangs_is_not_asked_again(CancellationToken cancellationToken)
    {
        var model = Hanging();
        var runner = await Hung(model, cancellationToken);

        var second = await runner.Ask(Problem(model), default);

        Assert.That(second.Failure, Is.EqualTo("The performance model has not come back from the last sweep."));
        Assert.That(model.Questions, Is.EqualTo(1));
        await LetGo(runner, cancellationToken);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_model_that_has_come_back_is_asked_again(CancellationToken cancellationToken)
    {
        var runner = await Hung(Hanging(), cancellationToken);
        await LetGo(runner, cancellationToken);

        var outcome = await runner.Ask(Problem(Answers), default);

        Assert.That(outcome.Plan, Is.Not.Null);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_sweep_that_is_cancelled_is_given_up_and_its_model_remembered(CancellationToken cancellationToken)
    {
        var runner = Runner();
        using var stop = new CancellationTokenSource();
        var sweep = runner.Ask(Problem(Hanging()), stop.Token).AsTask();
        _asked.Wait(cancellationToken);

        await stop.CancelAsync();

        Assert.That(async () => await sweep.WaitAsync(cancellationToken), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(runner.IsHanging);
        await LetGo(runner, cancellationToken);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_hanging_model_keeps_no_thread_of_the_pool(CancellationToken cancellationToken)
    {
        var isPool = true;
        var model = new Asked(Answers) { Prefill = () => isPool = Thread.CurrentThread.IsThreadPoolThread };

        await Runner().Ask(Problem(model), cancellationToken);

        Assert.That(isPool, Is.False);
    }

    public void Dispose()
    {
        _gate.Set();
        _gate.Dispose();
        _asked.Dispose();
    }

    private static PlanningProblem Problem(IPerformanceModel model) => Problems.Unit().WithModel(model) with { NameplateWatts = null };

    private SweepRunner Runner() => new(_time, Timeout);

    private Asked Hanging() => new(Answers)
    {
        Prefill = () =>
        {
            _asked.Set();
            _gate.Wait();
        },
    };

    private async Task<SweepRunner> Hung(Asked model, CancellationToken cancellationToken)
    {
        var runner = Runner();
        var sweep = runner.Ask(Problem(model), default).AsTask();
        _asked.Wait(cancellationToken);
        _time.Advance(Timeout);
        await sweep.WaitAsync(cancellationToken);
        return runner;
    }

    // Before the gate is disposed, the thread that waits at it has to be through.
    private async Task LetGo(SweepRunner runner, CancellationToken cancellationToken)
    {
        _gate.Set();
        while (runner.IsHanging)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class Asked(IPerformanceModel inner) : IPerformanceModel
    {
        private int _questions;

        public Action? Prefill { get; init; }

        public Func<double?>? Nameplate { get; init; }

        public int Questions => Volatile.Read(ref _questions);

        public double? NameplateWatts => Nameplate is { } nameplate ? nameplate() : inner.NameplateWatts;

        public long KvCapacityTokens => inner.KvCapacityTokens;

        public StepEstimate EstimatePrefill(PrefillQuery query)
        {
            Interlocked.Increment(ref _questions);
            Prefill?.Invoke();
            return inner.EstimatePrefill(query);
        }

        public StepEstimate EstimateDecode(DecodeQuery query) => inner.EstimateDecode(query);

        public void EstimateDecodeSweep(long contextTokens, Span<StepEstimate> estimates) => inner.EstimateDecodeSweep(contextTokens, estimates);
    }
}

/// <summary>Asks a runner about a problem with nothing learnt and nothing in force.</summary>
file static class Questions
{
    public static ValueTask<SweepAnswer> Ask(this SweepRunner runner, PlanningProblem problem, CancellationToken cancellationToken) =>
        runner.RunAsync(problem, new SweepQuestion(problem.Limits, CorrectionState.Start(Corrections.None), null, null, default), cancellationToken);
}
