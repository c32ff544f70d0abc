using PowerPlanner.Control;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Control;

internal sealed class SnapshotOfLimitsTests
{
    [Test]
    public async Task A_fleet_whose_hardware_reports_its_range_of_caps_survives_a_restart()
    {
        var limits = new GpuPowerLimits(200, 700);
        using var bench = new ControlBench(fleet: ControlBench.FleetOf(ControlBench.Unit, limits: limits));
        await bench.Start();
        var text = bench.Controller.CreateSnapshot().ToJson();

        using var next = bench.Create();
        next.Restore(ControllerSnapshot.FromJson(text));
        await next.StartAsync();
        var status = await bench.Tick();

        Assert.That((status.Swept, status.Commands.Length), Is.EqualTo((true, 0)));
        Assert.That(next.Loop.State.Course.Revision, Is.EqualTo(ControllerSnapshot.FromJson(text).Memory.Course.Revision), "The range is the one that the plan knew.");
        Assert.That(ControllerSnapshot.FromJson(text).ToJson(), Is.EqualTo(text));
    }
}
