using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Tests.Diagnostics;

namespace PowerPlanner.Tests.Control;

/// <summary>What a controller logs and counts of thresholds and frontends, and how often.</summary>
internal sealed class AdmissionReportTests
{
    private const int Long = 20;

    private static readonly ControlOptions Autoset = new() { AdmissionMode = AdmissionMode.Autoset };

    [Test]
    [Property("Rule", "LIB-10.4-c")]
    public async Task Frontends_that_do_not_take_thresholds_are_an_error_once_and_counted_each_time()
    {
        using var bench = new ControlBench(options: Autoset);
        bench.Fleet.SetObservation(ControlBench.Quiet);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Admission, Frontend = "f2" });
        await bench.Start();
        await bench.Ticks(4, ControlBench.Quiet);
        bench.Fleet.ClearFaults();
        await bench.Ticks(2, ControlBench.Quiet);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((bench.Logged(302), bench.Logged(303), bench.Logged(304)), Is.EqualTo((1, 0, 1)));
            Assert.That(bench.Instruments.Collect(), Does.Contain("dynamo_planner_admission_partial_success_total{deployment=east} 5")
                .And.Contain("powerplanner.admission.unacked_frontends{deployment=east} 0"));
        }
    }

    [Test]
    [Property("Rule", "LIB-10.4-c")]
    public async Task Thresholds_that_no_frontend_takes_are_an_error_once()
    {
        using var bench = new ControlBench(options: Autoset);
        bench.Fleet.SetObservation(ControlBench.Quiet);
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Target = FleetFaultTarget.Admission });
        await bench.Start();

        await bench.Ticks(4, ControlBench.Quiet);

        Assert.That((bench.Logged(302), bench.Logged(303)), Is.EqualTo((0, 1)));
    }

    [Test]
    public async Task An_unknown_batch_limit_is_critical_once_for_a_plan_that_needs_it()
    {
        using var bench = new ControlBench(options: Autoset);
        bench.Fleet.SetObservation(ControlBench.Quiet);
        await bench.Start();
        await bench.Tick(ControlBench.Quiet);
        var silent = ControlBench.Quiet with { Prefill = ControlBench.Quiet.Prefill! with { MaxBatchedTokens = null } };
        bench.Controller.UpdateBudget(5600);
        await bench.Ticks(Long, silent);

        await bench.Ticks(3, ControlBench.Quiet);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((bench.Logged(306), bench.Logged(307)), Is.EqualTo((1, 1)));
            Assert.That(bench.Logged(308), Is.EqualTo(1));
            Assert.That(bench.Instruments.Collect(), Does.Contain("dynamo_planner_admission_max_batched_tokens_unavailable_total{deployment=east} 1"));
        }
    }

    [Test]
    [Property("Rule", "LIB-10.4-b")]
    [Property("Rule", "LIB-18-a")]
    public async Task A_deployment_without_frontends_is_told_once()
    {
        using var bench = new ControlBench(options: Autoset, fleet: ControlBench.FleetOf(ControlBench.Unit) with { Frontends = [] });
        bench.Fleet.SetObservation(ControlBench.Quiet);
        await bench.Start();

        var status = await bench.Ticks(Long, ControlBench.Quiet);

        Assert.That((bench.Logged(305), status.Counters.NoFrontends), Is.EqualTo((1, Long + 1L)));
        Assert.That(bench.Instruments.Collect(), Does.Contain($"powerplanner.admission.no_frontends{{deployment=east}} {Long + 1}"));
    }

    [Test]
    public async Task A_deployment_with_frontends_counts_no_lack_of_them()
    {
        using var bench = new ControlBench(options: Autoset);
        bench.Fleet.SetObservation(ControlBench.Quiet);
        await bench.Start();

        var status = await bench.Ticks(3, ControlBench.Quiet);

        Assert.That(status.Counters.NoFrontends, Is.Zero);
        Assert.That(bench.Instruments.Collect(), Does.Contain("powerplanner.admission.no_frontends{deployment=east} 0"));
    }
}
