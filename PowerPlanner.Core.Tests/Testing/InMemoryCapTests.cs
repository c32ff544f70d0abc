using PowerPlanner.Control;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Tests.Testing;

/// <summary>Caps of a fleet in memory, replica by replica: on their way, unread, of newborns, lost.</summary>
internal sealed class InMemoryCapTests
{
    private static readonly TimeSpan Ten = TimeSpan.FromSeconds(10);
    private readonly SimulatedTime _time = new();

    [Test]
    public async Task A_cap_reaches_one_replica_after_the_other()
    {
        var fleet = Fleet(Staggered);

        await fleet.SetCapAsync(Cap(400, 1), default);
        var sent = State(fleet);
        _time.Advance(Ten);
        var first = State(fleet);
        _time.Advance(2 * Ten);
        var all = State(fleet);

        Assert.That((sent.EffectiveCapWatts, sent.CapCounts), Is.EqualTo(((int?)500, new[] { new CapCount(500, 3) })));
        Assert.That((first.EffectiveCapWatts, first.CapCounts), Is.EqualTo(((int?)500, new[] { new CapCount(400, 1), new CapCount(500, 2) })));
        Assert.That((all.EffectiveCapWatts, all.CapCounts), Is.EqualTo(((int?)400, new[] { new CapCount(400, 3) })));
    }

    [Test]
    public async Task Each_replica_is_charged_at_its_own_cap()
    {
        var fleet = Fleet(Staggered);

        await fleet.SetCapAsync(Cap(400, 1), default);
        _time.Advance(2 * Ten);

        Assert.That((fleet.ChargedWatts, fleet.PeakWatts), Is.EqualTo((1300, 1500)));
    }

    [Test]
    public async Task Caps_are_not_counted_unless_they_are_to_be()
    {
        var fleet = Fleet(Staggered with { CountsCaps = false });

        await fleet.SetCapAsync(Cap(400, 1), default);
        _time.Advance(Ten);

        Assert.That((State(fleet).CapCounts.IsEmpty, State(fleet).EffectiveCapWatts), Is.EqualTo((true, (int?)500)));
    }

    [TestCase(true, 1500)]
    [TestCase(false, 2100)]
    public async Task A_cap_that_is_replaced_on_its_way_is_void_only_where_revisions_fence(bool fences, int peakWatts)
    {
        var fleet = Fleet(Staggered with { CapStagger = default }, fences);

        await fleet.SetCapAsync(Cap(700, 1), default);
        _time.Advance(Ten / 2);
        await fleet.SetCapAsync(Cap(400, 2), default);
        _time.Advance(10 * Ten);

        Assert.That((fleet.FencesByRevision, fleet.ChargedWatts, fleet.PeakWatts), Is.EqualTo((fences, 1200, peakWatts)));
    }

    [Test]
    public async Task Asking_again_for_a_cap_on_its_way_does_not_put_it_off()
    {
        var fleet = Fleet(Staggered with { CapStagger = default });

        await fleet.SetCapAsync(Cap(400, 1), default);
        _time.Advance(Ten * 0.9);
        await fleet.SetCapAsync(Cap(400, 2), default);
        _time.Advance(Ten * 0.1);

        Assert.That(State(fleet).EffectiveCapWatts, Is.EqualTo(400));
        Assert.That(fleet.Commands.Select(command => command.Outcome), Is.EqualTo(new[] { CommandOutcome.Applied, CommandOutcome.NoChange }));
    }

