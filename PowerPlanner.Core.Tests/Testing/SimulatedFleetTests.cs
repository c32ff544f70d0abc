using PowerPlanner.Control;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Tests.Testing;

internal sealed class SimulatedFleetTests
{
    [Test]
    public void A_cap_below_the_demand_bounds_the_draw_and_lengthens_the_step()
    {
        var fleet = Fleet(Physical with { Events = [new BiasStep(0, FleetSignal.PowerDecode, 1.35)] });

        fleet.Step(0);

        // 486 W under 360 W: 8 ms · 1.35, and 1/(1 − u) with u = 2000/3150 over 52.5/1.35.
        Assert.That(fleet.Truth.ItlMs, Is.EqualTo(10.979).Within(5e-4));
        Assert.That(fleet.Truth.DecodeWattsPerGpu, Is.EqualTo(360));
        Assert.That(fleet.Truth.FleetWatts, Is.EqualTo((7 * 450) + (2 * 360)));
    }

    [Test]
    public void An_aggregated_engine_takes_turns_under_its_one_cap()
    {
        var fleet = Fleet(Turns);

        fleet.Step(0, new OfferedLoad(10, 1000, 200));

        // Prefill, a quarter of the time, wants 600 W under 500 W and takes 1.2 times as long: 1.05 for 1 in all. u = 10 · 1.05/(2 · 10).
        var truth = fleet.Truth;
        Assert.That((truth.CapacityRequestsPerSecond, truth.DecodeUtilization, truth.PrefillUtilization), Is.EqualTo((20 / 1.05, 0.525, 0.525)).Within(1e-9));
        Assert.That((truth.TtftMs, truth.ItlMs), Is.EqualTo((60 / 0.475, 10 / 0.475)).Within(1e-9));
        Assert.That(truth.DecodeWattsPerGpu, Is.EqualTo(((0.3 * 500) + (0.75 * 400)) / 1.05).Within(1e-9));
        Assert.That(truth.FleetWatts, Is.EqualTo(16 * truth.DecodeWattsPerGpu).Within(1e-9));
        Assert.That((fleet.Observation.Prefill, fleet.Observation.Decode), Is.EqualTo(((RoleObservation?)null, (RoleObservation?)null)));
        Assert.That(fleet.Observation.Aggregated, Is.EqualTo(new RoleObservation { PowerWattsPerGpu = truth.DecodeWattsPerGpu, ScheduledTokens = 12_000, ReadyReplicas = 2, MaxBatchedTokens = 8192 }));
    }

    [Test]
    public void Engines_for_both_phases_go_with_no_role_of_one_phase_and_with_physical_equations_only()
    {
        Assert.That(() => Fleet(Turns with { Prefill = Physical.Prefill }), Throws.ArgumentException);
        Assert.That(() => Fleet(Turns with { Prefill = Physical.Prefill, Decode = Physical.Decode }), Throws.ArgumentException);
        Assert.That(() => Fleet(Physical with { Decode = null }), Throws.ArgumentException);
        Assert.That(() => Fleet(Turns with { Aggregated = null }), Throws.ArgumentException);
        Assert.That(() => Fleet(Turns with { Physics = FleetPhysics.Compat }), Throws.ArgumentException.With.Message.Contains("Compat"));
    }

    [Test]
    public void Ranges_and_lost_nodes_reach_aggregated_engines()
    {
        var fleet = Fleet(Turns with { Events = [new CapRangeChange(0, 200, 450), new NodeChange(0, Prefill: -7, Decode: -1)] });

        fleet.Step(0, new OfferedLoad(1, 1000, 200));

        Assert.That((fleet.Machine.State.Aggregated!.EffectiveCapWatts, fleet.Machine.State.Aggregated!.Ready), Is.EqualTo((450, 1)));
    }

    [Test]
    public void The_slower_role_bounds_the_capacity()
    {
        var fleet = Fleet(Physical);

        fleet.Step(0);

        Assert.That(fleet.Truth.CapacityRequestsPerSecond, Is.EqualTo(52.5).Within(1e-9));
    }

    [Test]
    public void Caps_that_are_not_enforced_bound_nothing()
    {
        var fleet = Fleet(Physical with { Events = [new BiasStep(0, FleetSignal.PowerDecode, 1.5), new CapsNotEnforced(0, 10)] });

        fleet.Step(0);

        Assert.That(fleet.Truth.DecodeWattsPerGpu, Is.EqualTo(540));
        Assert.That(fleet.Truth.FleetWatts, Is.EqualTo(4230));
    }

