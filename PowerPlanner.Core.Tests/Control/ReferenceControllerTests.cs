using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Control;

/// <summary>The reference planner's tests of failures, coefficients, drift, regression and feedback (sections 4 to 6, 8 and 9), with this library's answers.</summary>
internal sealed class ReferenceControllerTests
{
    private static readonly Observation Traffic = new()
    {
        Duration = TimeSpan.FromSeconds(60),
        Requests = 10,
        Isl = 1000,
        Osl = 200,
        Prefill = new RoleObservation { ScheduledTokens = 5000 },
        Decode = new RoleObservation { ScheduledTokens = 2000 },
    };

    // Rows 19 to 27: a plan at 700/700 W whose power is known.
    private static ControlBench Learning(ControlOptions? options = null) => new(
        ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = 200_000, GpuBudget = 32 } },
        options,
        model: new FixedPerformanceModel(50, 10, 50_000, 700, 700, 700));

    [Test]
    [Property("Defect", "D-36")]
    public async Task Row_14_A_model_that_throws_at_the_start_disables_the_optimizer()
    {
        using var bench = new ControlBench(options: new ControlOptions { HalfOpenAfter = null });
        bench.Model.Failure = () => new InvalidOperationException("No tables here.");

        var status = await bench.Start();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.State, Is.EqualTo(ControllerState.Disabled));
            Assert.That(status.DisabledReason, Is.EqualTo(DisabledReason.StartupException));
            Assert.That(status.Plan, Is.Null);
            Assert.That(status.Detail, Does.Contain("No tables here."));
            Assert.That((await bench.Tick(Traffic)).IsDisabled);
        }
    }

    [Test]
    [Property("Rule", "LIB-16-b")]
    [Property("Rule", "LIB-8-c")]
    [Property("Rule", "LIB-8-d")]
    public async Task Row_15_Targets_out_of_reach_at_the_start_give_the_best_effort_and_disable_nothing()
    {
        using var bench = new ControlBench(ControlBench.Unit with { TtftTargetMs = 100 }, model: new FixedPerformanceModel(180, 5, 50_000, 400, 300, 700));

        var status = await bench.Start();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.State, Is.EqualTo(ControllerState.BestEffort));
            Assert.That(status.IsDisabled, Is.False);
            Assert.That(status.Reason, Is.EqualTo(InfeasibleReason.SlaInfeasible));
            Assert.That(status.Plan, Is.Not.Null);
            Assert.That(status.Applied.PrefillReplicas, Is.EqualTo(status.Plan!.PrefillReplicas).And.GreaterThan(0));
        }
    }

    [Test]
    [Property("Defect", "D-20")]
    [Property("Defect", "D-44")]
    public async Task Row_16_A_later_failure_keeps_the_plan()
    {
        using var bench = new ControlBench();
        var plan = (await bench.Start()).Plan;
        bench.Model.Failure = () => new InvalidOperationException("gone");

        var status = await bench.Controller.ReplanAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Plan, Is.SameAs(plan));
            Assert.That(status.IsDisabled, Is.False);
            Assert.That(status.State, Is.EqualTo(ControllerState.Failing));
            Assert.That(status.ConsecutiveFailures, Is.EqualTo(1));
            Assert.That(status.Counters.Exceptions, Is.EqualTo(1));
            Assert.That(status.Commands, Is.Empty);
        }
    }

    [Test]
    public async Task Row_17_Too_many_failures_in_a_row_disable_the_optimizer()
    {
        using var bench = new ControlBench(options: new ControlOptions { MaxConsecutiveFailures = 2, HalfOpenAfter = null });
        await bench.Start();
        bench.Model.Failure = () => new InvalidOperationException("gone");

        await bench.Controller.ReplanAsync();
        var status = await bench.Controller.ReplanAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.State, Is.EqualTo(ControllerState.Disabled));
            Assert.That(status.DisabledReason, Is.EqualTo(DisabledReason.MaxConsecutiveFailures));
            Assert.That(status.Plan, Is.Not.Null);
        }
    }

    [Test]
    public async Task Row_18_A_disabled_optimizer_does_not_ask_the_model()
    {
        using var bench = new ControlBench(options: new ControlOptions { HalfOpenAfter = null });
        bench.Model.Failure = () => new InvalidOperationException("gone");
        await bench.Start();
        var sweeps = bench.Model.Sweeps;

        await bench.Controller.ReplanAsync();
        await bench.Ticks(5, Traffic);

        Assert.That(bench.Model.Sweeps, Is.EqualTo(sweeps));
    }

    [Test]
    [Property("Defect", "D-10")]
    public async Task Row_19_Latencies_teach_their_coefficients()
    {
        using var bench = Learning();
        await bench.Start();

        var status = await bench.Tick(Traffic with { TtftMs = 75, ItlMs = 15 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Corrections.Ttft, Is.EqualTo(1.15).Within(1e-12));
            Assert.That(status.Corrections.Itl, Is.EqualTo(1.15).Within(1e-12));
        }
    }

    [Test]
    public async Task Row_20_Without_traffic_latencies_teach_nothing()
    {
        using var bench = Learning();
        await bench.Start();

        var status = await bench.Tick(Traffic with { Requests = 0, TtftMs = 75 });

        Assert.That(status.Corrections, Is.EqualTo(Corrections.None));
    }

    [Test]
    public async Task Row_21_An_idle_prefill_side_teaches_no_power()
    {
        using var bench = Learning();
        await bench.Start();

        var status = await bench.Tick(Traffic with { Requests = 5, Prefill = new RoleObservation { ScheduledTokens = 0, PowerWattsPerGpu = 600 } });

        Assert.That(status.Corrections.PowerPrefill, Is.EqualTo(1));
    }

    [Test]
    [Property("Defect", "D-40")]
    public async Task Row_22_A_working_prefill_side_teaches_its_power()
    {
        using var bench = Learning();
        await bench.Start();

        var status = await bench.Tick(Traffic with { Prefill = new RoleObservation { ScheduledTokens = 5000, PowerWattsPerGpu = 840 } });

        Assert.That(status.Corrections.PowerPrefill, Is.EqualTo(1.06).Within(1e-12));
    }

    [Test]
    public async Task Row_23_The_sides_learn_apart()
    {
        using var bench = Learning();
        await bench.Start();

        var status = await bench.Tick(Traffic with
        {
            Prefill = new RoleObservation { ScheduledTokens = 0, PowerWattsPerGpu = 600 },
            Decode = new RoleObservation { ScheduledTokens = 2000, PowerWattsPerGpu = 850 },
        });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Corrections.PowerPrefill, Is.EqualTo(1));
            Assert.That(status.Corrections.PowerDecode, Is.EqualTo(1.0642857).Within(1e-7));
        }
    }

    [Test]
    [Property("Defect", "D-19")]
    [Property("Defect", "D-41")]
    public async Task Row_24_An_aggregated_engine_has_one_power_coefficient()
    {
        var problem = ControlBench.Unit with
        {
            Mode = DeploymentMode.Aggregated,
            PrefillEngine = null,
            DecodeEngine = null,
            AggregatedEngine = new PlanningEngine(new FixedPerformanceModel(50, 10, 50_000), new EngineLayout(8)),
            Limits = new PlanningLimits { BudgetWatts = 200_000, GpuBudget = 32 },
        };
        using var bench = new ControlBench(problem, model: new FixedPerformanceModel(50, 10, 50_000, 700, 700, 700));
        await bench.Start();

        var status = await bench.Tick(Traffic with { Prefill = null, Decode = null, Aggregated = new RoleObservation { ScheduledTokens = 5000, PowerWattsPerGpu = 850 } });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Corrections.PowerAggregated, Is.EqualTo(1.0642857).Within(1e-7));
            Assert.That(status.Corrections.PowerPrefill, Is.EqualTo(1));
            Assert.That(status.Applied.PrefillReplicas, Is.Zero);
            Assert.That(status.Applied.DecodeReplicas, Is.EqualTo(4));
        }
    }

    [TestCase(1.9, 500, 2.0, TestName = "Row_25_A_coefficient_is_cut_to_2")]
    [TestCase(0.6, 1e-3, 0.5, TestName = "Row_26_A_coefficient_is_cut_to_0.5")]
    public async Task Coefficients_are_cut(double initial, double ttftMs, double expected)
    {
        using var bench = Learning(new ControlOptions { InitialCorrections = Corrections.None with { Ttft = initial } });
        await bench.Start();

        var status = await bench.Tick(Traffic with { TtftMs = ttftMs });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Corrections.Ttft, Is.EqualTo(expected));
            Assert.That(status.Counters.CorrectionPegged, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Row_27_A_disabled_optimizer_learns_nothing()
    {
        using var bench = Learning(new ControlOptions { HalfOpenAfter = null });
        bench.Model.Failure = () => new InvalidOperationException("gone");
        await bench.Start();

        var status = await bench.Tick(Traffic with { TtftMs = 100 });

        Assert.That(status.Corrections, Is.EqualTo(Corrections.None));
    }

    [Test]
    public async Task Row_28_A_miss_within_the_rate_limit_triggers_nothing()
    {
        using var bench = new ControlBench();
        await bench.Start();

        var status = await bench.Tick(Traffic with { TtftMs = 5000 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.ShouldReoptimize, Is.False);
            Assert.That(status.Swept, Is.False);
        }
    }

    [Test]
    [Property("Defect", "D-10")]
    public async Task Row_29_The_third_miss_in_a_row_triggers()
    {
        using var bench = new ControlBench(options: new ControlOptions { ReoptimizeInterval = TimeSpan.Zero });
        await bench.Start();
        var miss = Traffic with { TtftMs = 500 };

        var triggered = new[] { (await bench.Tick(miss)).ShouldReoptimize, (await bench.Tick(miss)).ShouldReoptimize, (await bench.Tick(miss)).ShouldReoptimize };

        Assert.That(triggered, Is.EqualTo(new[] { false, false, true }));
    }

    [Test]
    public async Task Row_30_A_single_miss_is_forgotten()
    {
        using var bench = new ControlBench(options: new ControlOptions { ReoptimizeInterval = TimeSpan.Zero });
        await bench.Start();

        var missed = await bench.Tick(Traffic with { TtftMs = 5000 });
        var fine = await bench.Tick(Traffic with { TtftMs = 10 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(missed.ViolationTicks, Is.EqualTo(1));
            Assert.That(fine.ShouldReoptimize, Is.False);
            Assert.That(fine.ViolationTicks, Is.Zero);
        }
    }

    [Test]
    public async Task Row_31_A_disabled_optimizer_never_triggers()
    {
        using var bench = new ControlBench(options: new ControlOptions { ReoptimizeInterval = TimeSpan.Zero, HalfOpenAfter = null });
        bench.Model.Failure = () => new InvalidOperationException("gone");
        await bench.Start();

        var status = await bench.Ticks(4, Traffic with { TtftMs = 10_000, TokensPerSecond = 9999 });

        Assert.That(status.ShouldReoptimize, Is.False);
    }

    [Test]
    public async Task Row_35_A_plan_that_serves_much_less_is_counted()
    {
        using var bench = new ControlBench(
            ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = 20_000, GpuBudget = 32 } },
            new ControlOptions { ThroughputRegressionWarnThreshold = 0.05 });
        await bench.Start();
        bench.Model.Inner = new FixedPerformanceModel(150, 40, 50_000, 400, 300, 700);

        var status = await bench.Controller.ReplanAsync();

        Assert.That(status.Counters.ThroughputRegression, Is.EqualTo(1));
    }

    [Test]
    public async Task Row_S1_A_power_coefficient_converges_to_the_measured_ratio()
    {
        using var bench = Simulation();
        await bench.Start();

        var status = await bench.Ticks(20, Traffic with { Requests = 30, Prefill = new RoleObservation { ScheduledTokens = 10_000, PowerWattsPerGpu = 482.4 } });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Plan!.PrefillPower.RawWatts, Is.EqualTo(603));
            Assert.That(status.Corrections.PowerPrefill, Is.EqualTo(0.8001596).Within(1e-6));
        }
    }

    [Test]
    public async Task Row_S2_A_power_coefficient_at_its_value_stays()
    {
        using var bench = Simulation(new ControlOptions { PowerLimitedBand = 0 });
        await bench.Start();

        var status = await bench.Ticks(10, Traffic with { Prefill = new RoleObservation { ScheduledTokens = 5000, PowerWattsPerGpu = 603 } });

        Assert.That(status.Corrections.PowerPrefill, Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public async Task Row_S3_An_idle_decode_side_learns_nothing_beside_a_busy_prefill_side()
    {
        using var bench = Simulation(new ControlOptions { PowerLimitedBand = 0, CapDriftThreshold = 10 });
        await bench.Start();

        var status = await bench.Ticks(10, Traffic with { Prefill = new RoleObservation { ScheduledTokens = 8000, PowerWattsPerGpu = 1050 }, Decode = new RoleObservation { ScheduledTokens = 0 } });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Corrections.PowerDecode, Is.EqualTo(1));
            Assert.That(status.Corrections.PowerPrefill, Is.EqualTo((1050 / 603.0) - (((1050 / 603.0) - 1) * Math.Pow(0.7, 10))).Within(1e-9));
        }
    }

    [Test]
    public async Task Row_S4_Drift_fires_on_the_third_miss()
    {
        using var bench = Simulation();
        await bench.Start();
        var miss = Traffic with { TtftMs = 350 };

        var triggered = new[] { (await bench.Tick(miss)).ShouldReoptimize, (await bench.Tick(miss)).ShouldReoptimize, (await bench.Tick(miss)).ShouldReoptimize };

        Assert.That(triggered, Is.EqualTo(new[] { false, false, true }));
    }

    [Test]
    public async Task Row_S5_A_fleet_that_meets_its_targets_does_not_drift()
    {
        using var bench = Simulation();
        await bench.Start();

        for (var i = 0; i < 10; i++)
        {
            var status = await bench.Tick(Traffic with { TtftMs = 100, ItlMs = 20, TokensPerSecond = 800 });
            Assert.That(status.ShouldReoptimize, Is.False);
        }
    }

    private static ControlBench Simulation(ControlOptions? options = null) => new(
        ControlBench.Unit with { Isl = 1024, TtftTargetMs = 200, Limits = new PlanningLimits { BudgetWatts = 200_000, GpuBudget = 64 } },
        (options ?? new ControlOptions()) with { ReoptimizeInterval = TimeSpan.Zero },
        model: new FixedPerformanceModel(50, 10, 50_000, 603, 558, 700));
}
