using CsCheck;
using PowerPlanner.Control;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Transitions;

/// <summary>Replicas that are born under a higher cap than they are to have, under budgets that the plan just fits.</summary>
internal sealed class RoomForNewbornsTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Test]
    public async Task The_last_replica_is_born_beside_caps_that_are_lowered_for_it_and_rise_again()
    {
        // Four at 400 W fit 1,600 W; the last one is born at 700 W, so the other three may have 300 W.
        var bench = Bench(decode: 3, budget: 1600);
        RoleTarget[] targets = [new(0, null), new(4, 400)];

        await bench.Step(targets);
        var lowered = bench.Sent;
        await Steps(bench, 3, targets);

        Assert.That(lowered, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetCap, 300), (FleetRole.Decode, CommandKind.SetReplicas, 4) }).Or.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetCap, 300) }));
        Assert.That((bench.Running.Decode, bench.Fleet.State.Decode!.EffectiveCapWatts, bench.IsComplete(targets)), Is.EqualTo((4, 400, true)));
        Assert.That(bench.Charges, Is.All.LessThanOrEqualTo(1600));
    }

    [Test]
    public async Task Both_roles_give_the_same_share_of_what_they_are_above_the_lowest_cap()
    {
        // 500 + 300 + 700 W are 300 W too many. The caps are 300 and 100 W above the lowest: each gives three quarters of that.
        var bench = Bench(decode: 1, budget: 1200, prefill: 1, prefillCap: 500, decodeCap: 300);

        await bench.Step(new(1, 500), new(2, 300));

        Assert.That(bench.Sent.Where(sent => sent.Kind == CommandKind.SetCap), Is.EqualTo(new[] { (FleetRole.Prefill, CommandKind.SetCap, 275), (FleetRole.Decode, CommandKind.SetCap, 225) }));
    }

    [Test]
    public async Task Where_all_fits_no_cap_is_lowered()
    {
        var bench = Bench(decode: 3, budget: 1900);

        await bench.Step(new(0, null), new(4, 400));

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, 4) }));
    }

    [Test]
    public async Task Where_even_the_lowest_caps_leave_no_room_nothing_is_lowered_for_nothing()
    {
        // 3 x 200 W and 700 W are 1,300 W.
        var bench = Bench(decode: 3, budget: 1299, decodeCap: 300);

        await bench.Step(new(0, null), new(4, 300));

        Assert.That(bench.Sent, Is.Empty);
    }

    [Test]
    public async Task Replicas_that_are_born_as_commanded_need_no_room()
    {
        var bench = new StepBench(new InMemoryFleetSetup { Prefill = Role(0, 400) with { NewbornCap = NewbornCap.AsCommanded }, Decode = Role(3, 400) with { NewbornCap = NewbornCap.AsCommanded } }, 1600);

        await bench.Step(new(0, null), new(4, 400));

        Assert.That(bench.Sent, Is.EqualTo(new[] { (FleetRole.Decode, CommandKind.SetReplicas, 4) }));
    }

    [Test]
    public void Every_plan_for_which_the_lowest_caps_leave_room_is_reached_within_its_budget() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[1, 4], Gen.Int[0, 3], Gen.Int[1, 4], Gen.Int[200, 700], Gen.Int[200, 700], Gen.Int[200, 700], Gen.Int[0, 300])
            .Holds(drawn =>
            {
                var (prefillNow, prefill, decodeNow, decode, prefillCap, decodeCap, birth, slack) = drawn;
                long plan = (prefill * prefillCap) + (decode * decodeCap);
                long birthOfLast = ((prefill + decode - 1) * 200) + birth;
                var running = (Math.Min(prefillNow, prefill) * 200) + (Math.Min(decodeNow, decode) * 200);
                var budget = Math.Max(Math.Max(plan, birthOfLast), running) + slack;
                var bench = new StepBench(
                    new InMemoryFleetSetup
                    {
                        Prefill = Role(Math.Min(prefillNow, prefill), 200) with { NewbornCap = NewbornCap.Of(birth) },
                        Decode = Role(Math.Min(decodeNow, decode), 200) with { NewbornCap = NewbornCap.Of(birth) },
                    },
                    budget);
                RoleTarget[] targets = [new(prefill, prefillCap), new(decode, decodeCap)];

                Steps(bench, 30, targets).GetAwaiter().GetResult();

                return bench.IsComplete(targets) && bench.Charges.TrueForAll(watts => watts <= budget) && bench.Fleet.PeakWatts <= budget;
            });

    private static async Task Steps(StepBench bench, int count, RoleTarget[] targets)
    {
        for (var i = 0; i < count; i++)
        {
            bench.Pass(Minute);
            await bench.Step(targets);
        }

        bench.Pass(Minute);
        bench.Read();
    }

    private static StepBench Bench(int decode, long budget, int prefill = 0, int prefillCap = 400, int decodeCap = 400) =>
        new(new InMemoryFleetSetup { Prefill = Role(prefill, prefillCap), Decode = Role(decode, decodeCap) }, budget);

    private static InMemoryRole Role(int replicas, int capWatts) => new()
    {
        GpusPerReplica = 1,
        Replicas = replicas,
        CapWatts = capWatts,
        CountsCaps = true,
        CapLimits = new GpuPowerLimits(200, 700),
        NewbornCap = NewbornCap.Of(700),
        CapDelay = TimeSpan.FromSeconds(20),
    };
}