    [Test]
    public async Task Newborn_replicas_have_a_cap_of_their_own_until_the_commanded_one_comes()
    {
        var fleet = Fleet(Staggered with { NewbornCap = NewbornCap.Of(650), StartDelay = 6 * Ten });

        await fleet.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 5, 1), default);
        var born = State(fleet);
        _time.Advance(4 * Ten);
        var partly = State(fleet);
        _time.Advance(Ten);

        Assert.That((born.EffectiveCapWatts, born.Starting, born.NewbornCap), Is.EqualTo(((int?)650, 2, NewbornCap.Of(650))));
        Assert.That(partly.CapCounts, Is.EqualTo(new[] { new CapCount(500, 4), new CapCount(650, 1) }));
        Assert.That((fleet.PeakWatts, fleet.ChargedWatts), Is.EqualTo((2800, 2500)));
    }

    [Test]
    public async Task Newborn_replicas_under_an_unknown_cap_have_the_highest_and_report_none()
    {
        var fleet = Fleet(Staggered with { NewbornCap = NewbornCap.Unknown });

        await fleet.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 4, 1), default);
        var born = State(fleet);
        _time.Advance(4 * Ten);
        var grown = State(fleet);

        Assert.That((born.EffectiveCapWatts, born.UnknownCapReplicas, born.CapCounts), Is.EqualTo(((int?)500, 1, new[] { new CapCount(500, 3) })));
        Assert.That((grown.UnknownCapReplicas, grown.CapCounts), Is.EqualTo((0, new[] { new CapCount(500, 4) })));
        Assert.That(fleet.PeakWatts, Is.EqualTo(2200));
    }

    [Test]
    public async Task Without_delay_newborn_replicas_have_the_commanded_cap_at_once()
    {
        var fleet = Fleet(Staggered with { NewbornCap = NewbornCap.Unknown, CapDelay = default, CapStagger = default });

        var answer = await fleet.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 4, 1), default);

        Assert.That((answer.UnknownCapReplicas, fleet.PeakWatts), Is.EqualTo((0, 2000)));
    }

    [Test]
    public void Silent_replicas_count_as_unknown_and_keep_their_caps()
    {
        var fleet = Fleet(Staggered);

        fleet.SilenceCaps(FleetRole.Decode, 1);
        var one = State(fleet);
        fleet.SilenceCaps(FleetRole.Decode);
        var all = State(fleet);
        fleet.SilenceCaps(FleetRole.Decode, 0);
        var none = State(fleet);

        Assert.That((one.EffectiveCapWatts, one.UnknownCapReplicas, one.CapCounts), Is.EqualTo(((int?)500, 1, new[] { new CapCount(500, 2) })));
        Assert.That((all.EffectiveCapWatts, all.UnknownCapReplicas, all.CapCounts.Length), Is.EqualTo(((int?)null, 3, 0)));
        Assert.That((none.UnknownCapReplicas, fleet.ChargedWatts), Is.EqualTo((0, 1500)));
    }

    [Test]
    public async Task Lost_caps_are_charged_at_the_highest_and_read_back_as_they_were()
    {
        var fleet = Fleet(Staggered with { CapDelay = default, CapStagger = default });

        fleet.LoseCaps(FleetRole.Decode, 2);
        await fleet.SetCapAsync(Cap(400, 1), default);
        var lost = (State(fleet).EffectiveCapWatts, State(fleet).UnknownCapReplicas, fleet.ChargedWatts);
        fleet.LoseCaps(FleetRole.Decode, 0);

        Assert.That(lost, Is.EqualTo(((int?)400, 0, 1800)));
        Assert.That((fleet.ChargedWatts, fleet.PeakWatts), Is.EqualTo((1200, 1900)));
    }

    [Test]
    public void Where_the_highest_cap_is_not_known_caps_can_be_neither_lost_nor_unknown()
    {
        var fleet = Fleet(Staggered with { CapLimits = null });

        Assert.That(() => fleet.LoseCaps(FleetRole.Decode), Throws.ArgumentException.With.Message.Contains("lost caps must have CapLimits"));
        Assert.That(() => Fleet(Staggered with { CapLimits = null, NewbornCap = NewbornCap.Unknown }), Throws.ArgumentException.With.Message.Contains("CapLimits"));
        Assert.That(() => Fleet(Staggered with { NewbornCap = NewbornCap.Unknown }).ChangeCapLimits(FleetRole.Decode, null), Throws.ArgumentException.With.Message.Contains("CapLimits"));
        Assert.That(fleet.ChargedWatts, Is.EqualTo(1500));
    }

    [Test]
    public async Task A_command_that_is_older_than_one_of_its_kind_is_refused()
    {
        var fleet = Fleet(Staggered);
        await fleet.SetCapAsync(Cap(400, 5), default);

        await Assert.ThatAsync(async () => await fleet.SetCapAsync(Cap(600, 4), default), Throws.TypeOf<CommandRefusedException>().With.Message.Contains("Revision 4"));
        var count = await fleet.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 2, 4), default);

        Assert.That((count.Ready, count.Revision), Is.EqualTo((2, 5L)));
        Assert.That(fleet.Commands.Select(command => command.Outcome), Is.EqualTo(new[] { CommandOutcome.Applied, CommandOutcome.Refused, CommandOutcome.Applied }));
    }

    [Test]
    public async Task A_command_that_is_older_than_one_on_its_way_is_refused()
    {
        var fleet = Fleet(Staggered with { CapDelay = default, CapStagger = default });
        fleet.Inject(new FleetFault { Kind = FleetFaultKind.TakeEffectLate, Delay = Ten, Count = 1 });
        await fleet.SetCapAsync(Cap(400, 5), default);

        await Assert.ThatAsync(async () => await fleet.SetCapAsync(Cap(600, 4), default), Throws.TypeOf<CommandRefusedException>());
        _time.Advance(Ten);

        Assert.That(State(fleet).EffectiveCapWatts, Is.EqualTo(400));
    }

    [Test]
    public async Task A_fleet_whose_revision_goes_back_takes_commands_from_there()
    {
        var fleet = Fleet(Staggered with { CapDelay = default, CapStagger = default });
        await fleet.SetCapAsync(Cap(400, 50), default);

        fleet.ChangeRevision(FleetRole.Decode, 7);
        var read = State(fleet);
        var answer = await fleet.SetCapAsync(Cap(450, 8), default);

        Assert.That((read.Revision, answer.Revision, answer.EffectiveCapWatts), Is.EqualTo((7L, 8L, (int?)450)));
    }

    private static InMemoryRole Staggered { get; } = new()
    {
        Replicas = 3,
        CapWatts = 500,
        CapDelay = Ten,
        CapStagger = Ten,
        CountsCaps = true,
        CapLimits = new GpuPowerLimits(200, 700),
    };

    private static SetCapCommand Cap(int watts, long revision) => new(FleetRole.Decode, watts, revision);

    private static RoleState State(InMemoryFleet fleet) => fleet.State.Decode!;

    private InMemoryFleet Fleet(InMemoryRole decode, bool fences = true) => new(new InMemoryFleetSetup { Decode = decode, FencesByRevision = fences }, _time);
}
