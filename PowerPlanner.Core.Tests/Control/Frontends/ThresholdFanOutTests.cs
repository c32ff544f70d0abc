using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Frontends;

/// <summary>Thresholds on their way from a plan to frontends, through a whole controller.</summary>
internal sealed class ThresholdFanOutTests
{
    private static readonly Observation Quiet = new()
    {
        Duration = TimeSpan.FromSeconds(60),
        Requests = 10,
        TtftMs = 50,
        ItlMs = 10,
        TokensPerSecond = 100,
        Prefill = new RoleObservation { ScheduledTokens = 5000, PowerWattsPerGpu = 350, MaxBatchedTokens = 8192 },
        Decode = new RoleObservation { ScheduledTokens = 2000, PowerWattsPerGpu = 260 },
    };

    private static readonly ControlOptions Autoset = new() { AdmissionMode = AdmissionMode.Autoset };

    [Test]
    public async Task One_failing_frontend_of_three_is_a_partial_failure_on_every_tick()
    {
        using var bench = Bench();
        bench.Fleet.Inject(Failing("f2"));

        await bench.Start();
        var status = await bench.Ticks(4, Quiet);

        Assert.That((status.Counters.PartialAdmission, status.Counters.FailedAdmission, status.UnacknowledgedFrontends), Is.EqualTo((5L, 0L, 1)));
    }

    [Test]
    [Property("Rule", "LIB-10.4-c")]
    public async Task Every_frontend_failing_is_a_failure_of_the_whole_attempt()
    {
        using var bench = Bench();
        bench.Fleet.Inject(Failing(frontend: null));

        await bench.Start();
        var status = await bench.Ticks(4, Quiet);

        Assert.That((status.Counters.PartialAdmission, status.Counters.FailedAdmission, status.UnacknowledgedFrontends), Is.EqualTo((15L, 5L, 3)));
    }

    [Test]
    public async Task A_retry_that_fails_for_the_only_one_behind_is_not_a_failure_of_all()
    {
        using var bench = Bench();
        await bench.Start();
        bench.Fleet.RestartFrontend("f3");
        bench.Fleet.Inject(Failing(frontend: null));

        var status = await bench.Tick(Quiet);

        Assert.That((status.Counters.PartialAdmission, status.Counters.FailedAdmission), Is.EqualTo((1L, 0L)));
    }

    [Test]
    [Property("Rule", "LIB-10.4-a")]
    [Property("Defect", "D-27")]
    public async Task Only_frontends_that_are_behind_are_written_again()
    {
        using var bench = Bench();
        bench.Fleet.Inject(Failing("f2", count: 1));
        await bench.Start();
        bench.Fleet.ClearCommands();

        await bench.Tick(Quiet);
        await bench.Tick(Quiet);

        Assert.That(bench.Fleet.Commands.Select(command => (command.Kind, command.Frontend)), Is.EqualTo(new[] { (CommandKind.SetThresholds, "f2") }));
    }

    [Test]
    [Property("Rule", "LIB-10.4-a")]
    public async Task New_thresholds_go_out_at_once_and_missed_ones_at_another_instant_of_each_tick()
    {
        using var bench = Bench();
        bench.Fleet.Inject(Failing(frontend: null));
        await bench.Start();
        var first = bench.Fleet.Commands.Where(IsThresholds).Select(command => command.Delay).ToList();
        bench.Fleet.ClearCommands();

        await bench.Ticks(4, Quiet);

        var delays = bench.Fleet.Commands.Where(IsThresholds).Select(command => command.Delay).ToList();
        Assert.That(first, Is.EqualTo(new[] { TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero }));
        Assert.That(delays, Has.Count.EqualTo(12).And.Unique.And.All.GreaterThan(TimeSpan.Zero).And.All.LessThan(bench.Options.Tick / 4));
    }

    [Test]
    [Property("Rule", "LIB-10.4-a")]
    public async Task The_same_run_has_the_same_instants()
    {
        var first = await Delays();

        Assert.That(await Delays(), Is.EqualTo(first));

        static async Task<List<TimeSpan>> Delays()
        {
            using var bench = Bench();
            bench.Fleet.Inject(Failing(frontend: null));
            await bench.Start();
            await bench.Ticks(3, Quiet);
            return [.. bench.Fleet.Commands.Where(IsThresholds).Select(command => command.Delay)];
        }
    }

    [Test]
    public async Task What_a_frontend_missed_waits_for_the_steps_of_the_tick()
    {
        using var bench = Bench();
        await bench.Start();
        bench.Fleet.ClearCommands();
        bench.Fleet.RestartFrontend("f2");
        bench.Fleet.ChangeReplicas(FleetRole.Prefill, 1);

        await bench.Tick(Quiet);

        Assert.That(bench.Fleet.Commands.Select(command => command.Kind), Is.EqualTo(new[] { CommandKind.SetReplicas, CommandKind.SetThresholds }));
    }

