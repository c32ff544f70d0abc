using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Tests.Diagnostics;

internal sealed class PlannerInstrumentsTests
{
    [Test]
    public void Every_measurement_names_its_deployment()
    {
        using var instruments = new PlannerInstruments();
        using var deployment = instruments.Talkative();

        var seen = instruments.Collect(() => deployment.RecordSweep(TimeSpan.FromSeconds(0.25), "ok"));

        Assert.That(seen, Is.Not.Empty.And.All.Contains("{deployment=east"));
    }

    [TestCase("dynamo_planner_power_budget_total_watts{deployment=east} 10000")]
    [TestCase("dynamo_planner_power_projected_watts{deployment=east} 9000")]
    [TestCase("dynamo_planner_power_budget_utilization{deployment=east} 0.9")]
    [TestCase("dynamo_planner_aic_c_ttft{deployment=east} 1.1")]
    [TestCase("dynamo_planner_aic_c_itl{deployment=east} 1.2")]
    [TestCase("dynamo_planner_aic_c_power{deployment=east,component=prefill} 1.3")]
    [TestCase("dynamo_planner_aic_c_power{deployment=east,component=decode} 1.4")]
    [TestCase("dynamo_planner_aic_c_power{deployment=east,component=agg} 1.5")]
    [TestCase("dynamo_aic_consecutive_failures{deployment=east} 2")]
    [TestCase("dynamo_aic_optimizer_disabled_reason{deployment=east,reason=startup_exception} 1")]
    [TestCase("dynamo_aic_optimizer_disabled_reason{deployment=east,reason=infeasible_at_startup} 0")]
    [TestCase("dynamo_planner_admission_implied_theta_decode{deployment=east} 0.8")]
    [TestCase("dynamo_planner_admission_implied_theta_prefill_frac{deployment=east} 0.7")]
    [TestCase("dynamo_planner_admission_set_theta_decode{deployment=east} 0.6")]
    [TestCase("dynamo_planner_admission_set_theta_prefill_frac{deployment=east} 0.5")]
    [TestCase("dynamo_planner_admission_set_theta_prefill_abs{deployment=east} 4096")]
    [TestCase("powerplanner.plan.peak{deployment=east} 9500")]
    [TestCase("powerplanner.ledger{deployment=east} 9100")]
    [TestCase("powerplanner.measured{deployment=east} 8000")]
    [TestCase("powerplanner.cap_generation{deployment=east} 7")]
    [TestCase("powerplanner.admission.unacked_frontends{deployment=east} 3")]
    [TestCase("powerplanner.state{deployment=east,state=Watching} 1")]
    [TestCase("powerplanner.state{deployment=east,state=Cold} 0")]
    [TestCase("powerplanner.power_limited{deployment=east,component=prefill} 0")]
    [TestCase("powerplanner.power_limited{deployment=east,component=decode} 1")]
    [TestCase("powerplanner.clamp{deployment=east,reason=power_budget_clamped} 1")]
    [Property("Rule", "LIB-17-b")]
    public void Gauges_show_what_was_published(string measurement)
    {
        using var instruments = new PlannerInstruments();
        using var deployment = instruments.Talkative();

        Assert.That(instruments.Collect(), Does.Contain(measurement));
    }

    [Test]
    public void A_value_that_is_not_known_has_no_series()
    {
        using var instruments = new PlannerInstruments();
        using var deployment = instruments.Talkative();

        deployment.Publish(Instruments.Figures with { MeasuredWatts = null, BudgetWatts = null });

        Assert.That(
            instruments.Collect().Where(line => line.StartsWith("powerplanner.measured", StringComparison.Ordinal) || line.Contains("budget_", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "powerplanner.clamp{deployment=east,reason=power_budget_clamped} 1" }));
    }

    [Test]
    public void Counters_stand_at_zero_before_their_first_event_so_that_a_rate_sees_it()
    {
        using var instruments = new PlannerInstruments();
        using var deployment = instruments.Deployment();

        Assert.That(instruments.Collect(), Does.Contain("dynamo_aic_correction_pegged_total{deployment=east,coefficient=power_agg} 0")
            .And.Contain("dynamo_aic_optimizer_exceptions_total{deployment=east} 0")
            .And.Contain("dynamo_aic_power_w_clamped_total{deployment=east,side=decode} 0"));
    }

