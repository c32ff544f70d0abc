using PowerPlanner.Control;
using PowerPlanner.Power;
using PowerPlanner.Testing.Conformance;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Tests.Testing;

/// <summary>The kit lets a right actuator pass and names what a wrong one breaks.</summary>
internal sealed class ActuatorConformanceTests
{
    [Test]
    public async Task The_in_memory_fleet_conforms()
    {
        var fleet = Fleet(new SimulatedTime());

        await Assert.ThatAsync(() => new ActuatorConformance(fleet, Options(fleet)).RunAllAsync(), Throws.Nothing);
    }

    [Test]
    public async Task The_in_memory_fleet_conforms_with_delays()
    {
        var time = new SimulatedTime();
        var fleet = Fleet(time, TimeSpan.FromSeconds(60));
        var options = Options(fleet);
        options.SettleAsync = _ =>
        {
            time.Advance(TimeSpan.FromMinutes(2));
            return ValueTask.CompletedTask;
        };

        await Assert.ThatAsync(() => new ActuatorConformance(fleet, options).RunAllAsync(), Throws.Nothing);
    }

    [Test]
    public async Task Answering_with_what_was_asked_for_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        var actuator = new BrokenActuator(fleet)
        {
            OnSetCap = (command, _) => Task.FromResult(fleet.State.Decode! with { EffectiveCapWatts = command.CapWatts, Revision = command.Revision }),
        };

