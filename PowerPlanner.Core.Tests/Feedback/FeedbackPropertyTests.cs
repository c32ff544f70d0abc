using CsCheck;
using PowerPlanner.Feedback;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Feedback;

internal sealed class FeedbackPropertyTests
{
    private static readonly FeedbackOptions Off = new() { PowerLimitedBand = 0 };
    private static readonly FeedbackOptions Band = new();

    private static readonly Gen<double> GenAnything = Gen.OneOf(
        Gen.Double,
        Gen.Double[0, 2000],
        OneOf(0.0, -0.0, -1, 1e-300, 1e300, double.Epsilon, double.MaxValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity));

    private static readonly Gen<double> GenNoReading = OneOf(0.0, -0.0, -1, -1e300, double.NaN, double.PositiveInfinity, double.NegativeInfinity);

    private static readonly Gen<double> GenRatio = Gen.Double[0.5, 2];

    private static readonly Gen<CorrectionSample> GenSample = Gen.Select(GenAnything.Array[20], Gen.Bool.Array[12], (numbers, flags) => new CorrectionSample
    {
        Requests = numbers[0],
        Ttft = new(numbers[1], numbers[2], flags[0]) { IsSaturated = flags[5] },
        Itl = new(numbers[3], numbers[4], flags[1]) { IsSaturated = flags[6] },
        PowerPrefill = Power(numbers[5], numbers[6], numbers[7], numbers[8], flags[2]) with { IsHeldBelowDemand = flags[7], IsProbing = flags[8] },
        PowerDecode = Power(numbers[9], numbers[10], numbers[11], numbers[12], flags[3]) with { IsHeldBelowDemand = flags[9] },
        PowerAggregated = Power(numbers[13], numbers[14], numbers[15], numbers[16], flags[4]) with { IsHeldBelowDemand = flags[10], IsModelInvalid = flags[11] },
    });

    private static readonly Gen<CorrectionState> GenState = Gen.Select(GenRatio, GenRatio, GenRatio, GenRatio, GenRatio, (a, b, c, d, e) => CorrectionState.Start(new(a, b, c, d, e)));

    [Test]
    [Property("Defect", "D-25")]
    public void Whatever_is_measured_coefficients_stay_finite_and_in_range() =>
        Gen.Select(GenState, GenSample.Array[1, 20], GenAnything, GenAnything, OneOf(0, 0.02, 0.5)).Holds((state, samples, old, @new, band) =>
        {
            foreach (var sample in samples)
            {
                state = state.Update(sample, TimeSpan.Zero, Band with { PowerLimitedBand = band }, out _);
                foreach (var kind in Enum.GetValues<CorrectionKind>())
                {
                    state = state.Rebase(kind, old, @new);
                    if (state[kind].Value is not (>= Corrections.Minimum and <= Corrections.Maximum))
                    {
                        return false;
                    }
                }
            }

            return true;
        });

    [Test]
    [Property("Defect", "D-25")]
    [Property("Rule", "LIB-4.3-a")]
    public void Readings_that_are_none_leave_every_coefficient_as_it_is_bit_for_bit() =>
        Gen.Select(GenState, GenNoReading.Array[5], Gen.Double[1, 1000]).Holds((state, readings, modelled) =>
        {
            var sample = new CorrectionSample
            {
                Requests = 10,
                Ttft = new(readings[0], modelled, false),
                Itl = new(readings[1], modelled, false),
                PowerPrefill = Power(readings[2], modelled, 100, 300, false),
                PowerDecode = Power(readings[3], modelled, 100, 300, false),
                PowerAggregated = Power(readings[4], modelled, 100, 300, false),
            };

            return state.Update(sample, TimeSpan.Zero, Band, out var events).Values == state.Values && events == CorrectionEvents.None;
        });

    [Test]
    public void An_empty_sample_leaves_the_state_as_it_is() =>
        GenState.Holds(state => state.Update(default, TimeSpan.Zero, Band, out _).Values == state.Values);

    [Test]
    public void Constant_readings_are_averaged_bit_for_bit_as_if_there_were_no_memory() =>
        Gen.Select(GenRatio, Gen.Double[0.01, 2.5], Gen.Int[1, 60]).Where(drawn => Math.Abs(drawn.Item2 - drawn.Item1) <= 1).Holds((initial, ratio, windows) =>
        {
            var state = CorrectionState.Start(Corrections.None with { Itl = initial });
            var expected = initial;
            for (var i = 0; i < windows; i++)
            {
                state = state.Update(new() { Requests = 1, Itl = new(8 * ratio, 8, false) }, TimeSpan.Zero, Off, out _);
                expected = Math.Clamp((0.3 * ratio) + ((1 - 0.3) * expected), 0.5, 2);
                if (state.Itl.Value != expected)
                {
                    return false;
                }
            }

            return true;
        }, iter: 1000);

    [Test]
    public void Ratios_are_believed_as_far_as_two_agree_and_averaged_and_cut() =>
        Gen.Select(GenRatio, Gen.Decimal[0.01m, 20m].Array[1, 60]).Holds((initial, ratios) =>
        {
            // An oracle by sorting, in decimals.
            var state = CorrectionState.Start(Corrections.None with { PowerPrefill = initial });
            var expected = (decimal)initial;
            for (var i = 0; i < ratios.Length; i++)
            {
                state = state.Update(new() { PowerPrefill = Power(450 * (double)ratios[i], 450, 1, double.NaN, false) }, TimeSpan.Zero, Off, out _);
                var agreed = i < 2 ? ratios[i] : Middle(ratios[i - 2], ratios[i - 1], ratios[i]);
                var step = Math.Clamp(Middle(agreed, ratios[i], expected) - expected, -1, 1);
                expected = Math.Clamp(expected + (step * 0.3m), 0.5m, 2);
            }

            return Math.Abs(state.PowerPrefill.Value - (double)expected) < 1e-9;

            static decimal Middle(params decimal[] values) => values.Order().ElementAt(1);
        }, iter: 1000);

