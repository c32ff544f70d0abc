using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control;

internal sealed class LatencySourceTests
{
    [Test]
    [Property("Rule", "LIB-3.3-i")]
    [Property("Defect", "D-10")]
    public void A_source_that_cannot_supply_latencies_is_refused()
    {
        var fleet = new InMemoryFleet(ControlBench.FleetOf(ControlBench.Unit));

        Assert.That(
            () => new PowerPlannerController(ControlBench.Unit, new ControlOptions(), new PowerMeter(), fleet, new ControllerServices { Name = "east" }),
            Throws.ArgumentException.With.Message.Contains("'east'").And.Message.Contains(nameof(PowerMeter)).And.Message.Contains("TTFT and ITL"));
    }

    [Test]
    public void A_source_that_says_nothing_of_itself_supplies_them() =>
        Assert.That(((IMetricsSource)new InMemoryFleet(ControlBench.FleetOf(ControlBench.Unit))).SuppliesLatencies, Is.True);

    /// <summary>A source of watts alone.</summary>
    private sealed class PowerMeter : IMetricsSource
    {
        public bool SuppliesLatencies => false;

        public ValueTask<Observation?> ObserveAsync(CancellationToken cancellationToken) => ValueTask.FromResult<Observation?>(new Observation { TotalWatts = 5000 });
    }
}