    [Test]
    public void Replicas_that_lose_their_caps_draw_what_they_want_while_the_caps_are_read_back_as_they_were()
    {
        var fleet = Fleet(Physical with
        {
            Decode = TwoEngines,
            Events = [new BiasStep(0, FleetSignal.PowerDecode, 1.5), new CapsLost(0, 1, FleetRole.Decode, Replicas: 1)],
        });

        fleet.Step(0);
        var lost = (fleet.Truth, Charged: fleet.Machine.ChargedWatts, Cap: fleet.Machine.State.Decode!.EffectiveCapWatts, Reading: fleet.Observation.Decode!.PowerWattsPerGpu);
        fleet.Step(1);

        // One GPU draws its 540 W under 700 W, the other 360 W for 1.5 times as long: together 5/6 of the work.
        Assert.That((lost.Truth.DecodeWattsPerGpu, lost.Truth.FleetWatts, lost.Truth.EnforcesCaps), Is.EqualTo((450.0, (7 * 450.0) + 540 + 360, false)));
        Assert.That(lost.Truth.DecodeUtilization, Is.EqualTo(fleet.Truth.DecodeUtilization / 1.5 * 1.2).Within(1e-9));
        Assert.That((lost.Charged, lost.Cap, lost.Reading), Is.EqualTo((fleet.Machine.ChargedWatts + 340, (int?)360, (double?)450)));
        Assert.That((fleet.Truth.DecodeWattsPerGpu, fleet.Truth.EnforcesCaps), Is.EqualTo((360.0, true)));
    }

    [Test]
    public void Caps_that_are_not_read_hold()
    {
        var fleet = Fleet(Physical with { Decode = TwoEngines, Events = [new BiasStep(0, FleetSignal.PowerDecode, 1.5), new CapsUnread(0, 1, FleetRole.Decode)] });

        fleet.Step(0);
        var unread = fleet.Machine.State.Decode!;
        fleet.Step(1);

        Assert.That((unread.EffectiveCapWatts, unread.UnknownCapReplicas), Is.EqualTo(((int?)null, 2)));
        Assert.That((fleet.Machine.State.Decode!.EffectiveCapWatts, fleet.Truth.DecodeWattsPerGpu), Is.EqualTo(((int?)360, 360.0)));
    }

    [Test]
    public async Task Replicas_under_different_caps_draw_each_at_its_own()
    {
        var time = new SimulatedTime();
        var fleet = new SimulatedFleet(Physical with { Decode = TwoEngines with { CapDelay = TimeSpan.FromSeconds(30), CapStagger = TimeSpan.FromSeconds(60) }, Events = [new BiasStep(0, FleetSignal.PowerDecode, 1.5)] }, time);

        await fleet.SetCapAsync(new SetCapCommand(FleetRole.Decode, 300, 1), default);
        time.Advance(TimeSpan.FromSeconds(60));
        fleet.Step(0);

        Assert.That((fleet.Truth.DecodeWattsPerGpu, fleet.Truth.FleetWatts), Is.EqualTo((330.0, (7 * 450.0) + 660)));
    }

    [Test]
    public void An_idle_fleet_draws_its_idle_power()
    {
        var fleet = Fleet(Physical with { Load = LoadProfile.Constant(0) });

        fleet.Step(0);

        Assert.That(fleet.Truth.FleetWatts, Is.EqualTo(9 * 70).Within(1e-9));
        Assert.That(fleet.Observation.Prefill!.ScheduledTokens, Is.Zero);
    }

    [Test]
    public async Task Replicas_that_start_draw_and_do_not_serve()
    {
        var time = new SimulatedTime();
        var fleet = new SimulatedFleet(Physical with { Prefill = Physical.Prefill! with { StartDelay = TimeSpan.FromSeconds(90) } }, time);

        await fleet.SetReplicasAsync(new SetReplicasCommand(FleetRole.Prefill, 8, 1), default);
        time.Advance(TimeSpan.FromSeconds(60));
        fleet.Step(0);

        Assert.That(fleet.Truth.FleetWatts, Is.EqualTo((7 * 450) + 450 + (2 * 360)));
        Assert.That(fleet.Observation.Prefill!.ReadyReplicas, Is.EqualTo(7));
        Assert.That(fleet.Truth.IsSettled, Is.False);
    }

    [Test]
    public void An_outage_is_absent_and_not_zero()
    {
        var fleet = Fleet(Physical with { Events = [new MetricsOutage(1, 1, [])] });

        fleet.Step(0);
        fleet.Step(1);

        var observation = fleet.Observation;
        Assert.That((observation.TtftMs, observation.ItlMs, observation.Requests, observation.TokensPerSecond, observation.TotalWatts, observation.Decode!.PowerWattsPerGpu), Is.EqualTo(default((double?, double?, double?, double?, double?, double?))));
    }

