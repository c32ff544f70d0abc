using CsCheck;
using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Tests.Power.Clamps;

internal sealed class ClosestPairTests
{
    [Test]
    public void Everything_that_fits_is_taken() => Assert.That(Find(1, 4, 100, 2, 6, 200, slack: 1100), Is.EqualTo((4, 6)));

    [Test]
    public void One_watt_less_costs_one_replica_of_the_dear_role() => Assert.That(Find(1, 4, 100, 2, 6, 200, slack: 1099), Is.EqualTo((4, 5)));

    [Test]
    public void Nothing_fits_into_no_slack() => Assert.That(Find(1, 4, 100, 2, 6, 200, slack: 99), Is.EqualTo((1, 2)));

    [Test]
    public void A_role_without_watts_goes_all_its_way() => Assert.That(Find(1, 4, 0, 2, 6, 200, slack: 400), Is.EqualTo((4, 4)));

    [TestCase(1, 1, 3, 3)]
    [TestCase(3, 1, 5, 3)]
    [TestCase(0, 2, 2, 4)]
    public void Equal_ways_are_gone_half_each(int prefill, int decode, int expectedPrefill, int expectedDecode) =>
        Assert.That(Find(prefill, prefill + 4, 100, decode, decode + 4, 100, slack: 400), Is.EqualTo((expectedPrefill, expectedDecode)));

    [Test]
    public void Of_two_pairs_as_close_the_one_with_fewer_prefill_replicas_is_taken() => Assert.That(Find(0, 2, 100, 0, 2, 100, slack: 100), Is.EqualTo((0, 1)));

    [Test]
    public void The_pair_is_the_one_that_trying_all_finds_replicas_without_watts_included() => Gen.Select(
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 5]),
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9]),
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 4]),
        Gen.Int[0, 40]).Holds(
        (current, way, watts, slack) =>
        {
            var found = Find(current.Item1, current.Item1 + way.Item1, watts.Item1, current.Item2, current.Item2 + way.Item2, watts.Item2, slack);

            Assert.That(found, Is.EqualTo(ByTrial(current, way, watts, slack)));
        },
        iter: 20_000);

    [Test]
    public void The_largest_ways_do_not_overflow()
    {
        var found = Find(0, int.MaxValue, 1, 0, int.MaxValue, 1, slack: int.MaxValue);

        Assert.That(found, Is.EqualTo((int.MaxValue / 2, (int.MaxValue / 2) + 1)));
    }

    private static (int Prefill, int Decode) Find(int prefillCurrent, int prefillCount, long prefillWatts, int decodeCurrent, int decodeCount, long decodeWatts, long slack) => ClosestPair.Find(
        new Leg(prefillCount, prefillCurrent, true, 0, prefillWatts, 1),
        new Leg(decodeCount, decodeCurrent, true, 0, decodeWatts, 1),
        (prefillCurrent * prefillWatts) + (decodeCurrent * decodeWatts) + slack);

    // The order in words: fewest short, least difference of the shares, most progress, fewest prefill replicas.
    private static (int Prefill, int Decode) ByTrial((int P, int D) current, (int P, int D) way, (int P, int D) watts, int slack)
    {
        var ordered =
            from p in Enumerable.Range(0, way.P + 1)
            from d in Enumerable.Range(0, way.D + 1)
            where (p * watts.P) + (d * watts.D) <= slack
            orderby way.P - p + way.D - d, Math.Abs((p * way.D) - (d * way.P)), (p * way.D) + (d * way.P) descending, p
            select (current.P + p, current.D + d);
        return ordered.First();
    }
}
