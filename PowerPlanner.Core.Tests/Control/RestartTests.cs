using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control;

/// <summary>What a process that died leaves behind, with and without its snapshot.</summary>
internal sealed class RestartTests
{
    [Test]
    public async Task A_process_without_memory_sees_what_its_own_commands_do()
    {
        using var bench = new ControlBench();
        await bench.Start();

        using var next = bench.Create();
        await next.StartAsync();
        next.UpdateBudget(5600);
        await bench.Tick();
        var status = await bench.Tick();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Applied.PrefillReplicas, Is.EqualTo(bench.Fleet.State.Prefill!.Ready));
            Assert.That(status.Applied.DecodeReplicas, Is.EqualTo(bench.Fleet.State.Decode!.Ready));
            Assert.That(status.Commands, Is.Empty);
        }
    }

    [Test]
    public async Task A_process_without_memory_tells_frontends_its_own_thresholds()
    {
        using var bench = new ControlBench(options: new ControlOptions { AdmissionMode = AdmissionMode.Autoset });
        await bench.Start();
        var strange = new AdmissionThresholds(0.1, 0.1, null);
        foreach (var frontend in bench.Fleet.State.Frontends)
        {
            await bench.Fleet.SetThresholdsAsync(new SetThresholdsCommand(frontend.Name, strange, 40), default);
        }

        using var next = bench.Create();
        await next.StartAsync();

        Assert.That(bench.Fleet.State.Frontends.Select(frontend => (frontend.Thresholds == strange, frontend.AcknowledgedGeneration > 40)), Is.All.EqualTo((false, true)));
    }

    [Test]
    public async Task A_budget_that_changed_while_the_process_was_away_is_planned_for()
    {
        using var bench = new ControlBench();
        var plan = (await bench.Start()).Plan!;
        var snapshot = bench.Controller.CreateSnapshot();

        using var next = bench.Create();
        next.Restore(snapshot);
        next.UpdateBudget(20_000);
        await next.StartAsync();
        var status = await bench.Tick();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Swept);
            Assert.That(status.Plan!.TotalWatts, Is.GreaterThan(plan.TotalWatts));
        }
    }

    [Test]
    public async Task Thresholds_of_a_plan_that_was_made_before_the_fleet_could_be_read_are_sent_once_it_can()
    {
        using var bench = new ControlBench(options: new ControlOptions { AdmissionMode = AdmissionMode.Autoset });
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Reads, Count = 1 });
        await bench.Start();

        await bench.Ticks(2);

        Assert.That(bench.Fleet.State.Frontends.Select(frontend => frontend.Thresholds), Is.All.Not.Null);
    }

    [Test]
    public async Task A_sweep_that_failed_is_tried_again_although_its_cause_is_over()
    {
        using var bench = new ControlBench();
        await bench.Start();
        bench.Model.Failure = () => new InvalidOperationException("gone");
        await bench.Controller.ReplanAsync();
        bench.Model.Failure = null;

        var status = await bench.Tick();

        Assert.That((status.Swept, status.ConsecutiveFailures), Is.EqualTo((true, 0)));
    }

    [Test]
    public async Task A_draw_beyond_any_board_is_refused_where_no_nameplate_is_known()
    {
        using var bench = new ControlBench(model: new PowerPlanner.Performance.Fixed.FixedPerformanceModel(50, 10, 50_000, 400, 300));
        await bench.Start();

        var status = await bench.Tick(new Observation { Decode = new RoleObservation { PowerWattsPerGpu = 1e300, ScheduledTokens = 5 } });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Counters.InvalidObservations, Is.EqualTo(1));
            Assert.That(status.IsDecodeCapNotEnforced, Is.False);
        }
    }

    [Test]
    public async Task A_state_older_than_what_the_process_before_was_answered_hides_nothing_of_what_it_commanded()
    {
        using var bench = new ControlBench();
        await bench.Start();
        await bench.Tick();
        bench.Controller.UpdateBudget(16_000);
        bench.Time.Advance(bench.Options.Tick);
        await bench.Controller.TickAsync();
        var snapshot = bench.Controller.CreateSnapshot();
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.AnswerStale, Target = FleetFaultTarget.Reads, Count = 1 });

        using var next = bench.Create();
        next.Restore(ControllerSnapshot.FromJson(snapshot.ToJson()));
        var status = await next.StartAsync();

        // The read repeats the fleet before it grew. A snapshot's revision is a hint and no reason to refuse it; what was answered is charged all the same.
        Assert.That((next.Loop.State.Fleet.IsKnown, status.LedgerWatts), Is.EqualTo((true, bench.Fleet.ChargedWatts)));
        Assert.That(bench.Fleet.PeakWatts, Is.LessThanOrEqualTo(16_000));
    }
}
