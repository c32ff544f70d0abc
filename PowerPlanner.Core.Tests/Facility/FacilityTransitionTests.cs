using CsCheck;
using PowerPlanner.Facility;

namespace PowerPlanner.Tests.Facility;

/// <summary>Every share falls before any rises.</summary>
internal sealed class FacilityTransitionTests
{
    [Test]
    public void The_sum_in_force_falls_or_fits_whatever_share_takes_effect_first() => Gen.Select(Gen.Select(Gen.Long[0, 99], Gen.Long[0, 99]).Array[1, 6], Gen.Int[0, 1_000_000]).Holds(
        (pairs, seed) =>
        {
            var random = new Random(seed);
            var inForce = Array.ConvertAll(pairs, pair => pair.Item1);
            var target = Array.ConvertAll(pairs, pair => pair.Item2);
            var budget = target.Sum();
            for (var round = 0; !inForce.SequenceEqual(target); round++)
            {
                var next = FacilityTransition.Next(inForce, target, budget);
                var order = Enumerable.Range(0, target.Length).ToArray();
                random.Shuffle(order);
                foreach (var i in order)
                {
                    var before = inForce.Sum();
                    inForce[i] = next[i];
                    if (round > 1 || (inForce.Sum() > before && inForce.Sum() > budget))
                    {
                        return false;
                    }
                }
            }

            return true;
        },
        iter: 5_000);

    [Test]
    public void Nothing_rises_while_a_share_must_fall() =>
        Assert.That(FacilityTransition.Next([50, 10], [20, 40], 60), Is.EqualTo(new long[] { 20, 10 }));

    [Test]
    public void Targets_above_the_budget_are_refused() =>
        Assert.That(() => FacilityTransition.Next([1], [7], 6), Throws.ArgumentException.With.Message.Contains("sum to 7 W"));
}