    [Test]
    [Property("Rule", "LIB-13.2-f")]
    public async Task Thresholds_that_rise_go_last_and_those_that_fall_go_first()
    {
        // (2,1) at 8800 W, (1,1) at 5600 W.
        using var bench = Bench(budget: 8800);
        await bench.Start();
        bench.Fleet.ClearCommands();
        bench.Controller.UpdateBudget(5600);

        await bench.Tick(Quiet);

        // A single prefill replica works harder than each of two did: its threshold rises.
        Assert.That(bench.Fleet.Commands.Select(command => command.Kind), Is.EqualTo(new[] { CommandKind.SetReplicas, CommandKind.SetThresholds, CommandKind.SetThresholds, CommandKind.SetThresholds }));

        bench.Fleet.ClearCommands();
        bench.Controller.UpdateBudget(8800);
        await bench.Tick(Quiet);

        // And falls again beside a second one.
        Assert.That(bench.Fleet.Commands.Select(command => command.Kind), Is.EqualTo(new[] { CommandKind.SetThresholds, CommandKind.SetThresholds, CommandKind.SetThresholds, CommandKind.SetReplicas }));
    }

    [Test]
    public async Task Thresholds_that_rise_wait_until_the_transition_is_complete()
    {
        using var bench = Bench(budget: 8800, drain: TimeSpan.FromMinutes(3));
        await bench.Start();
        bench.Fleet.ClearCommands();
        bench.Controller.UpdateBudget(5600);

        var sent = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            await bench.Tick(Quiet);
            sent.Add(bench.Fleet.Commands.Count(command => command.Kind == CommandKind.SetThresholds));
        }

        Assert.That(sent, Is.EqualTo(new[] { 0, 0, 0, 3 }));
    }

    [Test]
    [Property("Rule", "LIB-13.2-i")]
    public async Task A_plan_that_comes_out_the_same_sends_nothing()
    {
        using var bench = Bench();
        await bench.Start();
        await bench.Tick(Quiet);
        bench.Fleet.ClearCommands();

        var status = await bench.Controller.ReplanAsync();

        Assert.That((status.Swept, status.Commands.IsEmpty, bench.Fleet.Commands.IsEmpty), Is.EqualTo((true, true, true)));
    }

    [Test]
    public async Task Generations_rise_with_what_is_sent()
    {
        using var bench = Bench(budget: 8800);
        await bench.Start();
        foreach (var budget in (long[])[5600, 8800, 5600])
        {
            bench.Controller.UpdateBudget(budget);
            await bench.Tick(Quiet);
        }

        var generations = bench.Fleet.Commands.Where(command => command is { Kind: CommandKind.SetThresholds, Frontend: "f1" }).Select(command => command.Revision).ToList();
        Assert.That(generations, Is.EqualTo(new[] { 1L, 2L, 3L, 4L }));
    }

    [TestCase(AdmissionMode.Off)]
    [TestCase(AdmissionMode.Inherit)]
    public async Task Nothing_is_written_where_thresholds_are_not_the_planners_business(AdmissionMode mode)
    {
        using var bench = new ControlBench(options: new ControlOptions { AdmissionMode = mode });
        await bench.Start();

        await bench.Ticks(3, Quiet);

        Assert.That(bench.Fleet.Commands.Where(command => command.Kind == CommandKind.SetThresholds), Is.Empty);
    }

    [Test]
    [Property("Rule", "LIB-10.1-e")]
    [Property("Defect", "D-37")]
    public async Task Aggregated_engines_report_the_batch_that_their_own_threshold_is_counted_against()
    {
        var problem = ControlBench.Unit with
        {
            Mode = DeploymentMode.Aggregated,
            PrefillEngine = null,
            DecodeEngine = null,
            AggregatedEngine = new PlanningEngine(new FixedPerformanceModel(50, 10, 50_000), new EngineLayout(8)),
        };
        using var bench = new ControlBench(problem, Autoset);
        var reading = Quiet with { Prefill = null, Decode = null, Aggregated = new RoleObservation { ScheduledTokens = 5000, PowerWattsPerGpu = 350, MaxBatchedTokens = 4096 } };
        bench.Fleet.SetObservation(reading);
        await bench.Start();

        var status = await bench.Ticks(3, reading);

        var plan = status.Plan!;
        Assert.That(status.Applied.Thresholds!.Value.PrefillTokensThreshold, Is.EqualTo((long)Math.Ceiling(plan.ThetaPrefillFraction * 4096 * (1 - 1e-9))));
        Assert.That(status.Counters.MaxBatchedTokensUnavailable, Is.Zero);
        Assert.That(bench.Logged(306), Is.Zero);
    }

    private static ControlBench Bench(long budget = 8000, TimeSpan drain = default)
    {
        var bench = new ControlBench(
            ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = budget, GpuBudget = 32 } },
            Autoset,
            new InMemoryFleetSetup
            {
                Prefill = new InMemoryRole { GpusPerReplica = 8, CapWatts = 700, DrainDelay = drain },
                Decode = new InMemoryRole { GpusPerReplica = 8, CapWatts = 700, DrainDelay = drain },
            });
        bench.Fleet.SetObservation(Quiet);
        return bench;
    }

    private static bool IsThresholds(RecordedCommand command) => command.Kind == CommandKind.SetThresholds;

    private static FleetFault Failing(string? frontend, int? count = null) =>
        new() { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Admission, Frontend = frontend, Count = count };
}
