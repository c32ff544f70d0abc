using System.Text.Json;
using CsCheck;
using PowerPlanner.Feedback;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Feedback;

/// <summary>What lying readings can do to a coefficient, and how it comes back from wherever they left it.</summary>
internal sealed class PlausibilityPropertyTests
{
    private const double Modelled = 300;
    private const double LargestStep = 0.3 + 1e-12;

    private static readonly FeedbackOptions Options = new();

    private static readonly Gen<double> GenTruth = Gen.Double[0.5, 2];

    private static readonly Gen<double> GenWatts = Gen.Frequency(
        (6, Gen.Double[0, 3000]),
        (1, Gen.Int[0, 7].Select(i => ((double[])[0, -1, 1e-300, 1e300, double.MaxValue, double.NaN, double.PositiveInfinity, double.Epsilon])[i])));

    // Whatever a window may say of a side's power, a third of it near its cap.
    private static readonly Gen<PowerSample> GenAnyPower = Gen.Select(
        Gen.OneOf(GenWatts, Gen.Double[230, 270], Gen.Double[150, 600]), Gen.Int[0, 9], Gen.Int[0, 5], Gen.Bool, Gen.Int[0, 9],
        (watts, cap, tokens, isHeld, odd) => new PowerSample
        {
            WattsPerGpu = odd == 0 ? null : watts,
            ScheduledTokens = tokens,
            ModelledWatts = Modelled,
            CapWatts = cap == 0 ? null : cap < 5 ? 250 : 150 + (cap * 50),
            IsHeldBelowDemand = isHeld,
            IsStraddled = odd == 1,
            IsProbing = odd == 2,
            IsModelInvalid = odd == 3,
        });

    // Every state that readings, silences and new bases can lead to.
    private static readonly Gen<CorrectionState> GenReachable = Gen.Select(GenTruth, GenAnyPower.Array[0, 30], GenWatts.Array[0, 30], Gen.Int[0, 100], Gen.Double[0.3, 3]).Select((initial, powers, latencies, silence, factor) =>
    {
        var state = CorrectionState.Start(new(initial, initial, initial, initial, initial));
        foreach (var power in powers)
        {
            state = Update(state, new() { PowerDecode = power });
        }

        for (var i = 0; i < latencies.Length; i++)
        {
            state = Update(state, new() { Requests = 1, Itl = new(latencies[i], Modelled, i % 5 == 4) { IsSaturated = i % 2 == 0 } });
        }

        for (var i = 0; i < silence; i++)
        {
            state = Update(state, default);
        }

        return factor > 1 ? state.Rebase(CorrectionKind.PowerDecode, factor, 1).Rebase(CorrectionKind.Itl, 1, factor) : state;
    });

    [Test]
    public void A_lying_reading_in_a_settled_stream_moves_nothing() =>
        Gen.Select(GenTruth, Gen.Int[0, 6], GenAnyPower, Gen.Int[2, 20]).Holds((truth, kind, lie, at) =>
        {
            var (state, honest) = Settled(truth, kind);
            for (var i = 0; i < 30; i++)
            {
                var before = state.PowerDecode.Value;
                state = state.Update(new() { PowerDecode = i == at ? lie : honest }, TimeSpan.Zero, Options, out var events);
                if (Math.Abs(state.PowerDecode.Value - before) > Slack(i >= at) || events != CorrectionEvents.None)
                {
                    return false;
                }
            }

            return true;

            // A bound that is not contradicted lets a fiftieth of the belief beyond it fade, no more.
            static double Slack(bool hasLied) => hasLied ? 0.02 * 1.5 : 1e-9;
        }, iter: 5000);

    [Test]
    public void A_lying_demand_in_a_settled_stream_of_demand_leaves_the_coefficient_where_it_is() =>
        Gen.Select(GenTruth, GenWatts, Gen.Int[2, 20]).Holds((truth, lie, at) =>
        {
            var state = CorrectionState.Start(Corrections.None with { PowerDecode = truth });
            for (var i = 0; i < 30; i++)
            {
                state = Update(state, new() { PowerDecode = Demand(i == at ? lie : truth * Modelled) });
            }

            return Math.Abs(state.PowerDecode.Value - truth) < 1e-9;
        }, iter: 2000);

    [Test]
    public void No_reading_moves_any_reachable_coefficient_by_more_than_three_tenths_nor_out_of_its_range() =>
        Gen.Select(GenReachable, GenAnyPower, GenWatts, Gen.Bool).Holds((state, power, latency, isSaturated) =>
        {
            var next = Update(state, new() { Requests = 1, Itl = new(latency, Modelled, false) { IsSaturated = isSaturated }, PowerDecode = power });

            return Math.Abs(next.PowerDecode.Value - state.PowerDecode.Value) <= LargestStep && Math.Abs(next.Itl.Value - state.Itl.Value) <= LargestStep
                && next.PowerDecode.Value is >= 0.5 and <= 2 && next.Itl.Value is >= 0.5 and <= 2;
        }, iter: 20_000);

