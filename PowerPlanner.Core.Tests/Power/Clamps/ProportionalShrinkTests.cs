using CsCheck;
using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Tests.Power.Clamps;

internal sealed class ProportionalShrinkTests
{
    [TestCase(1999, 3, 6)]
    [TestCase(2000, 4, 6)]
    [TestCase(2001, 4, 6)]
    public void What_fits_exactly_is_left_alone(long budget, int prefill, int decode) =>
        Assert.That(Fit(Role(4), Role(6), 200, 200, budget), Is.EqualTo((true, prefill, decode)));

    [TestCase(499, false, 0, 0)]
    [TestCase(500, true, 1, 1)]
    public void Minima_fit_or_nothing_does(long budget, bool fits, int prefill, int decode) =>
        Assert.That(Fit(Role(4, minimum: 1), Role(4, minimum: 1), 250, 250, budget), Is.EqualTo((fits, prefill, decode)));

    [Test]
    public void A_count_that_must_not_change_stays_even_where_nothing_fits() =>
        Assert.That(Fit(Fixed(4), Role(4, minimum: 1), 250, 250, 1100), Is.EqualTo((false, 4, 0)));

    [Test]
    public void Beside_a_count_that_must_not_change_the_other_gets_all_the_rest()
    {
        Assert.That(Fit(Fixed(4), Role(9), 250, 250, 1600), Is.EqualTo((true, 4, 2)));
        Assert.That(Fit(Role(9), Fixed(4), 250, 250, 1600), Is.EqualTo((true, 2, 4)));
    }

    [Test]
    public void An_absent_role_costs_nothing() => Assert.That(Fit(new Leg(0, 0, false, 0, 0, 0), Role(9), 0, 250, 1600), Is.EqualTo((true, 0, 6)));

    [Test]
    public void Counts_are_those_of_exact_fractions() => Gen.Select(
        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 20]),
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 6]),
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9]),
        Gen.Int[0, 400]).Holds(
        (counts, minima, costs, budget) =>
        {
            var (prefill, decode) = (Role(counts.Item1, minima.Item1), Role(counts.Item2, minima.Item2));

            Assert.That(Fit(prefill, decode, costs.Item1, costs.Item2, budget), Is.EqualTo(ByTrial(prefill, decode, costs.Item1, costs.Item2, budget)));
        },
        iter: 20_000);

    private static Leg Role(int count, int minimum = 0) => new(count, 0, true, Math.Min(minimum, count), 0, 0);

    private static Leg Fixed(int count) => new(count, count, false, count, 0, 0);

    private static (bool Fits, int Prefill, int Decode) Fit(in Leg prefill, in Leg decode, long prefillCost, long decodeCost, long budget) =>
        (ProportionalShrink.TryFit(prefill, decode, prefillCost, decodeCost, budget, out var p, out var d), p, d);

    // Counting upward instead of dividing: prefill as far as its share and as decode's minimum allows, decode as far as the rest allows.
    private static (bool Fits, int Prefill, int Decode) ByTrial(in Leg prefill, in Leg decode, int prefillCost, int decodeCost, int budget)
    {
        var asked = (prefill.Count * prefillCost) + (decode.Count * decodeCost);
        if (asked <= budget)
        {
            return (true, prefill.Count, decode.Count);
        }

        if ((prefill.Minimum * prefillCost) + (decode.Minimum * decodeCost) > budget)
        {
            return (false, 0, 0);
        }

        var p = prefill.Minimum;
        while ((p + 1) * asked <= prefill.Count * budget && ((p + 1) * prefillCost) + (decode.Minimum * decodeCost) <= budget)
        {
            p++;
        }

        var d = decode.Minimum;
        while (d < decode.Count && (p * prefillCost) + ((d + 1) * decodeCost) <= budget)
        {
            d++;
        }

        return (true, p, d);
    }
}