    [Test]
    public void Watts_in_another_unit_give_the_same_coefficients() =>
        Gen.Select(Gen.Double[100, 700].Array[1, 20], Gen.Double[100, 700], OneOf(0.25, 4, 1024)).Holds((draws, modelled, scale) =>
        {
            var plain = CorrectionState.Start(Corrections.None);
            var scaled = plain;
            foreach (var draw in draws)
            {
                plain = plain.Update(new() { PowerDecode = Power(draw, modelled, 1, 400, false) }, TimeSpan.Zero, Band, out _);
                scaled = scaled.Update(new() { PowerDecode = Power(draw * scale, modelled * scale, 1, 400 * scale, false) }, TimeSpan.Zero, Band, out _);
            }

            // Powers of two scale exactly, band and all.
            return plain == scaled;
        });

    [Test]
    public void Rebasing_there_and_back_returns_what_was_measured() =>
        Gen.Select(Gen.Double[0.8, 1.25], Gen.Double[300, 400], Gen.Double[300, 400]).Holds((ratio, old, @new) =>
        {
            var state = CorrectionState.Start(Corrections.None).Update(new() { PowerDecode = Power(old * ratio, old, 1, double.NaN, false) }, TimeSpan.Zero, Off, out _);
            var there = state.Rebase(CorrectionKind.PowerDecode, old, @new);

            return Math.Abs((there.PowerDecode.Value * @new) - (state.PowerDecode.Value * old)) < 1e-9;
        });

    [Test]
    [Property("Defect", "D-29")]
    public void A_count_is_the_violations_since_the_last_tick_without_one_or_the_last_long_gap()
    {
        // 0 = fine, 1 = missed, 2 = no data; gaps long enough to matter are made likely.
        var genTicks = Gen.Frequency((6, Gen.Const(new[] { 1 })), (2, Gen.Const(new[] { 0 })), (2, Gen.Const(new[] { 2 })), (2, Gen.Int[9, 12].Select(n => Enumerable.Repeat(2, n).ToArray())))
            .Array[1, 30].Select(parts => parts.SelectMany(part => part).ToArray());

        genTicks.Holds(ticks =>
        {
            var options = new FeedbackOptions();
            var state = default(DriftState);
            for (var i = 0; i < ticks.Length; i++)
            {
                var sample = new DriftSample { TtftMs = ticks[i] == 2 ? null : ticks[i] == 1 ? 600 : 400, ItlMs = ticks[i] == 2 ? null : 10, TokensPerSecond = ticks[i] == 2 ? null : 1 };
                state = DriftDetector.Advance(state, sample.Judge(new(500, 50, 100, null), 0.15), TimeSpan.FromMinutes(i), false, false, options).State;
                if (state.Violations.Ticks != CountOf(ticks.AsSpan(0, i + 1)))
                {
                    return false;
                }
            }

            return true;
        });

        static int CountOf(ReadOnlySpan<int> ticks)
        {
            var (count, gap) = (0, 0);
            for (var i = ticks.Length - 1; i >= 0 && ticks[i] != 0; i--)
            {
                gap = ticks[i] == 2 ? gap + 1 : 0;
                if (gap > 10)
                {
                    break;
                }

                count += ticks[i] == 1 ? 1 : 0;
            }

            return count;
        }
    }

    [Test]
    public void Doubled_and_late_ticks_change_neither_hysteresis_nor_rate_limit() =>
        Gen.Select(Gen.Bool.Array[5, 40], Gen.Int[0, 60].Array[5, 40]).Holds((misses, jumps) =>
        {
            var options = new FeedbackOptions();
            var (clean, disturbed) = (default(DriftState), default(DriftState));
            for (var i = 0; i < misses.Length; i++)
            {
                var judgement = new DriftSample { TtftMs = misses[i] ? 600 : 400 }.Judge(new(500, 50, 100, null), 0.15);
                clean = DriftDetector.Advance(clean, judgement, TimeSpan.FromMinutes(i), false, false, options).State;
                disturbed = DriftDetector.Advance(disturbed, judgement, TimeSpan.FromMinutes(i), false, false, options).State;

                // A clock that went back, or stood still, with whatever it brings.
                var late = new DriftSample { TtftMs = 600, TotalWatts = 1e6 }.Judge(new(500, 50, 100, 10), 0.15);
                disturbed = DriftDetector.Advance(disturbed, late, TimeSpan.FromMinutes(i - jumps[i % jumps.Length]), false, false, options).State;
            }

            return clean == disturbed;
        });

    private static Gen<double> OneOf(params double[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static PowerSample Power(double? watts, double modelled, double scheduled, double cap, bool straddled) => new()
    {
        WattsPerGpu = watts,
        ModelledWatts = modelled,
        ScheduledTokens = scheduled,
        CapWatts = cap is >= 1 and < int.MaxValue ? (int)cap : null,
        IsStraddled = straddled,
    };
}