    [Test]
    public void Counters_add_up()
    {
        using var instruments = new PlannerInstruments();
        using var deployment = instruments.Deployment();

        deployment.CountPartialAdmission(2);
        deployment.CountPartialAdmission(1);
        deployment.CountPegged("itl");
        deployment.CountPegged("itl");

        Assert.That(instruments.Collect(), Does.Contain("dynamo_planner_admission_partial_success_total{deployment=east} 3")
            .And.Contain("dynamo_aic_correction_pegged_total{deployment=east,coefficient=itl} 2"));
    }

    [Test]
    public void A_label_that_a_host_feeds_does_not_make_series_without_end()
    {
        using var instruments = new PlannerInstruments();
        using var deployment = instruments.Deployment();

        for (var i = 0; i < 1_000; i++)
        {
            deployment.CountRefusedValue($"signal{i}");
        }

        var refused = instruments.Collect().Where(line => line.StartsWith("powerplanner.observation.refused", StringComparison.Ordinal)).ToList();
        Assert.That(refused, Has.Count.LessThan(50).And.Some.Contains("signal=other"));
    }

    [Test]
    public void Deployments_of_one_process_share_the_instruments()
    {
        using var instruments = new PlannerInstruments();
        using var east = instruments.Deployment("east");
        using var west = instruments.Deployment("west", isAggregated: true);

        west.Publish(Instruments.Figures with { LedgerWatts = 5 });
        east.Publish(Instruments.Figures);

        Assert.That(instruments.Collect(), Does.Contain("powerplanner.ledger{deployment=east} 9100").And.Contain("powerplanner.ledger{deployment=west} 5")
            .And.Contain("powerplanner.power_limited{deployment=west,component=agg} 1"));
    }

    [Test]
    public void A_deployment_that_is_gone_has_no_series()
    {
        using var instruments = new PlannerInstruments();
        var deployment = instruments.Talkative();

        deployment.Dispose();

        Assert.That(instruments.Collect(), Is.Empty);
    }

    [Test]
    public void A_listener_that_throws_does_not_reach_the_loop()
    {
        using var instruments = new PlannerInstruments();
        using var deployment = instruments.Deployment();
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => Instruments.Enable(instrument, listener, instruments) };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException("broken exporter"));
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => throw new InvalidOperationException("broken exporter"));
        listener.Start();

        Assert.That(
            () =>
            {
                deployment.Publish(Instruments.Figures);
                deployment.CountException();
                deployment.CountThroughputRegression();
                deployment.CountMaxBatchedTokensUnavailable();
                deployment.CountPartialAdmission(1);
                deployment.CountStaleObservation();
                deployment.CountFailedCommand();
                deployment.CountPegged("ttft");
                deployment.CountPowerClamped("prefill");
                deployment.CountClamp("gpu_budget_clamped");
                deployment.CountCapMoved("prefill", "max");
                deployment.CountRefusedValue("itlMs");
                deployment.RecordSweep(TimeSpan.FromSeconds(1), "failed");
            },
            Throws.Nothing);
    }

    [Test]
    public void A_tick_allocates_nothing_for_its_metrics()
    {
        using var instruments = new PlannerInstruments();
        using var deployment = instruments.Talkative();
        var figures = Instruments.Figures;
        Tick();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Tick();

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Tick()
        {
            deployment.Publish(figures);
            deployment.CountStaleObservation();
            deployment.CountPegged("ttft");
            deployment.CountClamp("power_budget_clamped");
            deployment.RecordSweep(TimeSpan.FromSeconds(1), "ok");
        }
    }

    [Test]
    public void A_hosts_meter_factory_makes_the_meter()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();

        using var instruments = new PlannerInstruments(factory);

        Assert.That(instruments.Meter.Scope, Is.SameAs(factory));
    }

    [Test]
    public void Disposing_leaves_the_hosts_meter_to_the_host()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        var instruments = new PlannerInstruments(factory);

        instruments.Dispose();

        using var again = new PlannerInstruments(factory);
        using var deployment = again.Talkative();
        Assert.That(again.Collect(), Is.Not.Empty);
    }
}
