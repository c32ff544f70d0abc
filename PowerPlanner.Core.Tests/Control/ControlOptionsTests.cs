using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control;

internal sealed class ControlOptionsTests
{
    private static readonly ControlOptions Defaults = new();

    private static readonly ControlOptions[] Invalid =
    [
        Defaults with { MeterAccuracy = 0.51 },
        Defaults with { MaxConsecutiveFailures = 0 },
        Defaults with { ThroughputRegressionWarnThreshold = 1.01 },
        Defaults with { ThroughputRegressionWarnThreshold = double.NaN },
        Defaults with { SweepTimeout = TimeSpan.Zero },
        Defaults with { ConvergenceTimeout = TimeSpan.FromTicks(-1) },
        Defaults with { CapSettleTime = TimeSpan.FromTicks(-1) },
        Defaults with { CallTimeout = TimeSpan.Zero },
        Defaults with { HalfOpenAfter = TimeSpan.FromTicks(-1) },
        Defaults with { CapProbing = (CapProbing)9 },
        Defaults with { AdmissionMode = (AdmissionMode)9 },
        Defaults with { OverBudgetPolicy = (OverBudgetPolicy)9 },
    ];

    [Test]
    public void Defaults_are_those_that_are_documented() => Assert.That(Defaults, Is.EqualTo(new ControlOptions
    {
        Tick = TimeSpan.FromSeconds(60),
        InitialCorrections = Corrections.None,
        ReoptimizeInterval = TimeSpan.FromSeconds(300),
        DriftRelativeThreshold = 0.15,
        DriftConsecutiveTicks = 3,
        CapDriftThreshold = 0.10,
        PowerLimitedBand = 0.02,
        SaturationUtilization = 0.85,
        CapProbing = CapProbing.On,
        ObservationMaxAge = TimeSpan.FromSeconds(180),
        MaxConsecutiveFailures = 5,
        ThroughputRegressionWarnThreshold = 0.10,
        AdmissionMode = AdmissionMode.Off,
        AdmissionPolicy = new AdmissionPolicy(),
        SweepTimeout = TimeSpan.FromSeconds(30),
        ConvergenceTimeout = TimeSpan.FromSeconds(600),
        HalfOpenAfter = TimeSpan.FromSeconds(900),
        MeterAccuracy = 0.05,
        CallTimeout = null,
        CapSettleTime = TimeSpan.FromSeconds(600),
        OverBudgetPolicy = OverBudgetPolicy.ScaleDown,
        Advisory = false,
    }));

    [Test]
    public void Defaults_are_valid() => Assert.That(Defaults.Validate, Throws.Nothing);

    [TestCaseSource(nameof(Invalid))]
    public void A_value_out_of_its_range_is_refused(ControlOptions options) =>
        Assert.That(options.Validate, Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void A_missing_admission_policy_is_refused() =>
        Assert.That((Defaults with { AdmissionPolicy = null! }).Validate, Throws.ArgumentNullException);

    [Test]
    public void A_controller_names_what_it_was_not_given()
    {
        var fleet = new InMemoryFleet(ControlBench.FleetOf(ControlBench.Unit));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new PowerPlannerController(null!, Defaults, fleet, fleet), Throws.ArgumentNullException);
            Assert.That(() => new PowerPlannerController(ControlBench.Unit, null!, fleet, fleet), Throws.ArgumentNullException);
            Assert.That(() => new PowerPlannerController(ControlBench.Unit, Defaults, null!, fleet), Throws.ArgumentNullException);
            Assert.That(() => new PowerPlannerController(ControlBench.Unit, Defaults, fleet, null!), Throws.ArgumentNullException);
        }
    }

    [Test]
    public void A_controller_refuses_options_out_of_their_range() =>
        Assert.That(() => new ControlBench(options: Defaults with { MaxConsecutiveFailures = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
