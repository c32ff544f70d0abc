using PowerPlanner.Feedback;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Feedback;

internal sealed class CapProbeTests
{
    private static readonly FeedbackOptions Options = new();

    private static readonly CapProbeInput Limited = new()
    {
        Reading = PowerReadingKind.PowerLimited,
        WattsPerGpu = 360,
        CapWatts = 360,
        Requests = 38,
        LatencyRatio = 1.37,
        Utilization = 0.016,
        IsPlannedUncapped = true,
        RoomWattsPerGpu = 65,
        MaxCapWatts = 700,
    };

    [Test]
    [Property("Defect", "D-01")]
    public void A_side_that_wants_more_than_its_model_says_gets_it_from_the_budgets_room()
    {
        // Decode wants 486 W where the model says 360 W; the budget leaves 130 W for its two GPUs. The draw is min(cap, demand).
        var probe = default(CapProbe);
        var corrections = CorrectionState.Start(Corrections.None);
        var cap = 360;
        var seen = new List<(int Tick, CapProbeAction Action, int CapWatts)>();
        var coefficients = new double[12];
        for (var tick = 0; tick < 12; tick++)
        {
            var draw = Math.Min(cap, 486.0);
            var power = new PowerSample { WattsPerGpu = draw, ScheduledTokens = 1200, ModelledWatts = 360, CapWatts = cap, IsProbing = probe.IsPending };
            corrections = corrections.Update(new() { PowerDecode = power }, TimeSpan.FromMinutes(tick), Options.PowerLimitedBand, out _);
            var input = Limited with
            {
                Reading = power.Classify(Options.PowerLimitedBand),
                WattsPerGpu = draw,
                CapWatts = cap,
                LatencyRatio = 486.0 / cap,
                RoomWattsPerGpu = (4000 - (7 * 450) - (2 * cap)) / 2,
            };
            probe = probe.Advance(input, Options, out var decision);
            switch (decision.Action)
            {
                case CapProbeAction.Raise:
                    cap = decision.CapWatts;
                    break;
                case CapProbeAction.Keep:
                    corrections = corrections.AtLeast(CorrectionKind.PowerDecode, cap / 360.0);
                    break;
            }

            coefficients[tick] = corrections.PowerDecode.Value;
            if (decision.Action != CapProbeAction.None)
            {
                seen.Add((tick, decision.Action, decision.CapWatts));
            }
        }

        Assert.That(seen, Is.EqualTo(new[]
        {
            (2, CapProbeAction.Raise, 396),
            (5, CapProbeAction.Keep, 396),
            (6, CapProbeAction.Raise, 425),
            (9, CapProbeAction.Keep, 425),
        }));
        Assert.That(coefficients[..5], Has.All.EqualTo(1.0));
        Assert.That(coefficients[5..9], Has.All.EqualTo(1.1).Within(1e-12));
        Assert.That(coefficients[9..], Has.All.EqualTo(425 / 360.0).Within(1e-12));
    }

    [Test]
    public void A_draw_that_does_not_follow_undoes_the_probe_at_once()
    {
        var probe = Raised(out var raise);
        Assert.That(raise, Is.EqualTo(new CapProbeDecision(CapProbeAction.Raise, 396)));

        probe.Advance(Limited with { Reading = PowerReadingKind.Demand, CapWatts = 396 }, Options, out var verdict);

        Assert.That(verdict, Is.EqualTo(new CapProbeDecision(CapProbeAction.Undo, 360)));
    }

    private static CapProbe Raised(out CapProbeDecision decision) =>
        default(CapProbe).Advance(Limited, Options, out _).Advance(Limited, Options, out _).Advance(Limited, Options, out decision);
}
