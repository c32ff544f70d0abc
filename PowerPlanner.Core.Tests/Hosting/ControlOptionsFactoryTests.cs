using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Hosting;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Hosting;

internal sealed class ControlOptionsFactoryTests
{
    /// <summary>Every option of the loop, and its value in <see cref="Unusual"/>.</summary>
    private static readonly Dictionary<string, object?> Expected = new()
    {
        ["Tick"] = TimeSpan.FromSeconds(15),
        ["InitialCorrections"] = new Corrections(1.1, 1.2, 1.3, 1.4, 1.5),
        ["ReoptimizeInterval"] = TimeSpan.FromSeconds(120),
        ["DriftRelativeThreshold"] = 0.21,
        ["DriftConsecutiveTicks"] = 4,
        ["CapDriftThreshold"] = 0.22,
        ["PowerLimitedBand"] = 0.03,
        ["SaturationUtilization"] = 0.7,
        ["CapProbing"] = CapProbing.Off,
        ["ObservationMaxAge"] = TimeSpan.FromSeconds(90),
        ["MaxConsecutiveFailures"] = 7,
        ["ThroughputRegressionWarnThreshold"] = 0.23,
        ["AdmissionMode"] = AdmissionMode.Autoset,
        ["AdmissionPolicy"] = new AdmissionPolicy(0.8, 2),
        ["SweepTimeout"] = TimeSpan.FromSeconds(12.5),
        ["ConvergenceTimeout"] = TimeSpan.FromSeconds(300),
        ["HalfOpenAfter"] = TimeSpan.FromSeconds(450),
        ["MeterAccuracy"] = 0.02,
        ["CallTimeout"] = TimeSpan.FromSeconds(20),
        ["CapSettleTime"] = TimeSpan.FromSeconds(90.5),
        ["OverBudgetPolicy"] = OverBudgetPolicy.Hold,
        ["Advisory"] = true,
    };

    [Test]
    [Property("Defect", "D-11")]
    public void Every_option_of_the_loop_comes_from_the_options()
    {
        var created = ControlOptionsFactory.Create(Unusual());

        Assert.That(typeof(ControlOptions).GetProperties().ToDictionary(property => property.Name, property => property.GetValue(created)), Is.EquivalentTo(Expected));
    }

    [Test]
    public void No_expected_value_is_a_default() =>
        Assert.That(typeof(ControlOptions).GetProperties().Where(property => Equals(property.GetValue(new ControlOptions()), Expected[property.Name])), Is.Empty);

    [Test]
    public void Default_options_make_the_loops_defaults() =>
        Assert.That(ControlOptionsFactory.Create(OptionSamples.Disaggregated()), Is.EqualTo(new ControlOptions()));

    [Test]
    public void No_half_open_time_stays_none()
    {
        var options = OptionSamples.Disaggregated();
        options.HalfOpenAfterSeconds = null;

        Assert.That(ControlOptionsFactory.Create(options).HalfOpenAfter, Is.Null);
    }

    [Test]
    public void A_time_that_means_never_is_a_century()
    {
        var options = OptionSamples.Disaggregated();
        options.ReoptimizeIntervalSeconds = 1e300;

        Assert.That(ControlOptionsFactory.Create(options).ReoptimizeInterval, Is.EqualTo(TimeSpan.FromDays(36_525)));
    }

    [Test]
    public void The_shortest_call_still_has_a_time()
    {
        var options = OptionSamples.Disaggregated();
        options.CallTimeoutSeconds = 1e-9;

        Assert.That(ControlOptionsFactory.Create(options).CallTimeout, Is.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public void A_time_that_a_timer_waits_for_is_one_that_a_timer_can_wait_for()
    {
        var options = OptionSamples.Disaggregated();
        options.TickSeconds = 1e300;

        var tick = ControlOptionsFactory.Create(options).Tick;

        using var timer = new PeriodicTimer(tick);
        Assert.That(tick, Is.EqualTo(TimeSpan.FromDays(49)));
    }

    [Test]
    public void Invalid_options_are_refused()
    {
        var options = OptionSamples.Disaggregated();
        options.TickSeconds = 0;

        Assert.That(() => ControlOptionsFactory.Create(options), Throws.TypeOf<InvalidOptionsException>().With.Message.Contains("tickSeconds: 0"));
    }

    private static PowerPlannerOptions Unusual()
    {
        var options = OptionSamples.Disaggregated();
        options.TickSeconds = 15;
        options.InitialCorrections = new CorrectionOptions { Ttft = 1.1, Itl = 1.2, PowerPrefill = 1.3, PowerDecode = 1.4, PowerAgg = 1.5 };
        options.ReoptimizeIntervalSeconds = 120;
        options.DriftRelativeThreshold = 0.21;
        options.DriftConsecutiveTicks = 4;
        options.CapDriftThreshold = 0.22;
        options.PowerLimitedBand = 0.03;
        options.SaturationUtilization = 0.7;
        options.CapProbing = CapProbing.Off;
        options.ObservationMaxAgeSeconds = 90;
        options.MaxConsecutiveFailures = 7;
        options.ThroughputRegressionWarnThreshold = 0.23;
        options.AdmissionMode = AdmissionMode.Autoset;
        options.AdmissionSafetyMargin = 0.8;
        options.AdmissionVarianceZ = 2;
        options.SweepTimeoutSeconds = 12.5;
        options.ConvergenceTimeoutSeconds = 300;
        options.HalfOpenAfterSeconds = 450;
        options.MeterAccuracy = 0.02;
        options.CallTimeoutSeconds = 20;
        options.CapSettleTimeSeconds = 90.5;
        options.OverBudgetPolicy = OverBudgetPolicy.Hold;
        options.Advisory = true;
        return options;
    }
}