        await Catches(actuator, kit => kit.CapsTakeEffectAsync(), "the read after it says");
    }

    [Test]
    public async Task A_command_that_adds_instead_of_sets_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        var actuator = new BrokenActuator(fleet)
        {
            OnSetReplicas = async (command, token) => await fleet.SetReplicasAsync(command with { Replicas = fleet.State.Decode!.Ready + command.Replicas }, token),
        };

        await Catches(actuator, kit => kit.CountsTakeEffectAsync(), "were asked for");
    }

    [Test]
    public async Task Restarting_replicas_on_every_command_is_caught()
    {
        var time = new SimulatedTime();
        var fleet = Fleet(time, TimeSpan.FromSeconds(60));
        var actuator = new BrokenActuator(fleet)
        {
            OnSetReplicas = async (command, token) =>
            {
                await fleet.SetReplicasAsync(command with { Replicas = 0 }, token);
                return await fleet.SetReplicasAsync(command, token);
            },
        };

        var settled = new ActuatorConformanceOptions { SettleAsync = _ => Advance(time) };
        await Assert.ThatAsync(() => new ActuatorConformance(actuator, settled).RepeatingChangesNothingAsync(), Throws.TypeOf<ConformanceException>());
    }

    [Test]
    public async Task Capping_both_roles_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        var actuator = new BrokenActuator(fleet)
        {
            OnSetCap = async (command, token) =>
            {
                await fleet.SetCapAsync(command with { Role = FleetRole.Prefill }, token);
                return await fleet.SetCapAsync(command, token);
            },
        };

        await Catches(actuator, kit => kit.RolesAreIndependentAsync(), "Prefill changed");
    }

    [Test]
    public async Task Reporting_the_cap_that_was_asked_for_outside_the_range_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        var asked = 0;
        var actuator = new BrokenActuator(fleet)
        {
            OnSetCap = async (command, token) =>
            {
                asked = command.CapWatts;
                return await fleet.SetCapAsync(command, token);
            },
            OnRead = state => asked == 0 ? state : state with { Decode = state.Decode! with { EffectiveCapWatts = asked } },
        };

        await Catches(actuator, kit => kit.CapsOutsideTheRangeAreReportedAsAppliedAsync(), "expected 700 W");
    }

    [Test]
    public async Task Refusing_with_another_exception_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        var actuator = new BrokenActuator(fleet) { OnSetThresholds = (_, _) => throw new KeyNotFoundException("no such frontend") };

        await Catches(actuator, kit => kit.UnknownFrontendsAreRefusedAsync(), nameof(KeyNotFoundException));
    }

    [Test]
    public async Task Carrying_out_a_refused_command_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        var isRefusing = false;
        var actuator = new BrokenActuator(fleet)
        {
            OnSetCap = async (command, token) =>
            {
                var answer = await fleet.SetCapAsync(command, token);
                return isRefusing ? throw new CommandRefusedException("denied") : answer;
            },
        };
        var options = new ActuatorConformanceOptions
        {
            RefuseCaps = () =>
            {
                isRefusing = true;
                return new Undo(() => isRefusing = false);
            },
        };

        await Assert.ThatAsync(
            () => new ActuatorConformance(actuator, options).RefusedCommandsChangeNothingAsync(),
            Throws.TypeOf<ConformanceException>().With.Message.Contains("A cap was refused"));
    }

    [Test]
    public async Task Ignoring_cancellation_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        var actuator = new BrokenActuator(fleet) { OnSetCap = async (command, _) => await fleet.SetCapAsync(command, default) };

        await Catches(actuator, kit => kit.CancellationIsHonouredAsync(), "as if nothing were the matter");
    }

    [Test]
    public async Task A_revision_that_goes_back_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        var reads = 0L;
        var actuator = new BrokenActuator(fleet) { OnRead = state => state with { Decode = state.Decode! with { Revision = Math.Max(1, 2 - reads++) } } };

        await Catches(actuator, kit => kit.RevisionsNeverGoBackAsync(), "was reported after");
    }

    [Test]
    public async Task Clearing_a_threshold_that_was_not_sent_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        var actuator = new BrokenActuator(fleet)
        {
            OnRead = state => state with
            {
                Frontends = [.. state.Frontends.Select(frontend => frontend with { Thresholds = frontend.Thresholds is { } had ? had with { PrefillTokensThreshold = 0 } : null })],
            },
        };

        await Catches(actuator, kit => kit.AbsentThresholdsAreKeptAsync(), "4096");
    }

    [Test]
    public async Task Writing_thresholds_to_every_frontend_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        var actuator = new BrokenActuator(fleet)
        {
            OnSetThresholds = async (command, token) =>
            {
                await fleet.SetThresholdsAsync(command with { Frontend = "f3" }, token);
                return await fleet.SetThresholdsAsync(command, token);
            },
        };

        await Catches(actuator, kit => kit.FrontendsAcknowledgeAsync(), "'f3' changed");
    }

    [Test]
    public async Task A_hanging_call_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.Hang, Target = FleetFaultTarget.Reads });
        var options = new ActuatorConformanceOptions { CallTimeout = TimeSpan.FromMilliseconds(20) };

        await Assert.ThatAsync(
            () => new ActuatorConformance(fleet, options).ReadsAreConsistentAsync(),
            Throws.TypeOf<ConformanceException>().With.Message.Contains("took longer"));
    }

    [Test]
    [Property("Rule", "LIB-4.3-b")]
    public async Task A_source_that_answers_zeros_for_nothing_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        fleet.SetObservation(new Observation { Prefill = new RoleObservation { PowerWattsPerGpu = 0 } });

        await Assert.ThatAsync(
            () => new MetricsSourceConformance(fleet).AbsentIsNotZeroAsync(),
            Throws.TypeOf<ConformanceException>().With.Message.Contains("Prefill.PowerWattsPerGpu is 0"));
    }

    [Test]
    public async Task A_source_that_answers_impossible_values_is_caught([Values(double.NaN, -1, double.PositiveInfinity, 0)] double ttftMs)
    {
        var fleet = Fleet(new SimulatedTime());
        fleet.SetObservation(new Observation { TtftMs = ttftMs });

        await Assert.ThatAsync(
            () => new MetricsSourceConformance(fleet).ValuesArePossibleAsync(),
            Throws.TypeOf<ConformanceException>().With.Message.Contains("TtftMs"));
    }

    [Test]
    public async Task The_in_memory_fleet_conforms_as_a_source()
    {
        var fleet = Fleet(new SimulatedTime());
        var kit = new MetricsSourceConformance(fleet);

        await Assert.ThatAsync(() => kit.AbsentIsNotZeroAsync(), Throws.Nothing);
        await Assert.ThatAsync(() => kit.CancellationIsHonouredAsync(), Throws.Nothing);
        fleet.SetObservation(new Observation { Requests = 0, TtftMs = 120, ItlMs = 8, Duration = TimeSpan.FromSeconds(60) });
        await Assert.ThatAsync(() => kit.ValuesArePossibleAsync(), Throws.Nothing);
    }

    private static async Task Catches(BrokenActuator actuator, Func<ActuatorConformance, Task> check, string message) =>
        await Assert.ThatAsync(() => check(new ActuatorConformance(actuator)), Throws.TypeOf<ConformanceException>().With.Message.Contains(message));

    private static ActuatorConformanceOptions Options(InMemoryFleet fleet) => new()
    {
        RefuseCaps = () =>
        {
            var fault = new FleetFault { Kind = FleetFaultKind.Refuse, Target = FleetFaultTarget.Caps };
            fleet.Inject(fault);
            return new Undo(() => fleet.Remove(fault));
        },
    };

    private static InMemoryFleet Fleet(SimulatedTime time, TimeSpan delay = default) => new(
        new InMemoryFleetSetup
        {
            Prefill = new InMemoryRole { Replicas = 1, CapWatts = 300, StartDelay = delay, DrainDelay = delay, CapLimits = new GpuPowerLimits(200, 700) },
            Decode = new InMemoryRole { Replicas = 1, CapWatts = 300, StartDelay = delay, DrainDelay = delay, CapLimits = new GpuPowerLimits(200, 700) },
        },
        time);

    private static ValueTask Advance(SimulatedTime time)
    {
        time.Advance(TimeSpan.FromMinutes(2));
        return ValueTask.CompletedTask;
    }

    private sealed class Undo(Action undo) : IDisposable
    {
        public void Dispose() => undo();
    }
}