    [Test]
    public void Lagged_readings_are_those_of_earlier_ticks()
    {
        var fleet = Fleet(Physical with { Load = LoadProfile.Ramp(0, 1000, 0, 10), Events = [new MetricsLag(5, 5, 3)] });

        for (var tick = 0; tick <= 5; tick++)
        {
            fleet.Step(tick);
        }

        Assert.That(fleet.Observation.TokensPerSecond, Is.EqualTo(200).Within(1e-9));
        Assert.That(fleet.Observation.Age, Is.Null);
    }

    [Test]
    public void A_mixed_window_says_how_long_it_was()
    {
        var setup = Physical with
        {
            Engines = Physical.Engines with { DecodeWatts = 425 },
            Decode = Physical.Decode! with { CapWatts = 425 },
            Events = [new CapRangeChange(1, 200, 250), new WindowCross(2, FleetSignal.PowerDecode, 0)],
        };
        var fleet = Fleet(setup);

        fleet.Step(0);
        fleet.Step(1);
        fleet.Step(2);

        Assert.That(fleet.Observation.Decode!.PowerWattsPerGpu, Is.EqualTo(365.5).Within(1e-9));
        Assert.That(fleet.Observation.Duration, Is.EqualTo(TimeSpan.FromSeconds(60) / 0.34));
    }

    [Test]
    public void The_same_seed_gives_the_same_run_to_the_last_bit()
    {
        var first = Ttfts(7);

        Assert.That(Ttfts(7), Is.EqualTo(first));
    }

    [Test]
    public void Another_seed_gives_another_run() => Assert.That(Ttfts(7), Is.Not.EqualTo(Ttfts(8)));

    [Test]
    public void Noise_on_one_signal_moves_no_other() =>
        Assert.That(
            Ttfts(7, FleetNoise.Default with { PowerDecode = default, PowerPrefill = SignalNoise.Uniform(0.1), Itl = SignalNoise.Autoregressive(0.8, 0.1) }),
            Is.EqualTo(Ttfts(7)));

    [Test]
    public void Gaussian_noise_has_its_spread_and_is_cut_at_three_of_them()
    {
        var ratios = Ttfts(7, FleetNoise.Default, 5000).Select(ttft => (ttft / Ttfts(7, FleetNoise.None, 1)[0]) - 1).ToArray();

        Assert.That(ratios.Average(), Is.EqualTo(0).Within(0.003));
        Assert.That(Math.Sqrt(ratios.Select(ratio => ratio * ratio).Average()), Is.EqualTo(0.05).Within(0.002));
        Assert.That(ratios.Select(Math.Abs).Max(), Is.LessThan(0.17));
    }

    private static SimulatedFleetSetup Physical => new()
    {
        Engines = new EngineConstants
        {
            TtftMs = 120,
            ItlMs = 8,
            PrefillWatts = 450,
            DecodeWatts = 360,
            NameplateWatts = 700,
            PrefillRequestsPerSecond = 1000 / 120.0,
            DecodeRequestsPerSecond = 52.5,
        },
        Prefill = new InMemoryRole { Replicas = 7, CapWatts = 450, CapLimits = new GpuPowerLimits(200, 700) },
        Decode = new InMemoryRole { Replicas = 1, GpusPerReplica = 2, CapWatts = 360, CapLimits = new GpuPowerLimits(200, 700) },
    };

    private static InMemoryRole TwoEngines { get; } = new() { Replicas = 2, CapWatts = 360, CapLimits = new GpuPowerLimits(200, 700) };

    private static SimulatedFleetSetup Turns => new()
    {
        Engines = new EngineConstants
        {
            TtftMs = 50,
            ItlMs = 10,
            PrefillWatts = 600,
            DecodeWatts = 400,
            NameplateWatts = 700,
            PrefillRequestsPerSecond = 10,
            DecodeRequestsPerSecond = 10,
            PrefillTimeShare = 0.25,
        },
        Aggregated = new InMemoryRole { Replicas = 2, GpusPerReplica = 8, CapWatts = 500 },
    };

    private static SimulatedFleet Fleet(SimulatedFleetSetup setup) => new(setup, new SimulatedTime());

    private static double[] Ttfts(ulong seed, FleetNoise? noise = null, int ticks = 50)
    {
        // Under the physical equations noise of the demand lengthens steps that it pushes above their cap.
        var fleet = Fleet(Physical with { Physics = FleetPhysics.Compat, Seed = seed, Noise = noise ?? FleetNoise.Default, Load = LoadProfile.Constant(1) });
        return [.. Enumerable.Range(0, ticks).Select(tick =>
        {
            fleet.Step(tick);
            return fleet.Truth.TtftMs;
        })];
    }
}
