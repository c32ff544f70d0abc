using PowerPlanner.Feedback;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Feedback;

internal sealed class FeedbackOptionsTests
{
    private static readonly FeedbackOptions Defaults = new();

    private static readonly FeedbackOptions[] Invalid =
    [
        Defaults with { PowerLimitedBand = -0.01 },
        Defaults with { PowerLimitedBand = 1 },
        Defaults with { PowerLimitedBand = double.NaN },
        Defaults with { SaturationUtilization = 0 },
        Defaults with { SaturationUtilization = 1.01 },
        Defaults with { DriftRelativeThreshold = double.PositiveInfinity },
        Defaults with { DriftRelativeThreshold = -1 },
        Defaults with { DriftConsecutiveTicks = 0 },
        Defaults with { CapDriftThreshold = double.NaN },
        Defaults with { MeterAccuracy = -0.01 },
        Defaults with { MeterAccuracy = 0.51 },
        Defaults with { MeterAccuracy = double.NaN },
        Defaults with { ReoptimizeInterval = TimeSpan.FromSeconds(-1) },
        Defaults with { TickInterval = TimeSpan.Zero },
        Defaults with { ObservationMaxAge = TimeSpan.FromSeconds(-1) },
        Defaults with { InitialCorrections = Defaults.InitialCorrections with { Ttft = 0.4 } },
        Defaults with { InitialCorrections = Defaults.InitialCorrections with { Itl = 2.1 } },
        Defaults with { InitialCorrections = Defaults.InitialCorrections with { PowerPrefill = double.NaN } },
        Defaults with { InitialCorrections = Defaults.InitialCorrections with { PowerDecode = -1 } },
        Defaults with { InitialCorrections = Defaults.InitialCorrections with { PowerAggregated = 0 } },
    ];

    [Test]
    public void Defaults_are_valid() => Assert.That(Defaults.Validate, Throws.Nothing);

    [Test]
    public void Defaults_are_those_that_are_documented() => Assert.That(Defaults, Is.EqualTo(new FeedbackOptions
    {
        PowerLimitedBand = 0.02,
        SaturationUtilization = 0.85,
        DriftRelativeThreshold = 0.15,
        DriftConsecutiveTicks = 3,
        CapDriftThreshold = 0.10,
        MeterAccuracy = 0.05,
        ReoptimizeInterval = TimeSpan.FromSeconds(300),
        TickInterval = TimeSpan.FromSeconds(60),
        ObservationMaxAge = TimeSpan.FromSeconds(180),
        CapProbing = true,
        InitialCorrections = Corrections.None,
    }));

    [Test]
    public void Bounds_are_valid() => Assert.That(
        (Defaults with { PowerLimitedBand = 0, SaturationUtilization = 1, DriftRelativeThreshold = 0, CapDriftThreshold = 0, DriftConsecutiveTicks = 1, ReoptimizeInterval = TimeSpan.Zero, ObservationMaxAge = TimeSpan.Zero }).Validate,
        Throws.Nothing);

    [TestCaseSource(nameof(Invalid))]
    [Property("Defect", "D-24")]
    public void What_no_fleet_could_mean_is_refused(FeedbackOptions options) =>
        Assert.That(options.Validate, Throws.InstanceOf<ArgumentOutOfRangeException>());
}
