using PowerPlanner.Performance;
using PowerPlanner.Performance.Roofline;

namespace PowerPlanner.Tests.Performance.Roofline;

internal sealed class RooflineInputTests
{
    private static readonly double[] NoPositiveNumbers = [0, -1, double.NaN, double.PositiveInfinity];

    [TestCase("a100_pcie", 300)]
    [TestCase("a100_sxm", 400)]
    [TestCase("b200_sxm", 1000)]
    [TestCase("h100_pcie", 350)]
    [TestCase("h100_sxm", 700)]
    [TestCase("h200_sxm", 700)]
    [TestCase("l40s", 350)]
    public void Data_sheets_are_named_like_systems(string name, double nameplateWatts)
    {
        Assert.That(GpuDataSheets.Named(name).NameplateWatts, Is.EqualTo(nameplateWatts));
    }

    [Test]
    public void An_unknown_GPU_is_told_with_those_that_exist()
    {
        Assert.That(() => GpuDataSheets.Named("h300"), Throws.TypeOf<UnknownSystemException>().With.Message.Contains("'h300'").And.Message.Contains("h200_sxm"));
    }

    [Test]
    public void An_unknown_model_is_told_with_those_that_exist()
    {
        Assert.That(() => TransformerShapes.Named("gpt-9"), Throws.TypeOf<UnknownModelException>().With.Message.Contains("'gpt-9'").And.Message.Contains("Qwen/Qwen3-32B"));
    }

    [TestCaseSource(nameof(NoPositiveNumbers))]
    public void A_data_sheet_with_an_impossible_rate_is_refused(double value)
    {
        var sheet = GpuDataSheets.Named("h200_sxm");

        Assert.Multiple(() =>
        {
            Assert.That(() => sheet with { Bfloat16FlopsPerSecond = value }, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Bfloat16FlopsPerSecond"));
            Assert.That(() => sheet with { MemoryBytesPerSecond = value }, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("MemoryBytesPerSecond"));
            Assert.That(() => sheet with { LinkBytesPerSecond = value }, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("LinkBytesPerSecond"));
            Assert.That(() => sheet with { InterNodeBytesPerSecond = value }, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("InterNodeBytesPerSecond"));
            Assert.That(() => sheet with { NameplateWatts = value }, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("NameplateWatts"));
        });
    }

    [Test]
    public void A_data_sheet_without_memory_or_GPUs_is_refused()
    {
        var sheet = GpuDataSheets.Named("h200_sxm");

        Assert.Multiple(() =>
        {
            Assert.That(() => sheet with { MemoryBytes = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => sheet with { GpusPerNode = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => sheet with { Name = " " }, Throws.ArgumentException);
        });
    }

    [Test]
    public void A_shape_with_an_impossible_dimension_is_refused()
    {
        var shape = TransformerShapes.Named("Qwen/Qwen3-32B");

        Assert.Multiple(() =>
        {
            Assert.That(() => shape with { Layers = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Layers"));
            Assert.That(() => shape with { HiddenSize = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => shape with { QueryHeads = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => shape with { KeyValueHeads = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => shape with { HeadSize = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => shape with { FeedForwardSize = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => shape with { VocabularySize = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => shape with { BytesPerWeight = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => shape with { BytesPerKvElement = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => shape with { Name = "" }, Throws.ArgumentException);
        });
    }

    [TestCase(0)]
    [TestCase(1.01)]
    [TestCase(double.NaN)]
    public void A_share_outside_its_range_is_refused(double value)
    {
        var assumptions = RooflineAssumptions.Default;

        Assert.Multiple(() =>
        {
            Assert.That(() => assumptions with { GemmComputeFraction = value }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => assumptions with { AttentionComputeFraction = value }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => assumptions with { MemoryFraction = value }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => assumptions with { LinkFraction = value }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => assumptions with { UsableMemoryFraction = value }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => assumptions with { StaticPowerShare = value }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    [TestCase(-1)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void A_negative_cost_is_refused(double value)
    {
        var assumptions = RooflineAssumptions.Default;

        Assert.Multiple(() =>
        {
            Assert.That(() => assumptions with { KernelMicroseconds = value }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => assumptions with { AllReduceMicroseconds = value }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => assumptions with { PipelineTransferMicroseconds = value }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => assumptions with { ComputePowerShare = value }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => assumptions with { MemoryPowerShare = value }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => assumptions with { ReservedBytes = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => assumptions with { MaxTokensPerStep = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }
}
