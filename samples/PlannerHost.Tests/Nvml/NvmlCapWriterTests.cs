using PlannerHost.Nvml;
using PowerPlanner.Power;

namespace PlannerHost.Tests.Nvml;

[NonParallelizable]
internal sealed class NvmlCapWriterTests
{
    [Test]
    public void A_cap_is_written_to_the_GPUs_of_the_set_and_to_no_other()
    {
        using var session = NvmlStub.Open(gpus: 3);
        var writer = new NvmlCapWriter(session, [NvmlStub.Uuid(0), NvmlStub.Uuid(2)]);

        var outcome = writer.Apply(450);

        Assert.That(outcome.EffectiveCapWatts, Is.EqualTo(450));
        Assert.That(outcome.Limits, Is.EqualTo(new GpuPowerLimits(200, 700)));
        Assert.That(NvmlStub.LimitMilliwatts(1), Is.EqualTo(700000));
    }

    [Test]
    public void A_GPU_that_has_the_cap_is_not_written()
    {
        using var session = NvmlStub.Open(gpus: 2);
        var writer = new NvmlCapWriter(session, [NvmlStub.Uuid(0), NvmlStub.Uuid(1)]);
        writer.Apply(450);

        var again = writer.Apply(450);

        Assert.That((again.Written, NvmlStub.Writes), Is.EqualTo((0, 2)));
    }

    [Test]
    public void Each_GPU_gets_the_cap_within_its_own_range_and_the_highest_counts()
    {
        using var session = NvmlStub.Open(gpus: 2);
        NvmlStub.Set(1, limit: 600000, normal: 600000, min: 350000, max: 600000);
        var writer = new NvmlCapWriter(session, [NvmlStub.Uuid(0), NvmlStub.Uuid(1)]);

        var outcome = writer.Apply(250);

        Assert.That(outcome.CapWatts.Values, Is.EqualTo(new[] { 250, 350 }));
        Assert.That(outcome.EffectiveCapWatts, Is.EqualTo(350));
        Assert.That(outcome.Limits, Is.EqualTo(new GpuPowerLimits(350, 700)));
    }

    [Test]
    public void A_driver_that_clamps_in_silence_is_found_out_by_the_read_back()
    {
        using var session = NvmlStub.Open(gpus: 2);
        NvmlStub.Clamp(1, milliwatts: 500000);
        var writer = new NvmlCapWriter(session, [NvmlStub.Uuid(0), NvmlStub.Uuid(1)]);

        Assert.That(writer.Apply(400).EffectiveCapWatts, Is.EqualTo(500));
    }

    [Test]
    public void A_limit_that_reads_back_a_fraction_higher_counts_as_the_next_watt()
    {
        using var session = NvmlStub.Open(gpus: 1);
        NvmlStub.OffsetReads(0, milliwatts: 1);
        var writer = new NvmlCapWriter(session, [NvmlStub.Uuid(0)]);

        Assert.That(writer.Apply(400).EffectiveCapWatts, Is.EqualTo(401));
    }

    [Test]
    public void A_GPU_that_takes_no_write_keeps_its_cap_and_the_rest_is_written()
    {
        using var session = NvmlStub.Open(gpus: 3);
        NvmlStub.Fail("nvmlDeviceSetPowerManagementLimit", gpu: 1, NvmlReturn.Unknown);
        var writer = new NvmlCapWriter(session, [NvmlStub.Uuid(0), NvmlStub.Uuid(1), NvmlStub.Uuid(2)]);

        var outcome = writer.Apply(400);

        Assert.That(outcome.CapWatts.Values, Is.EqualTo(new[] { 400, 700, 400 }));
        Assert.That(outcome.EffectiveCapWatts, Is.EqualTo(700));
        Assert.That((outcome.Written, outcome.Failures.Length), Is.EqualTo((2, 1)));
    }

    [Test]
    public void A_lost_GPU_makes_the_highest_cap_unknown()
    {
        using var session = NvmlStub.Open(gpus: 2);
        NvmlStub.Fail("nvmlDeviceGetPowerManagementLimit", gpu: 1, NvmlReturn.GpuIsLost);
        var writer = new NvmlCapWriter(session, [NvmlStub.Uuid(0), NvmlStub.Uuid(1)]);

        var outcome = writer.Apply(400);

        Assert.That(outcome.EffectiveCapWatts, Is.Null);
        Assert.That(outcome.Limits, Is.Null);
        Assert.That(outcome.CapWatts[NvmlStub.Uuid(0)], Is.EqualTo(400));
    }

    [Test]
    public void A_range_that_cannot_be_read_lets_the_driver_decide()
    {
        using var session = NvmlStub.Open(gpus: 1);
        NvmlStub.Fail("nvmlDeviceGetPowerManagementLimitConstraints", gpu: 0, NvmlReturn.NotSupported);
        var writer = new NvmlCapWriter(session, [NvmlStub.Uuid(0)]);

        Assert.That(writer.Apply(400).EffectiveCapWatts, Is.EqualTo(400));
        Assert.That(writer.Apply(900), Has.Property(nameof(NvmlCapOutcome.EffectiveCapWatts)).EqualTo(400).And.Property(nameof(NvmlCapOutcome.Failures)).Length.EqualTo(1));
    }

    [Test]
    public void Restoring_gives_each_GPU_its_default_back()
    {
        using var session = NvmlStub.Open(gpus: 2);
        NvmlStub.Set(1, limit: 600000, normal: 600000, min: 350000, max: 650000);
        var writer = new NvmlCapWriter(session, [NvmlStub.Uuid(0), NvmlStub.Uuid(1)]);
        writer.Apply(400);

        var outcome = writer.Restore();

        Assert.That(outcome.CapWatts.Values, Is.EqualTo(new[] { 700, 600 }));
    }

    [Test]
    public void A_cap_survives_a_driver_reset_by_the_next_write()
    {
        using var session = NvmlStub.Open(gpus: 1);
        var writer = new NvmlCapWriter(session, [NvmlStub.Uuid(0)]);
        writer.Apply(400);

        NvmlStub.ResetDriver();

        Assert.That(writer.Read().EffectiveCapWatts, Is.EqualTo(700));
        Assert.That(writer.Apply(400).EffectiveCapWatts, Is.EqualTo(400));
    }

    [Test]
    public void A_set_without_GPUs_or_with_one_twice_is_refused()
    {
        using var session = NvmlStub.Open(gpus: 1);

        Assert.That(() => new NvmlCapWriter(session, []), Throws.ArgumentException);
        Assert.That(() => new NvmlCapWriter(session, [NvmlStub.Uuid(0), NvmlStub.Uuid(0)]), Throws.ArgumentException.With.Message.Contains(NvmlStub.Uuid(0)));
    }
}
