using Microsoft.Extensions.Logging;
using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Tests.Diagnostics;

namespace PowerPlanner.Tests.Control;

/// <summary>What a controller logs and counts, and how often: conditions once when they begin and once when they end, however long they last.</summary>
internal sealed class LoopReportTests
{
    private const int Long = 20;

    private static readonly ControlOptions Autoset = new() { AdmissionMode = AdmissionMode.Autoset };

    [Test]
    public async Task A_start_tells_of_sweep_commands_and_applied_plan_and_warns_of_nothing()
    {
        using var bench = new ControlBench();

        await bench.Start();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Logged(101), Is.EqualTo(1));
            Assert.That(bench.Logged(202), Is.EqualTo(4));
            Assert.That(bench.Logged(201), Is.EqualTo(1));
            Assert.That(bench.Logged(603), Is.EqualTo(1));
            Assert.That(bench.Log.Collector.GetSnapshot().Select(record => record.Level), Is.All.LessThan(LogLevel.Warning));
        }
    }

    [Test]
    public async Task A_fleet_in_its_planned_state_is_not_worth_a_message()
    {
        using var bench = new ControlBench();
        await bench.Start();
        await bench.Ticks(Long, ControlBench.Quiet);
        bench.Log.Collector.Clear();

        await bench.Ticks(Long, ControlBench.Quiet);

        Assert.That(bench.Log.Collector.GetSnapshot().Where(record => record.Level > LogLevel.Debug), Is.Empty);
    }

    [Test]
    [Property("Rule", "LIB-18-b")]
    public async Task An_outage_of_every_signal_is_told_once_when_it_begins_and_once_when_it_ends([Values] bool isNull)
    {
        using var bench = new ControlBench();
        await bench.Start();
        await bench.Tick(ControlBench.Quiet);

        await bench.Ticks(Long, isNull ? null : new Observation());
        await bench.Ticks(Long, ControlBench.Quiet);

        Assert.That((bench.Logged(417), bench.Logged(418)), Is.EqualTo((1, 1)));
    }

    [Test]
    [Property("Rule", "LIB-18-c")]
    public async Task A_long_outage_is_remembered_every_sixty_ticks()
    {
        using var bench = new ControlBench();
        await bench.Start();

        await bench.Ticks(150, null);

        Assert.That((bench.Logged(417), bench.Logged(601)), Is.EqualTo((1, 2)));
    }

    [Test]
    public async Task A_transition_that_has_ended_is_not_reported_as_overdue()
    {
        // Ten minutes are allowed, which the tenth tick still is; on the eleventh all is there.
        using var bench = new ControlBench(fleet: new InMemoryFleetSetup
        {
            Prefill = new InMemoryRole { GpusPerReplica = 8, CapWatts = 400, StartDelay = TimeSpan.FromSeconds(630) },
            Decode = new InMemoryRole { GpusPerReplica = 8, CapWatts = 300, StartDelay = TimeSpan.FromSeconds(630) },
        });
        await bench.Start();

        var before = (await bench.Ticks(10, ControlBench.Quiet)).State;
        var after = (await bench.Tick(ControlBench.Quiet)).State;

        Assert.That((before, after == ControllerState.Converging, bench.Logged(208)), Is.EqualTo((ControllerState.Converging, false, 0)));
    }

    [Test]
    public async Task Replicas_that_were_told_to_go_and_are_still_there_are_nobody_elses()
    {
        using var bench = new ControlBench(ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = 20_000, GpuBudget = 32 } });
        await bench.Start();
        await bench.Tick(ControlBench.Quiet);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Target = FleetFaultTarget.Replicas, Count = 2, Delay = TimeSpan.FromMinutes(3) });

        bench.Controller.UpdateBudget(5600);
        await bench.Ticks(5, ControlBench.Quiet);

        Assert.That((bench.Fleet.State.Prefill!.Ready, bench.Logged(209)), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Replicas_beyond_those_that_were_asked_for_are_told()
    {
        using var bench = new ControlBench();
        await bench.Start();
        await bench.Tick(ControlBench.Quiet);

        bench.Fleet.ScaleByHand(FleetRole.Decode, 3);
        await bench.Tick(ControlBench.Quiet);

        Assert.That(bench.Logged(209), Is.EqualTo(1));
    }

    [Test]
    public async Task A_source_that_fails_is_told_once_and_not_also_as_an_outage()
    {
        using var bench = new ControlBench();
        await bench.Start();
        await bench.Tick(ControlBench.Quiet);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Observations });
        await bench.Ticks(Long, ControlBench.Quiet);
        bench.Fleet.ClearFaults();

        await bench.Ticks(Long, ControlBench.Quiet);

        Assert.That((bench.Logged(404), bench.Logged(405), bench.Logged(417)), Is.EqualTo((1, 1, 0)));
    }

    [Test]
    [Property("Rule", "LIB-18-d")]
    public async Task Stale_observations_are_told_once_and_counted_each()
    {
        using var bench = new ControlBench();
        await bench.Start();
        await bench.Ticks(Long, ControlBench.Quiet with { Age = TimeSpan.FromMinutes(10) });

        await bench.Tick(ControlBench.Quiet);

        Assert.That((bench.Logged(402), bench.Logged(403)), Is.EqualTo((1, 1)));
        Assert.That(bench.Instruments.Collect(), Does.Contain("powerplanner.observation.stale{deployment=east} 20"));
    }

    [Test]
    public async Task Each_cause_of_refused_values_is_told_once_and_each_value_is_counted()
    {
        using var bench = new ControlBench();
        await bench.Start();
        await bench.Ticks(3, ControlBench.Quiet with { TtftMs = double.NaN });
        await bench.Ticks(3, ControlBench.Quiet with { TtftMs = -1, ItlMs = double.NaN });

        await bench.Ticks(3, ControlBench.Quiet);

        Assert.That((bench.Logged(401), bench.Logged(602)), Is.EqualTo((3, 3)));
        Assert.That(bench.Instruments.Collect(), Does.Contain("powerplanner.observation.refused{deployment=east,signal=ttft} 6"));
    }

    [Test]
    public async Task A_fleet_that_cannot_be_read_is_told_once()
    {
        using var bench = new ControlBench();
        await bench.Start();
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Reads });
        await bench.Ticks(Long, ControlBench.Quiet);
        bench.Fleet.ClearFaults();

        await bench.Ticks(Long, ControlBench.Quiet);

        Assert.That((bench.Logged(211), bench.Logged(212)), Is.EqualTo((1, 1)));
    }

    [Test]
    [Property("Defect", "D-21")]
    public async Task A_fleet_with_other_GPUs_per_replica_is_told_once()
    {
        using var bench = new ControlBench();
        bench.Fleet.ChangeGpusPerReplica(FleetRole.Decode, 16);
        await bench.Start();

        await bench.Ticks(Long, ControlBench.Quiet);

        Assert.That(bench.Logged(210), Is.EqualTo(1));
    }

    [Test]
    public async Task Replicas_that_nobody_asked_for_are_told_once()
    {
        using var bench = new ControlBench();
        await bench.Start();
        bench.Fleet.ChangeReplicas(FleetRole.Decode, 3);

        await bench.Ticks(Long, ControlBench.Quiet);

        Assert.That(bench.Logged(209), Is.EqualTo(1));
    }

    [Test]
    [Property("Defect", "D-13")]
    public async Task A_power_coefficient_at_its_bound_is_critical_once_and_told_when_it_leaves()
    {
        using var bench = new ControlBench(options: new ControlOptions { PowerLimitedBand = 0 });
        await bench.Start();
        await bench.Ticks(Long, ControlBench.Quiet with { Decode = ControlBench.Quiet.Decode! with { PowerWattsPerGpu = 900 } });

        await bench.Ticks(Long, ControlBench.Quiet);

        Assert.That((bench.Logged(406), bench.Logged(408)), Is.EqualTo((1, 1)));
        Assert.That(bench.Instruments.Collect(), Does.Contain("dynamo_aic_correction_pegged_total{deployment=east,coefficient=power_decode} 1"));
    }

    [Test]
    public async Task A_latency_at_its_bound_is_critical_only_where_queueing_cannot_be_the_cause([Values] bool underLoad)
    {
        using var bench = new ControlBench(options: new ControlOptions { SaturationUtilization = 1 });
        var start = await bench.Start();
        var load = start.EstimatedTokensPerSecond * (underLoad ? 0.5 : 0.01);

        await bench.Ticks(Long, ControlBench.Quiet with { TtftMs = 190, TokensPerSecond = load });

        Assert.That((bench.Logged(406), bench.Logged(407)), Is.EqualTo(underLoad ? (0, 1) : (1, 0)));
        Assert.That(bench.Instruments.Collect(), Does.Contain("dynamo_aic_correction_pegged_total{deployment=east,coefficient=ttft} 1"));
    }

    [Test]
    public async Task A_measured_power_that_teaches_is_told_for_debugging()
    {
        using var bench = new ControlBench();
        await bench.Start();

        await bench.Tick(ControlBench.Quiet);

        Assert.That(bench.Logged(416), Is.EqualTo(2));
    }

    [Test]
    [Property("Rule", "LIB-7.2-a")]
    [Property("Rule", "LIB-7.2-c")]
    public async Task A_side_at_its_cap_and_one_above_it_are_told_once()
    {
        using var bench = new ControlBench(options: new ControlOptions { CapProbing = CapProbing.Off, CapDriftThreshold = 10 });
        await bench.Start();
        await bench.Ticks(5, ControlBench.Quiet with { Prefill = ControlBench.Quiet.Prefill! with { PowerWattsPerGpu = 400 }, Decode = ControlBench.Quiet.Decode! with { PowerWattsPerGpu = 400 } });

        await bench.Ticks(5, ControlBench.Quiet);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((bench.Logged(409), bench.Logged(410)), Is.EqualTo((1, 1)));
            Assert.That((bench.Logged(411), bench.Logged(412)), Is.EqualTo((1, 1)));
        }
    }

    [Test]
    [Property("Rule", "LIB-12.5-a")]
    [Property("Defect", "D-32")]
    public async Task A_budget_that_cannot_be_kept_is_an_error_once_and_in_every_status()
    {
        using var bench = new ControlBench(options: new ControlOptions { OverBudgetPolicy = OverBudgetPolicy.Hold });
        await bench.Start();
        bench.Controller.UpdateBudget(3000);
        var statuses = new List<ControllerStatus>();
        for (var i = 0; i < 70; i++)
        {
            statuses.Add(await bench.Tick(ControlBench.Quiet));
        }

        bench.Controller.UpdateBudget(8000);
        await bench.Ticks(3, ControlBench.Quiet);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(statuses.Select(status => status.IsOverBudget), Is.All.True);
            Assert.That((bench.Logged(501), bench.Logged(502), bench.Logged(503)), Is.EqualTo((1, 1, 1)));
            Assert.That((bench.Logged(504), bench.Logged(108)), Is.EqualTo((2, 1)));
        }
    }

    [Test]
    public async Task Failing_sweeps_are_told_each_and_the_optimizer_that_they_turn_off_once()
    {
        using var bench = new ControlBench(options: new ControlOptions { MaxConsecutiveFailures = 3 });
        await bench.Start();
        bench.Model.Failure = () => new InvalidOperationException("gone");
        for (var i = 0; i < 3; i++)
        {
            await bench.Controller.ReplanAsync();
        }

        bench.Model.Failure = null;
        await bench.Ticks(Long, ControlBench.Quiet);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((bench.Logged(111), bench.Logged(604)), Is.EqualTo((3, 1)));
            Assert.That((bench.Logged(605), bench.Logged(606)), Is.EqualTo((1, 1)));
            Assert.That(bench.Instruments.Collect(), Does.Contain("dynamo_aic_optimizer_exceptions_total{deployment=east} 3")
                .And.Contain("dynamo_aic_optimizer_disabled_reason{deployment=east,reason=max_consecutive_failures} 0"));
        }
    }

    [Test]
    public async Task A_failed_start_names_reason_and_fallback()
    {
        using var bench = new ControlBench();
        bench.Model.Failure = () => new InvalidOperationException("no tables");

        await bench.Start();

        var record = bench.Log.Collector.GetSnapshot().Single(record => record.Id.Id == 607);
        Assert.That(record.Message, Is.EqualTo("east: start failed (startup_exception); fallback: 1 prefill at 700 W, 1 decode at 700 W").Or.Contains("fallback: 0 prefill"));
        Assert.That(bench.Instruments.Collect(), Does.Contain("dynamo_aic_optimizer_disabled_reason{deployment=east,reason=startup_exception} 1"));
    }

    [Test]
    public async Task Drift_is_told_with_the_sweep_that_follows_and_a_plan_that_is_no_better_too()
    {
        using var bench = new ControlBench();
        await bench.Start();

        await bench.Ticks(8, ControlBench.Quiet with { TokensPerSecond = 1e6 });

        Assert.That((bench.Logged(102), bench.Logged(103)), Is.EqualTo((1, 1)));
    }

    [Test]
    [Property("Rule", "LIB-8-c")]
    public async Task Targets_that_no_plan_meets_are_told_once()
    {
        using var bench = new ControlBench(ControlBench.Unit with { TtftTargetMs = 40 });
        await bench.Start();

        await bench.Ticks(Long, ControlBench.Quiet);

        Assert.That(bench.Logged(109), Is.EqualTo(1));
    }

    [Test]
    public async Task Power_that_no_model_predicts_is_told_once_for_each_side()
    {
        using var bench = new ControlBench(model: new FixedPerformanceModel(50, 10, 50_000, nameplateWatts: 700), problem: ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = 50_000, GpuBudget = 32 } });
        await bench.Start();
        await bench.Controller.ReplanAsync();

        Assert.That(bench.Logged(104), Is.EqualTo(2));
    }

    [Test]
    [Property("Rule", "LIB-6.2-b")]
    [Property("Defect", "D-09")]
    public async Task Power_above_what_a_board_can_draw_is_told_once_and_counted_for_each_sweep()
    {
        using var bench = new ControlBench(model: new FixedPerformanceModel(50, 10, 50_000, 900, 300, 700), problem: ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = 50_000, GpuBudget = 32 } });
        await bench.Start();
        await bench.Controller.ReplanAsync();

        Assert.That(bench.Logged(106), Is.EqualTo(1));
        Assert.That(bench.Instruments.Collect(), Does.Contain("dynamo_aic_power_w_clamped_total{deployment=east,side=prefill} 2"));
    }

    [Test]
    [Property("Rule", "LIB-6.4-c")]
    public async Task A_cap_that_the_hardware_moves_is_told_once()
    {
        using var bench = new ControlBench(fleet: ControlBench.FleetOf(ControlBench.Unit, limits: new GpuPowerLimits(350, 700)));
        await bench.Start();
        await bench.Ticks(5, ControlBench.Quiet);

        Assert.That(bench.Logged(107), Is.EqualTo(1));
        Assert.That(bench.Instruments.Collect(), Does.Contain("powerplanner.cap_moved{deployment=east,component=decode,direction=min} 1"), "300 W were planned, and 350 W are the least");
    }

    [Test]
    [Property("Rule", "LIB-6.4-c")]
    public async Task A_cap_above_the_range_is_counted_apart_from_one_below_it()
    {
        using var bench = new ControlBench(fleet: ControlBench.FleetOf(ControlBench.Unit, limits: new GpuPowerLimits(100, 350)));
        await bench.Start();

        Assert.That(bench.Instruments.Collect().Where(line => line.StartsWith("powerplanner.cap_moved", StringComparison.Ordinal)), Is.EqualTo(new[] { "powerplanner.cap_moved{deployment=east,component=prefill,direction=max} 1" }));
    }

    [TestCase(FleetFaultKind.Refuse, 204)]
    [TestCase(FleetFaultKind.Throw, 205)]
    [Property("Rule", "LIB-18-d")]
    public async Task A_command_that_fails_on_every_tick_is_told_once_and_counted_each_time(FleetFaultKind kind, int eventId)
    {
        using var bench = new ControlBench();
        await bench.Start();
        bench.Fleet.ChangeReplicas(FleetRole.Decode, -1);
        bench.Fleet.Inject(new FleetFault { Kind = kind, Target = FleetFaultTarget.Replicas });
        await bench.Ticks(5, ControlBench.Quiet);
        bench.Fleet.ClearFaults();
        await bench.Ticks(3, ControlBench.Quiet);

        Assert.That((bench.Logged(eventId), bench.Logged(602)), Is.EqualTo((1, 1)));
        Assert.That(bench.Instruments.Collect(), Does.Contain("powerplanner.command.failed{deployment=east} 5"));
    }

    [Test]
    public async Task A_transition_that_does_not_end_is_told_once_with_what_is_missing()
    {
        using var bench = new ControlBench(fleet: new InMemoryFleetSetup
        {
            Prefill = new InMemoryRole { GpusPerReplica = 8, CapWatts = 700 },
            Decode = new InMemoryRole { GpusPerReplica = 8, CapWatts = 700, StartDelay = TimeSpan.FromHours(1) },
        });
        await bench.Start();

        await bench.Ticks(30, ControlBench.Quiet);

        var record = bench.Log.Collector.GetSnapshot().Single(record => record.Id.Id == 208);
        Assert.That(record.Message, Does.Contain("decode: 0 of 1 ready"));
    }

    [Test]
    [Property("Rule", "LIB-10.4-d")]
    [Property("Defect", "D-42")]
    public async Task Advice_is_given_once_and_nothing_is_sent()
    {
        using var bench = new ControlBench(options: new ControlOptions { Advisory = true });
        await bench.Start();

        await bench.Ticks(Long, ControlBench.Quiet);

        Assert.That((bench.Logged(203), bench.Logged(202)), Is.EqualTo((4, 0)));
    }

    [Test]
    public async Task A_resumed_controller_says_so()
    {
        using var bench = new ControlBench();
        await bench.Start();
        var snapshot = bench.Controller.CreateSnapshot();
        bench.Controller.Dispose();

        bench.Create().Restore(snapshot);

        Assert.That(bench.Logged(609), Is.EqualTo(1));
    }

    [Test]
    public async Task Gauges_are_those_of_the_last_tick()
    {
        using var bench = new ControlBench(options: Autoset);
        bench.Fleet.SetObservation(ControlBench.Quiet);
        await bench.Start();

        var status = await bench.Tick(ControlBench.Quiet with { TotalWatts = 7000 });

        var thresholds = status.Applied.Thresholds!.Value;
        var expected = new (string Name, double Value)[]
        {
            ("dynamo_planner_power_budget_total_watts{deployment=east}", 8000),
            ("dynamo_planner_power_projected_watts{deployment=east}", bench.Fleet.ChargedWatts),
            ("dynamo_planner_power_budget_utilization{deployment=east}", bench.Fleet.ChargedWatts / 8000.0),
            ("dynamo_planner_aic_c_power{deployment=east,component=prefill}", status.Corrections.PowerPrefill),
            ("dynamo_aic_consecutive_failures{deployment=east}", 0),
            ("dynamo_planner_admission_implied_theta_decode{deployment=east}", status.Plan!.ThetaDecode),
            ("dynamo_planner_admission_implied_theta_prefill_frac{deployment=east}", status.Plan.ThetaPrefillFraction),
            ("dynamo_planner_admission_set_theta_decode{deployment=east}", thresholds.ThetaDecode),
            ("dynamo_planner_admission_set_theta_prefill_frac{deployment=east}", thresholds.ThetaPrefillFraction),
            ("dynamo_planner_admission_set_theta_prefill_abs{deployment=east}", thresholds.PrefillTokensThreshold!.Value),
            ("powerplanner.plan.peak{deployment=east}", status.PeakLedgerWatts),
            ("powerplanner.ledger{deployment=east}", status.LedgerWatts),
            ("powerplanner.measured{deployment=east}", 7000),
            ("powerplanner.cap_generation{deployment=east}", bench.Fleet.Commands.Where(command => command.Role is not null).Max(command => command.Revision)),
            ($"powerplanner.state{{deployment=east,state={status.State}}}", 1),
        };
        var seen = bench.Instruments.Collect();
        using (Assert.EnterMultipleScope())
        {
            foreach (var (name, value) in expected)
            {
                Assert.That(seen, Does.Contain(FormattableString.Invariant($"{name} {value}")));
            }
        }
    }

    [Test]
    public async Task Series_end_with_the_controller()
    {
        using var bench = new ControlBench();
        await bench.Start();

        bench.Controller.Dispose();

        Assert.That(bench.Instruments.Collect(), Is.Empty);
    }
}
