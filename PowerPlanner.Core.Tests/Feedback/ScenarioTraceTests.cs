using PowerPlanner.Feedback;
using PowerPlanner.Performance;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Feedback;

/// <summary>Coefficients of the stress scenarios, tick by tick, from the readings of their fleets without noise.</summary>
internal sealed class ScenarioTraceTests
{
    private const double Modelled = 360;

    private static readonly FeedbackOptions Off = new() { PowerLimitedBand = 0 };
    private static readonly FeedbackOptions Band = new();

    [Test]
    public void A_draw_of_1_35_times_the_model_is_followed_within_fifty_ticks()
    {
        var trace = Power(50 + 1, _ => 1.35);

        Assert.That(new[] { trace[0], trace[5], trace[50] }, Is.EqualTo(new[] { 1.105, 1.3088, 1.35 }).Within(5e-5));
    }

    [Test]
    public void A_draw_of_0_7_times_the_model_lowers_the_coefficient_and_not_the_cap()
    {
        var trace = Power(101, _ => 0.7);

        Assert.That(new[] { trace[0], trace[100] }, Is.EqualTo(new[] { 0.91, 0.7 }).Within(1e-9));
        Assert.That(CapBridge.Bridge(Side(450), trace[100], null).CapWatts, Is.EqualTo(450));
    }

    [Test]
    [Property("Defect", "D-30")]
    public void A_step_in_the_draw_moves_the_cap_at_t101_and_t106_and_never_before()
    {
        var trace = Power(200, tick => tick < 100 ? 1 : 1.35);
        var (planned, lastSweep) = (360, 0);
        var sweeps = new List<(int Tick, int CapWatts)>();
        for (var tick = 0; tick < trace.Length; tick++)
        {
            var held = DriftDetector.IsRateLimited(TimeSpan.FromMinutes(tick), TimeSpan.FromMinutes(lastSweep), TimeSpan.FromSeconds(300));
            if (!held && CapDrift.Exceeds(Side(Modelled), trace[tick], null, planned, 0.10))
            {
                (planned, lastSweep) = (CapBridge.Bridge(Side(Modelled), trace[tick], null).CapWatts, tick);
                sweeps.Add((tick, planned));
            }
        }

        // One reading may be wrong: the step is believed on the second.
        Assert.That(new[] { trace[100], trace[101], trace[103], trace[106], trace[108] }, Is.EqualTo(new[] { 1, 1.105, 1.23, 1.3088, 1.3298 }).Within(1e-4));
        Assert.That(sweeps, Is.EqualTo(new[] { (101, 398), (106, 472) }));
    }

    [Test]
    public void A_draw_that_swings_by_a_fifth_keeps_the_coefficient_near_1_and_the_cap_where_it_is()
    {
        var trace = Power(200, tick => 1 + (0.2 * Math.Sin(2 * Math.PI * tick / 4)));

        // The second reading has no others to agree with; after it, no two of three agree on more or on less.
        Assert.That(trace[1], Is.EqualTo(1.06).Within(1e-9));
        Assert.That(trace[53..], Has.All.EqualTo(1).Within(1e-6));
        Assert.That(trace.Any(c => CapDrift.Exceeds(Side(Modelled), c, null, 360, 0.10)), Is.False);
    }

    [Test]
    [Property("Defect", "D-13")]
    public void A_draw_of_three_times_the_model_pegs_once()
    {
        var state = CorrectionState.Start(Corrections.None);
        var values = new List<double>();
        var pegs = 0;
        for (var tick = 0; tick < 200; tick++)
        {
            state = state.Update(Sample(3), TimeSpan.FromMinutes(tick), Off, out var events);
            values.Add(state.PowerDecode.Value);
            pegs += events == CorrectionEvents.PowerDecodePegged ? 1 : 0;
        }

        Assert.That(values[..4], Is.EqualTo(new[] { 1.3, 1.6, 1.9, 2.0 }).Within(1e-12));
        Assert.That(values[3..], Has.All.EqualTo(2.0));
        Assert.That(pegs, Is.EqualTo(1));
        Assert.That(CapBridge.Bridge(Side(Modelled), 2, new GpuPowerLimits(200, 700)).CapWatts, Is.EqualTo(700));
    }

