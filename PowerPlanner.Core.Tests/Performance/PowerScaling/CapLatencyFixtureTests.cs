using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Tests.Performance.PowerScaling;

/// <summary>The equations, without the guard, against published measurements.</summary>
internal sealed class CapLatencyFixtureTests
{
    // Draw and clock of an H100 94 GB (ViT-L inference, arXiv 2604.11391); tokens/s of Llama-3-8B training (arXiv 2603.16164, table 4).
    private static readonly double[] Caps = [200, 300, 400, 500, 600];
    private static readonly double[] Draws = [199, 298, 395, 493, 591, 647];
    private static readonly double[] Megahertz = [625, 1132, 1501, 1731, 1889, 1969];
    private static readonly double[] TokensPerSecond = [9699, 17982, 24853, 27705, 29250, 30271];

    private static readonly PowerScalingOptions Fitted = new() { StaticPowerShare = 187.0 / 700, GuardShare = 0 };

    [Test]
    public void The_clock_follows_the_draw_of_an_H100_within_5_percent()
    {
        // Pure compute takes 1/φ: the cap whose clock is the measured one, against the measured draw. The fit's own draw at φ = 1 is 187 + 454 W; its worst error is stated as 4.9 %, rounded.
        var latency = new CapLatency(700, Fitted);
        for (var i = 0; i < Draws.Length - 1; i++)
        {
            var (low, high) = (190.0, 641.0);
            while (high - low > 1e-6)
            {
                var middle = (low + high) / 2;
                (low, high) = 1 / latency.Factor(StepBalance.Uniform(double.PositiveInfinity), 641, middle) < Megahertz[i] / Megahertz[^1] ? (middle, high) : (low, middle);
            }

            Assert.That(low, Is.EqualTo(Draws[i]).Within(4.95).Percent, $"draw at {Megahertz[i]} MHz");
        }
    }

    [Test]
    public void A_compute_bound_step_slows_down_as_the_chain_says_and_as_an_H100_does()
    {
        double[] stated = [0.29, 0.63, 0.78, 0.88, 0.97];
        var latency = new CapLatency(700, Fitted);
        for (var i = 0; i < Caps.Length; i++)
        {
            var speed = 1 / latency.Factor(StepBalance.Uniform(1.95), 647, Caps[i]);
            Assert.That(speed, Is.EqualTo(stated[i]).Within(0.0055), $"stated at {Caps[i]} W");
            Assert.That(speed, Is.EqualTo(TokensPerSecond[i] / TokensPerSecond[^1]).Within(0.045), $"measured at {Caps[i]} W");
        }
    }

    [Test]
    public void The_default_static_share_is_more_pessimistic_at_the_lowest_cap()
    {
        var latency = new CapLatency(700, new PowerScalingOptions { GuardShare = 0 });

        Assert.That(1 / latency.Factor(StepBalance.Uniform(1.95), 647, 200), Is.EqualTo(0.27).Within(0.0055));
    }

    // Natural draw and κ are fitted to each row; the measurements say that no cap from 450 W on binds.
    [TestCase("dense 27B, 32 streams", 450, 31.0, 0.045, 0.131, 0.252)]
    [TestCase("dense 27B, 1 stream", 404, 1.15, 0.011, 0.049, 0.132)]
    [TestCase("MoE, 32 streams", 434, 1.54, 0.041, 0.099, 0.187)]
    [TestCase("MoE, 1 stream", 401, 0.84, 0.009, 0.026, 0.091)]
    public void Decode_on_an_RTX_PRO_6000_loses_what_was_measured(string row, double naturalWatts, double ratio, double at400, double at350, double at300)
    {
        var latency = new CapLatency(600, new PowerScalingOptions { GuardShare = 0 });
        var balance = StepBalance.Uniform(ratio);
        double Error(double cap, double loss) => Math.Abs((1 / latency.Factor(balance, naturalWatts, cap) / (1 - loss)) - 1);
        double[] errors = [Error(400, at400), Error(350, at350), Error(300, at300)];

        Assert.That(latency.Factor(balance, naturalWatts, 450), Is.EqualTo(1), row);
        Assert.That(errors.Max(), Is.LessThanOrEqualTo(0.031), row);
        Assert.That(errors.Average(), Is.LessThanOrEqualTo(0.022), row);
    }

    [Test]
    public void Measured_curves_give_the_measured_points_of_six_RTX_3090()
    {
        double[] caps = [300, 250, 200, 150, 100];
        double[] prefill = [0.94, 0.85, 0.60, 0.26, 0.14];
        double[] decode = [0.99, 0.97, 0.94, 0.86, 0.17];
        foreach (var speeds in new[] { prefill, decode })
        {
            var curve = new CapCurve(caps.Zip(speeds, (cap, speed) => new CapCurvePoint(cap, 1 / speed)).Append(new CapCurvePoint(350, 1)));
            var latency = new CapLatency(350, curve: curve);
            for (var i = 0; i < caps.Length; i++)
            {
                Assert.That(1 / latency.Factor(default, 350, caps[i]), Is.EqualTo(speeds[i]).Within(1e-12));
            }
        }
    }

    [Test]
    public void Scarce_watts_serve_most_at_an_interior_cap_which_moves_up_with_what_a_GPU_brings_besides_its_board()
    {
        // Tokens/s per watt of cap and host, over those at 700 W: the measured curve's own answer.
        double Gain(double cap, double speed, double host) => speed / (cap + host) * (700 + host);
        double[] caps = [.. Caps, 700];
        var curve = new CapCurve(caps.Zip(TokensPerSecond, (cap, tokens) => new CapCurvePoint(cap, 1 / tokens)));
        var latency = new CapLatency(700, curve: curve);
        double Best(double host) => caps.MaxBy(cap => Gain(cap, 1 / latency.Factor(default, 700, cap), host));

        Assert.That(Best(0), Is.EqualTo(400));
        Assert.That(Gain(400, 1 / latency.Factor(default, 700, 400), 0), Is.EqualTo(1.44).Within(0.005));
        Assert.That(Gain(400, 1 / latency.Factor(default, 700, 400), 400), Is.EqualTo(1.13).Within(0.005));
        Assert.That(Best(2000), Is.GreaterThan(400));
    }
}
