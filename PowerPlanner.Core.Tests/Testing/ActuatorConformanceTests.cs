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
    public async Task The_in_memory_fleet_conforms_with_partial_newborn_and_unread_caps([Values] bool fences, [Values] bool countsCaps)
    {
        var time = new SimulatedTime();
        var fleet = Staggered(time, fences, countsCaps);
        var options = Options(fleet);
        options.SettleAsync = _ => Advance(time);
        options.StepAsync = _ => Advance(time, seconds: 5);
        options.SilenceCaps = () =>
        {
            fleet.SilenceCaps(FleetRole.Decode, 1);
            return new Undo(() => fleet.SilenceCaps(FleetRole.Decode, 0));
        };

        await Assert.ThatAsync(() => new ActuatorConformance(fleet, options).RunAllAsync(), Throws.Nothing);
    }

    [Test]
    public async Task A_partial_cap_that_counts_at_its_lowest_is_caught()
    {
        var time = new SimulatedTime();
        var fleet = Staggered(time);
        var actuator = new BrokenActuator(fleet) { OnRead = state => state with { Decode = state.Decode! with { EffectiveCapWatts = state.Decode.CapCounts[0].CapWatts } } };

        await Catches(actuator, time, kit => kit.PartialCapsCountAtTheirHighestAsync(), "[1 at 400 W, 1 at 450 W], UnknownCapReplicas = 0");
    }

    [Test]
    public async Task A_cap_that_was_said_to_be_lowered_everywhere_and_was_not_is_caught()
    {
        var time = new SimulatedTime();
        var fleet = Staggered(time, countsCaps: false);
        var actuator = new BrokenActuator(fleet)
        {
            OnSetCap = async (command, token) => await fleet.SetCapAsync(command, token) with { EffectiveCapWatts = command.CapWatts },
        };

        await Catches(actuator, time, kit => kit.PartialCapsCountAtTheirHighestAsync(), "400 W was said to be in effect on every replica, and then not");
    }

    [Test]
    public async Task Counting_a_cap_twice_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        var actuator = new BrokenActuator(fleet) { OnRead = state => state with { Decode = state.Decode! with { CapCounts = [new CapCount(300, 1), new CapCount(300, 0)] } } };

        await Catches(actuator, kit => kit.ReadsAreConsistentAsync(), "each cap must be counted once");
    }

    [Test]
    public async Task Counting_caps_of_replicas_that_are_not_there_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        var actuator = new BrokenActuator(fleet) { OnRead = state => state with { Decode = state.Decode! with { CapCounts = [new CapCount(300, 1)], UnknownCapReplicas = 1 } } };

        await Catches(actuator, kit => kit.ReadsAreConsistentAsync(), "the caps of 1 replicas are known and those of 1 are not, and there are 1");
    }

    [Test]
    public async Task An_effective_cap_below_one_that_is_counted_is_caught([Values(null, 299, 301)] int? effective)
    {
        var fleet = Fleet(new SimulatedTime());
        var actuator = new BrokenActuator(fleet) { OnRead = state => state with { Decode = state.Decode! with { EffectiveCapWatts = effective, CapCounts = [new CapCount(300, 1)] } } };

        await Catches(actuator, kit => kit.ReadsAreConsistentAsync(), "must be the highest that is counted, 300 W");
    }

    [Test]
    public async Task An_effective_cap_of_replicas_that_are_all_unknown_is_caught()
    {
        var fleet = Fleet(new SimulatedTime());
        var actuator = new BrokenActuator(fleet) { OnRead = state => state with { Decode = state.Decode! with { UnknownCapReplicas = 1 } } };

        await Catches(actuator, kit => kit.ReadsAreConsistentAsync(), "there is no effective cap");
    }

    [Test]
    public async Task A_draining_replica_that_the_answer_leaves_out_is_caught()
    {
        var time = new SimulatedTime();
        var fleet = Staggered(time);
        var actuator = new BrokenActuator(fleet)
        {
            OnSetReplicas = async (command, token) => await fleet.SetReplicasAsync(command, token) with { Ready = command.Replicas, Starting = 0, Terminating = 0, CapCounts = [] },
        };

        await Catches(actuator, time, kit => kit.DrainingReplicasCountUntilTheyAreGoneAsync(), "1 were counted, and then 2");
    }

    [Test]
    public async Task A_draining_replica_that_some_reads_leave_out_is_caught()
    {
        var time = new SimulatedTime();
        var fleet = Staggered(time);
        var reads = 0;
        var actuator = new BrokenActuator(fleet)
        {
            OnRead = state => reads++ % 2 == 0 ? state with { Decode = state.Decode! with { Terminating = 0, CapCounts = [] } } : state,
        };

        await Catches(actuator, time, kit => kit.DrainingReplicasCountUntilTheyAreGoneAsync(), "1 were counted, and then 2");
    }

    [Test]
    public async Task Reporting_what_was_asked_for_where_nothing_can_be_read_is_caught()
    {
        var time = new SimulatedTime();
        var fleet = Staggered(time, countsCaps: false);
        var asked = 0;
        var actuator = new BrokenActuator(fleet)
        {
            OnSetCap = async (command, token) =>
            {
                asked = command.CapWatts;
                return await fleet.SetCapAsync(command, token);
            },
            OnRead = state => state with { Decode = state.Decode! with { EffectiveCapWatts = asked, UnknownCapReplicas = 0 } },
        };

        await Catches(actuator, time, kit => kit.UnreadCapsAreUnknownAsync(), "no replica's is unknown", fleet);
    }

    [Test]
    public async Task Caps_that_stay_unknown_after_they_can_be_read_again_are_caught()
    {
        var time = new SimulatedTime();
        var fleet = Staggered(time);
        var isLost = false;
        var actuator = new BrokenActuator(fleet)
        {
            OnRead = state =>
            {
                isLost |= state.Decode!.UnknownCapReplicas > 0;
                return isLost ? state with { Decode = state.Decode with { EffectiveCapWatts = null, CapCounts = [] } } : state;
            },
        };

        await Catches(actuator, time, kit => kit.UnreadCapsAreUnknownAsync(), "still some are unknown", fleet);
    }

    [Test]
    public async Task A_fence_that_does_not_hold_is_caught()
    {
        var time = new SimulatedTime();
        var actuator = new BrokenActuator(Staggered(time, fences: false)) { Fences = true };

        await Catches(actuator, time, kit => kit.ReplacedCapsDoNotComeBackAsync(), "450 W was replaced by 400 W, which was in effect, and then not any more");
    }

    [Test]
    public async Task Without_a_fence_no_cap_is_replaced_on_its_way()
    {
        var time = new SimulatedTime();
        var fleet = Staggered(time, fences: false);

        await new ActuatorConformance(fleet).ReplacedCapsDoNotComeBackAsync();

        Assert.That(fleet.Commands, Is.Empty);
    }

    [TestCase(true, false)]
    [TestCase(false, true)]
    public async Task Carrying_out_an_older_command_is_caught(bool cap, bool count)
    {
        var fleet = Fleet(new SimulatedTime());
        var revision = 1000L;
        var actuator = new BrokenActuator(fleet)
        {
            OnSetCap = async (command, token) => await fleet.SetCapAsync(cap ? command with { Revision = ++revision } : command, token),
            OnSetReplicas = async (command, token) => await fleet.SetReplicasAsync(count ? command with { Revision = ++revision } : command, token),
        };

        await Catches(actuator, kit => kit.OlderRevisionsHaveNoEffectAsync(), "came late");
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

    // Caps need 10 s and 20 s, replicas 30 s; a step is 5 s.
    private static async Task Catches(BrokenActuator actuator, SimulatedTime time, Func<ActuatorConformance, Task> check, string message, InMemoryFleet? silenced = null)
    {
        var options = new ActuatorConformanceOptions
        {
            SettleAsync = _ => Advance(time),
            StepAsync = _ => Advance(time, seconds: 5),
            SilenceCaps = silenced is null ? null : () =>
            {
                silenced.SilenceCaps(FleetRole.Decode, 1);
                return new Undo(() => silenced.SilenceCaps(FleetRole.Decode, 0));
            },
        };
        await Assert.ThatAsync(() => check(new ActuatorConformance(actuator, options)), Throws.TypeOf<ConformanceException>().With.Message.Contains(message));
    }

    private static InMemoryFleet Staggered(SimulatedTime time, bool fences = true, bool countsCaps = true)
    {
        var role = new InMemoryRole
        {
            Replicas = 1,
            CapWatts = 300,
            StartDelay = TimeSpan.FromSeconds(30),
            DrainDelay = TimeSpan.FromSeconds(30),
            CapDelay = TimeSpan.FromSeconds(10),
            CapStagger = TimeSpan.FromSeconds(10),
            NewbornCap = NewbornCap.Of(600),
            CountsCaps = countsCaps,
            CapLimits = new GpuPowerLimits(200, 700),
        };
        return new InMemoryFleet(new InMemoryFleetSetup { Prefill = role, Decode = role, FencesByRevision = fences }, time);
    }

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

    private static ValueTask Advance(SimulatedTime time, int seconds = 120)
    {
        time.Advance(TimeSpan.FromSeconds(seconds));
        return ValueTask.CompletedTask;
    }

    private sealed class Undo(Action undo) : IDisposable
    {
        public void Dispose() => undo();
    }
}