    [Test]
    public void A_dip_in_the_draw_is_followed_down_and_its_cap_shows_the_way_back()
    {
        // Readings of t5 straddle a change of replicas; from t8 the side draws its cap again.
        var state = CorrectionState.Start(Corrections.None);
        var values = new List<double>();
        for (var tick = 5; tick <= 9; tick++)
        {
            var sample = Sample(tick < 8 ? 0.7 : 1).PowerDecode with { CapWatts = 360, IsStraddled = tick == 5 };
            state = state.Update(new() { PowerDecode = sample }, TimeSpan.FromMinutes(tick), Band, out _);
            values.Add(state.PowerDecode.Value);
        }

        Assert.That(values, Is.EqualTo(new[] { 1, 0.91, 0.847, 0.847, 0.8929 }).Within(1e-12));
    }

    [Test]
    public void Values_that_lag_five_ticks_are_followed_five_ticks_later_without_overshoot()
    {
        var trace = Power(46, tick => (tick < 20 ? tick : tick < 40 ? tick - 5 : tick) < 20 ? 1 : 1.3);

        Assert.That(trace[..26], Has.All.EqualTo(1));
        Assert.That(new[] { trace[26], trace[40], trace[45] }, Is.EqualTo(new[] { 1.09, 1.2986, 1.2998 }).Within(5e-5));
        Assert.That(trace, Has.All.LessThanOrEqualTo(1.3));
    }

    [Test]
    public void Latencies_go_on_learning_while_power_is_absent()
    {
        // 20,000 tokens/s on a fleet that carries 165,375: both latencies are 1.1376 times longer, and the first token 1.556 times besides.
        var queueing = 1 / (1 - (20_000 / 165_375.0));
        var state = CorrectionState.Start(Corrections.None);
        var trace = new List<(double Ttft, double Itl)>();
        for (var tick = 25; tick < 50; tick++)
        {
            state = state.Update(
                new() { Requests = 6, Ttft = new(120 * 700 / 450.0 * queueing, 120, false), Itl = new(8 * queueing, 8, false), PowerDecode = Sample(1).PowerDecode with { WattsPerGpu = null } },
                TimeSpan.FromMinutes(tick), Off, out _);
            trace.Add((state.Ttft.Value, state.Itl.Value));
        }

        Assert.That(new[] { trace[0].Ttft, trace[1].Ttft, trace[24].Ttft }, Is.EqualTo(new[] { 1.2309, 1.3925, 1.7695 }).Within(5e-5));
        Assert.That(new[] { trace[0].Itl, trace[1].Itl, trace[24].Itl }, Is.EqualTo(new[] { 1.0413, 1.0702, 1.1376 }).Within(5e-5));
        Assert.That(state.PowerDecode.Value, Is.EqualTo(1));
    }

    [Test]
    [Property("Defect", "D-02")]
    public void One_saturated_window_leaves_the_prefill_gate_as_it_was()
    {
        // 120 ms under a target of 200 ms; ten times that from a queue used to peg the coefficient and declare every plan infeasible.
        var isSaturated = Saturation.IsReached(Saturation.Utilization(700_000, null, TimeSpan.FromMinutes(1), 3150, 7 * 1000 / 120.0), 0.85);
        var state = CorrectionState.Start(Corrections.None).Update(new() { Requests = 10, Ttft = new(1200, 120, false) { IsSaturated = isSaturated } }, default, Band, out _);

        Assert.That(120 * Math.Max(1, state.Ttft.Value), Is.LessThanOrEqualTo(200));
    }

    private static double[] Power(int ticks, Func<int, double> ratio)
    {
        var state = CorrectionState.Start(Corrections.None);
        var trace = new double[ticks];
        for (var tick = 0; tick < ticks; tick++)
        {
            state = state.Update(Sample(ratio(tick)), TimeSpan.FromMinutes(tick), Off, out _);
            trace[tick] = state.PowerDecode.Value;
        }

        return trace;
    }

    private static CorrectionSample Sample(double ratio) =>
        new() { PowerDecode = new() { WattsPerGpu = Modelled * ratio, ModelledWatts = Modelled, ScheduledTokens = 1200 } };

    private static SidePower Side(double watts) => new(watts, watts, IsValid: true, PowerSource.Prediction);
}