    [Test]
    public void Two_lies_among_three_readings_move_it_by_at_most_six_tenths_and_raise_no_alarm_that_stays() =>
        Gen.Select(GenTruth, GenWatts, GenWatts, Gen.Int[0, 2], Gen.Int[0, 10]).Holds((truth, first, second, pattern, settled) =>
        {
            // Settled for 0 to 10 windows before: a fresh coefficient is bounded alike.
            var honest = truth * Modelled;
            double[] three = pattern switch { 0 => [first, second, honest], 1 => [first, honest, second], _ => [honest, first, second] };
            double[] readings = [.. Enumerable.Repeat(honest, settled), .. three, .. Enumerable.Repeat(honest, 20)];
            var state = CorrectionState.Start(Corrections.None with { PowerDecode = truth });
            foreach (var watts in readings)
            {
                state = Update(state, new() { PowerDecode = Demand(watts) });
                if (Math.Abs(state.PowerDecode.Value - truth) > 2 * LargestStep)
                {
                    return false;
                }
            }

            return Math.Abs(state.PowerDecode.Value - truth) < 0.01 && (!state.PowerDecode.IsPegged || truth is < 0.51 or > 1.99);
        }, iter: 20_000);

    [Test]
    public void One_reading_never_pegs_a_coefficient_that_two_others_bear_out_nor_one_that_is_a_step_from_its_bound() =>
        Gen.Select(GenTruth, GenWatts, Gen.Bool).Holds((initial, watts, isBorneOut) =>
        {
            var start = isBorneOut ? initial : Math.Clamp(initial, 0.81, 1.69);
            var state = CorrectionState.Start(Corrections.None with { PowerDecode = start });
            for (var i = 0; i < 2 && isBorneOut; i++)
            {
                state = Update(state, new() { PowerDecode = Demand(start * Modelled) });
            }

            return !Update(state, new() { PowerDecode = Demand(watts) }).PowerDecode.IsPegged;
        }, iter: 2000);

    [Test]
    public void A_reading_never_moves_it_away_from_itself_nor_past_itself() =>
        Gen.Select(GenReachable, GenTruth).Holds((state, ratio) =>
        {
            var next = Update(state, new() { Requests = 1, Itl = new(ratio * Modelled, Modelled, false) }).Itl.Value;

            return next >= Math.Min(state.Itl.Value, ratio) - 1e-9 && next <= Math.Max(state.Itl.Value, ratio) + 1e-9;
        }, iter: 5000);

    [Test]
    public void From_every_reachable_state_honest_demand_is_learnt_within_twenty_windows() =>
        Gen.Select(GenReachable, GenTruth, Gen.Bool).Holds((state, truth, isHeld) =>
            Learns(state, truth, 20, Demand(truth * Modelled) with { CapWatts = isHeld ? 700 : null, IsHeldBelowDemand = isHeld }), iter: 5000);

    [Test]
    public void From_every_reachable_state_honest_demand_under_a_cap_meant_to_hold_is_learnt_within_twenty_windows() =>
        Gen.Select(GenReachable, Gen.Double[0.5, 0.79], Gen.Bool).Holds((state, truth, isAbove) =>
        {
            // 250 W: what the work wants is clear of the cap, or the cap does not hold.
            var actual = isAbove ? truth + 0.5 : truth;
            return Learns(state, actual, 20, Demand(actual * Modelled) with { CapWatts = 250, IsHeldBelowDemand = true });
        }, iter: 5000);

    [Test]
    public void From_every_reachable_state_a_side_at_its_uncapped_cap_is_learnt_up_to_its_cap_within_240_windows() =>
        Gen.Select(GenReachable, Gen.Double[0.5, 2], Gen.Double[0.985, 1.04]).Holds((state, shown, meter) =>
        {
            // Whatever the work wants above the cap, the cap is what can be seen; the meter errs a little.
            var cap = (int)(shown * Modelled);
            for (var i = 0; i < 240; i++)
            {
                state = Update(state, new() { PowerDecode = Demand(cap * meter) with { CapWatts = cap } });
            }

            return state.PowerDecode.Value >= Math.Clamp(cap * Math.Min(meter, 1) / Modelled, 0.5, 2) * 0.95 && state.PowerDecode.Value <= Math.Max(0.5, cap * Math.Max(meter, 1) / Modelled) * 1.05;
        }, iter: 2000);

