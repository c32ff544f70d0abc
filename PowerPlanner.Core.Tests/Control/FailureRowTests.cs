using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Performance.Profiled;
using PowerPlanner.Planning;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control;

/// <summary>
/// The reference planner's failure modes, row by row (section 15 of its behaviour), with what this library does instead where it parts from it:
/// infeasible is not broken (rows 1, 2), a failed start still serves (4), a power coefficient is relative to what is charged (14).
/// </summary>
internal sealed class FailureRowTests
{
    private const string Failure = nameof(Failure);

    private static readonly ControlOptions Autoset = new() { AdmissionMode = AdmissionMode.Autoset };

    private static readonly RoleObservation Busy = new() { ScheduledTokens = 5000, MaxBatchedTokens = 8192 };

    private static readonly Observation Traffic = new()
    {
        Duration = TimeSpan.FromSeconds(60),
        Requests = 10,
        Isl = 1000,
        Osl = 200,
        Prefill = Busy,
        Decode = Busy,
        Aggregated = Busy,
    };

    private static PlanningProblem WithBudget(long watts) => ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = watts, GpuBudget = 32 } };

    [Test, Property(Failure, "15.1")]
    public async Task Row_1_Without_a_plan_at_the_start_nothing_runs_and_the_smallest_budget_is_named()
    {
        using var bench = new ControlBench(WithBudget(5599), fleet: ControlBench.FleetOf(ControlBench.Unit, replicas: 1));

        var status = await bench.Start();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((status.State, status.Reason), Is.EqualTo((ControllerState.Infeasible, (InfeasibleReason?)InfeasibleReason.PowerBudgetInfeasible)));
            Assert.That((status.IsDisabled, status.DisabledReason), Is.EqualTo((false, DisabledReason.None)));
            Assert.That(status.MinimumBudgetWatts, Is.EqualTo(5600));
            Assert.That((status.Applied.PrefillReplicas, status.Applied.DecodeReplicas), Is.EqualTo((0, 0)));
            Assert.That(bench.Logged(108), Is.EqualTo(1));
        }
    }

    [Test, Property(Failure, "15.1")]
    public async Task Row_1_A_plan_is_found_as_soon_as_the_budget_allows_one()
    {
        using var bench = new ControlBench(WithBudget(5599));
        await bench.Start();
        bench.Controller.UpdateBudget(5600);

        var status = await bench.Tick();

        Assert.That((status.Applied.PrefillReplicas, status.Applied.DecodeReplicas), Is.EqualTo((1, 1)));
    }

    [Test, Property(Failure, "15.2")]
    public async Task Row_2_Without_a_plan_later_the_last_one_stays_and_no_failure_is_counted()
    {
        using var bench = new ControlBench(options: new ControlOptions { MaxConsecutiveFailures = 1 });
        var plan = (await bench.Start()).Plan;
        bench.Controller.UpdateProblem(bench.Problem with { MinPrefillReplicas = 10 });
        await bench.Tick();

        await bench.Controller.ReplanAsync();
        var status = await bench.Controller.ReplanAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Plan, Is.SameAs(plan));
            Assert.That((status.State, status.IsDisabled, status.ConsecutiveFailures), Is.EqualTo((ControllerState.Infeasible, false, 0)));
            Assert.That(status.Commands, Is.Empty);
            Assert.That(bench.Logged(108), Is.EqualTo(1));
        }
    }

    [Test, Property(Failure, "15.3")]
    public async Task Row_3_An_exception_in_a_later_sweep_keeps_the_plan_and_is_counted()
    {
        using var bench = new ControlBench();
        var plan = (await bench.Start()).Plan;
        bench.Model.Failure = () => new InvalidOperationException("gone");

        var status = await bench.Controller.ReplanAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Plan, Is.SameAs(plan));
            Assert.That((status.State, status.ConsecutiveFailures, status.Counters.Exceptions), Is.EqualTo((ControllerState.Failing, 1, 1L)));
            Assert.That(status.Detail, Does.Contain("gone"));
            Assert.That(bench.Logged(111), Is.EqualTo(1));
        }
    }

    [Test, Property(Failure, "15.3")]
    public async Task Row_3_At_the_limit_of_failures_the_optimizer_is_off_and_the_clamp_keeps_working()
    {
        using var bench = new ControlBench(WithBudget(20_000), options: new ControlOptions { MaxConsecutiveFailures = 2, HalfOpenAfter = null });
        await bench.Start();
        bench.Model.Failure = () => new InvalidOperationException("gone");
        await bench.Controller.ReplanAsync();
        await bench.Controller.ReplanAsync();
        bench.Controller.UpdateBudget(5600);

        var status = await bench.Tick();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((status.State, status.DisabledReason), Is.EqualTo((ControllerState.Disabled, DisabledReason.MaxConsecutiveFailures)));
            Assert.That((status.Applied.PrefillReplicas, status.Applied.DecodeReplicas), Is.EqualTo((1, 1)));
            Assert.That(status.LedgerWatts, Is.LessThanOrEqualTo(5600));
        }
    }

    [Test, Property(Failure, "15.4")]
    public async Task Row_4_An_exception_at_the_start_leaves_the_smallest_fleet_at_the_configured_caps()
    {
        using var bench = new ControlBench(ControlBench.Unit with { PrefillFallbackCapWatts = 500, DecodeFallbackCapWatts = 400 });
        bench.Model.Failure = () => new InvalidOperationException("No tables here.");

        var status = await bench.Start();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((status.State, status.DisabledReason), Is.EqualTo((ControllerState.Degraded, DisabledReason.StartupException)));
            Assert.That(status.Applied with { Thresholds = null }, Is.EqualTo(new AppliedState(1, 1, 500, 400, null)));
            Assert.That(bench.Logged(607), Is.EqualTo(1));
            Assert.That((await bench.Tick(Traffic)).State, Is.EqualTo(ControllerState.Degraded));
        }
    }

    [Test, Property(Failure, "15.5")]
    public async Task Row_5_A_plan_that_serves_less_is_applied_all_the_same_and_warned_of()
    {
        using var bench = new ControlBench();
        var old = (await bench.Start()).Plan!;
        bench.Model.Inner = new FixedPerformanceModel(100, 10, 50_000, 400, 300, 700);

        var status = await bench.Controller.ReplanAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Plan!.ThroughputTokensPerSecond, Is.LessThan(0.9 * old.ThroughputTokensPerSecond));
            Assert.That(status.Counters.ThroughputRegression, Is.EqualTo(1));
            Assert.That(bench.Logged(110), Is.EqualTo(1));
        }
    }

    [Test, Property(Failure, "15.6")]
    public async Task Row_6_A_coefficient_at_its_bound_is_critical_once_and_the_loop_goes_on()
    {
        using var bench = new ControlBench();
        await bench.Start();

        var status = await bench.Ticks(10, Traffic with { Prefill = Busy with { PowerWattsPerGpu = 20 } });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Corrections.PowerPrefill, Is.EqualTo(0.5));
            Assert.That(status.Counters.CorrectionPegged, Is.GreaterThan(0));
            Assert.That((bench.Logged(406), status.IsDisabled), Is.EqualTo((1, false)));
        }
    }

    [Test, Property(Failure, "15.7")]
    public async Task Row_7_A_cap_that_cannot_be_written_is_charged_as_it_is_and_what_does_not_fit_beside_it_waits()
    {
        using var bench = new ControlBench(WithBudget(12_000));
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Refuse, Target = FleetFaultTarget.Caps });

        await bench.Start();
        var refused = await bench.Ticks(3);
        var peak = bench.Fleet.PeakWatts;
        bench.Fleet.ClearFaults();
        var status = await bench.Ticks(3);

        using (Assert.EnterMultipleScope())
        {
            // Two replicas at the 700 W that are in force, where the plan has three at 400 W and 300 W.
            Assert.That((refused.State, refused.Applied.PrefillReplicas + refused.Applied.DecodeReplicas), Is.EqualTo((ControllerState.Converging, 2)));
            Assert.That((refused.LedgerWatts, peak), Is.EqualTo((11_200L, 11_200L)));
            Assert.That(refused.Counters.FailedCommands, Is.GreaterThan(0));
            Assert.That((status.Applied.PrefillReplicas, status.Applied.DecodeReplicas), Is.EqualTo((status.Plan!.PrefillReplicas, status.Plan.DecodeReplicas)));
            Assert.That(bench.Fleet.PeakWatts, Is.LessThanOrEqualTo(12_000));
        }
    }

    [Test, Property(Failure, "15.7")]
    public async Task Row_7_A_cap_that_is_written_and_does_not_bind_is_found_by_its_draw()
    {
        using var bench = new ControlBench();
        await bench.Start();

        var above = Traffic with { Prefill = Busy with { PowerWattsPerGpu = 500 } };
        var first = await bench.Tick(above);
        Assert.That((first.IsPrefillCapNotEnforced, first.LedgerWatts), Is.EqualTo((true, (8L * 400) + (8 * 300))), "one window is an alarm and no proof");

        var status = await bench.Ticks(2, above);

        Assert.That((status.IsPrefillCapNotEnforced, status.LedgerWatts, bench.Logged(409)), Is.EqualTo((true, (8L * 500) + (8 * 300), 1)));
    }

    [Test, Property(Failure, "15.8")]
    public void Row_8_A_malformed_table_is_refused_before_there_is_a_controller()
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "malformed-profile.csv");
        File.WriteAllText(path, "this is,no profile");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new TablePerformanceModel([], [], 50_000), Throws.ArgumentException);
            Assert.That(async () => await ProfiledPerformanceModel.LoadAsync(path, path, 50_000), Throws.InstanceOf<PerformanceFileException>().With.Property("Path").EqualTo(path));
        }
    }

    [Test, Property(Failure, "15.8")]
    public void Row_8_A_problem_that_no_fleet_could_mean_is_refused_by_the_constructor() =>
        Assert.That(() => new ControlBench(ControlBench.Unit with { ItlTargetMs = 0 }), Throws.InstanceOf<ArgumentException>());

    [Test, Property(Failure, "15.9")]
    public async Task Row_9_Thresholds_that_no_frontend_takes_leave_the_plan_as_it_is_and_are_sent_again()
    {
        using var bench = new ControlBench(options: Autoset);
        bench.Fleet.SetObservation(Traffic);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Admission });

        var failed = await bench.Start();
        bench.Fleet.ClearFaults();
        var sent = await bench.Tick(Traffic);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((failed.Plan is not null, failed.UnacknowledgedFrontends, bench.Logged(303)), Is.EqualTo((true, 3, 1)));
            Assert.That((failed.Counters.FailedAdmission, failed.Counters.PartialAdmission), Is.EqualTo((1L, 3L)));
            Assert.That((sent.UnacknowledgedFrontends, bench.Logged(304)), Is.EqualTo((0, 1)));
        }
    }

    [Test, Property(Failure, "15.10")]
    public async Task Row_10_A_frontend_that_fails_is_the_only_one_that_is_sent_to_again_and_no_other_is_rolled_back()
    {
        using var bench = new ControlBench(options: Autoset);
        bench.Fleet.SetObservation(Traffic);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Admission, Frontend = "f2" });

        var failed = await bench.Start();
        bench.Fleet.ClearFaults();
        var sent = await bench.Tick(Traffic);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((failed.UnacknowledgedFrontends, failed.Counters.PartialAdmission, failed.Counters.FailedAdmission), Is.EqualTo((1, 1L, 0L)));
            Assert.That(bench.Logged(302), Is.EqualTo(1));
            Assert.That(sent.Commands.Select(command => (command.Kind, command.Frontend, command.Succeeded)), Is.EqualTo(new[] { (CommandKind.SetThresholds, "f2", true) }));
            Assert.That(bench.Fleet.State.Frontends.Select(frontend => frontend.Thresholds).Distinct().Count(), Is.EqualTo(1));
        }
    }

    [Test, Property(Failure, "15.11")]
    public async Task Row_11_A_frontend_that_does_not_know_the_model_yet_gets_its_thresholds_when_it_does()
    {
        using var bench = new ControlBench(options: Autoset);
        bench.Fleet.SetObservation(Traffic);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Refuse, Target = FleetFaultTarget.Admission, Frontend = "f1", Count = 3 });
        await bench.Start();

        var refused = await bench.Ticks(2, Traffic);
        var taken = await bench.Tick(Traffic);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((refused.UnacknowledgedFrontends, taken.UnacknowledgedFrontends), Is.EqualTo((1, 0)));
            Assert.That(bench.Fleet.State.Frontends.Select(frontend => frontend.Thresholds), Is.All.Not.Null);
        }
    }

    [Test, Property(Failure, "15.12")]
    public async Task Row_12_Without_a_known_batch_limit_decode_and_fraction_are_sent_alone()
    {
        using var bench = new ControlBench(options: Autoset);
        bench.Fleet.SetObservation(Traffic with { Prefill = Busy with { MaxBatchedTokens = null } });

        var status = await bench.Start();

        var sent = bench.Fleet.State.Frontends[0].Thresholds!.Value;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((sent.ThetaDecode > 0, sent.ThetaPrefillFraction > 0, sent.PrefillTokensThreshold), Is.EqualTo((true, true, (long?)null)));
            Assert.That((status.Counters.MaxBatchedTokensUnavailable, bench.Logged(306)), Is.EqualTo((1L, 1)));
        }
    }

    [Test, Property(Failure, "15.12")]
    public async Task Row_12_Aggregated_engines_report_their_batch_limit_themselves()
    {
        var engine = new PlanningEngine(new FixedPerformanceModel(50, 10, 50_000), new EngineLayout(8));
        using var bench = new ControlBench(ControlBench.Unit with { Mode = DeploymentMode.Aggregated, PrefillEngine = null, DecodeEngine = null, AggregatedEngine = engine }, Autoset);
        bench.Fleet.SetObservation(Traffic with { Prefill = null, Decode = null });

        var status = await bench.Start();

        Assert.That((bench.Fleet.State.Frontends[0].Thresholds!.Value.PrefillTokensThreshold is not null, status.Counters.MaxBatchedTokensUnavailable), Is.EqualTo((true, 0L)));
    }

    [Test, Property(Failure, "15.13")]
    public async Task Row_13_A_cap_outside_the_hardwares_range_is_moved_into_it_and_applied()
    {
        using var bench = new ControlBench(fleet: ControlBench.FleetOf(ControlBench.Unit, limits: new GpuPowerLimits(350, 700)));

        var status = await bench.Start();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((status.Applied.PrefillCapWatts, status.Applied.DecodeCapWatts), Is.EqualTo((400, 350)));
            Assert.That((status.Counters.CapClamped, bench.Logged(107)), Is.EqualTo((1L, 1)));
        }
    }

    [Test, Property(Failure, "15.13")]
    public async Task Row_13_A_cap_that_the_range_moves_to_where_it_was_is_not_counted_once_more()
    {
        using var bench = new ControlBench(fleet: ControlBench.FleetOf(ControlBench.Unit, limits: new GpuPowerLimits(350, 700)));
        await bench.Start();

        var status = await bench.Controller.ReplanAsync();

        Assert.That((status.Counters.Sweeps, status.Counters.CapClamped, bench.Logged(107)), Is.EqualTo((2L, 1L, 1)));
    }

    [Test, Property(Failure, "15.13")]
    public async Task Row_13_A_range_that_moves_the_cap_no_longer_is_not_counted_once_more()
    {
        using var bench = new ControlBench(fleet: ControlBench.FleetOf(ControlBench.Unit, limits: new GpuPowerLimits(350, 700)));
        await bench.Start();

        bench.Fleet.ChangeCapLimits(FleetRole.Decode, new GpuPowerLimits(100, 700));
        var status = await bench.Tick(Traffic);

        Assert.That((status.Plan!.DecodeCapWatts, status.Counters.CapClamped, bench.Logged(107)), Is.EqualTo((300, 1L, 1)));
    }

    [Test, Property(Failure, "15.14")]
    public async Task Row_14_Power_that_no_board_can_draw_is_charged_as_TDP_and_readings_are_held_against_TDP()
    {
        using var bench = new ControlBench(WithBudget(50_000), model: new FixedPerformanceModel(50, 10, 50_000, 900, 300, 700));

        var status = await bench.Start();
        var learnt = await bench.Tick(Traffic with { Prefill = Busy with { PowerWattsPerGpu = 350 } });

        using (Assert.EnterMultipleScope())
        {
            Assert.That((status.Plan!.PrefillCapWatts, status.Plan.PrefillPower.RawWatts, status.Plan.PrefillPower.IsValid), Is.EqualTo((700, (double?)900, false)));
            Assert.That((status.Counters.PowerClamped, bench.Logged(106)), Is.EqualTo((1L, 1)));
            Assert.That(learnt.Corrections.PowerPrefill, Is.EqualTo((0.7 * 1) + (0.3 * 350 / 700)).Within(1e-12));
        }
    }
}