    [Test]
    public void From_every_reachable_state_a_held_side_is_believed_to_want_at_least_its_cap_within_twenty_windows() =>
        Gen.Select(GenReachable, Gen.Double[0.5, 1.9]).Holds((state, shown) =>
        {
            var cap = (int)(shown * Modelled);
            var before = state.PowerDecode.Value;
            for (var i = 0; i < 20; i++)
            {
                state = Update(state, new() { PowerDecode = Demand(cap) with { CapWatts = cap, IsHeldBelowDemand = true } });
            }

            return state.PowerDecode.Value >= cap / Modelled * 0.95 && state.PowerDecode.Value >= before - 1e-12;
        }, iter: 2000);

    [Test]
    public void From_every_reachable_state_honest_latencies_are_learnt_within_twenty_windows() =>
        Gen.Select(GenReachable, GenTruth).Holds((state, truth) =>
        {
            for (var i = 0; i < 20; i++)
            {
                state = Update(state, new() { Requests = 1, Itl = new(truth * Modelled, Modelled, false) });
            }

            return Math.Abs(state.Itl.Value - truth) <= 0.05 * truth;
        }, iter: 5000);

    [Test]
    public void From_every_reachable_state_a_saturated_side_is_thought_no_slower_than_it_looks_within_twenty_windows() =>
        Gen.Select(GenReachable, GenTruth, Gen.Double[1, 10]).Holds((state, truth, queue) =>
        {
            // The queue comes and goes: every second window it adds to the latency.
            var before = state.Itl.Value;
            for (var i = 0; i < 40; i++)
            {
                state = Update(state, new() { Requests = 1, Itl = new(truth * (i % 2 == 0 ? 1 : queue) * Modelled, Modelled, false) { IsSaturated = true } });
            }

            return state.Itl.Value <= truth * queue * 1.05 && state.Itl.Value <= before + 1e-12 && (queue > 1.01 || state.Itl.Value <= truth * 1.07);
        }, iter: 5000);

    [Test]
    public void From_every_reachable_state_silence_leads_back_to_the_initial_value_within_five_hours() =>
        GenReachable.Holds(state =>
        {
            for (var i = 0; i < 300; i++)
            {
                state = Update(state, default);
            }

            return Math.Abs(state.PowerDecode.Value - state.PowerDecode.Initial) <= 0.05 * state.PowerDecode.Initial
                && Math.Abs(state.Itl.Value - state.Itl.Initial) <= 0.05 * state.Itl.Initial;
        }, iter: 2000);

    [Test]
    public void Lies_in_less_than_a_third_of_the_windows_never_take_it_further_than_one_step()
    {
        // No two of three readings in a row lie. Without noise the truth always has the majority.
        Gen.Select(GenTruth, GenWatts.Array[30], Gen.Int[0, 2]).Holds((truth, lies, phase) =>
        {
            var state = CorrectionState.Start(Corrections.None with { PowerDecode = truth });
            for (var i = 0; i < 90; i++)
            {
                state = Update(state, new() { PowerDecode = Demand(i % 3 == phase ? lies[i / 3] : truth * Modelled) });
                if (Math.Abs(state.PowerDecode.Value - truth) > LargestStep)
                {
                    return false;
                }
            }

            return Math.Abs(state.PowerDecode.Value - truth) < 0.01;
        }, iter: 2000);
    }

    [Test]
    public void Every_reachable_state_survives_a_snapshot() =>
        GenReachable.Holds(state => JsonSerializer.Deserialize<CorrectionState>(JsonSerializer.Serialize(state)) == state);

    private static bool Learns(CorrectionState state, double truth, int windows, PowerSample sample)
    {
        for (var i = 0; i < windows; i++)
        {
            state = Update(state, new() { PowerDecode = sample });
        }

        return Math.Abs(state.PowerDecode.Value - truth) <= 0.05 * truth;
    }

    // Streams in which nothing moves any more: demand, with a cap above it or none; at the cap; held below what is wanted.
    private static (CorrectionState State, PowerSample Honest) Settled(double truth, int kind)
    {
        var honest = kind switch
        {
            0 or 1 => Demand(truth * Modelled),
            2 or 3 => Demand(truth * Modelled) with { CapWatts = 700 },
            4 => Demand(Math.Ceiling(truth * Modelled)) with { CapWatts = (int)Math.Ceiling(truth * Modelled) },
            _ => Demand(0.8 * Math.Floor(truth * Modelled)) with { CapWatts = (int)(0.8 * Math.Floor(truth * Modelled)), IsHeldBelowDemand = true },
        };
        var state = CorrectionState.Start(Corrections.None with { PowerDecode = kind == 4 ? Math.Min(2, Math.Ceiling(truth * Modelled) / Modelled) : truth });
        for (var i = 0; i < 3; i++)
        {
            state = Update(state, new() { PowerDecode = honest });
        }

        return (state, honest);
    }

    private static PowerSample Demand(double watts) => new() { WattsPerGpu = watts, ScheduledTokens = 1, ModelledWatts = Modelled };

    private static CorrectionState Update(in CorrectionState state, in CorrectionSample sample) => state.Update(sample, TimeSpan.Zero, Options, out _);
}
