using PowerPlanner.Control;

namespace PowerPlanner.Tests.Control;

internal sealed class JitterTests
{
    [Test]
    public void The_same_names_and_numbers_give_the_same_share_in_every_process()
    {
        // Worked out apart from this code: FNV-1a over the lengths, the numbers and the names in UTF-16, then SplitMix64's finalizer.
        Assert.That(Jitter.Share("east", "f1", 1, 0), Is.EqualTo(0.37809071294672403).Within(1e-15));
        Assert.That(Jitter.Share("east", "tick"), Is.EqualTo(0.19652606306730713).Within(1e-15));
    }

    [Test]
    public void Names_that_run_into_each_other_are_told_apart() =>
        Assert.That(Jitter.Share("ab", "c"), Is.Not.EqualTo(Jitter.Share("a", "bc")));

    [Test]
    public void Each_argument_counts()
    {
        var shares = new[] { Jitter.Share("a", "b", 1, 1), Jitter.Share("b", "a", 1, 1), Jitter.Share("a", "c", 1, 1), Jitter.Share("a", "b", 2, 1), Jitter.Share("a", "b", 1, 2) };

        Assert.That(shares, Is.Unique);
    }

    [Test]
    public void Shares_are_spread_over_the_whole_range()
    {
        var shares = Enumerable.Range(0, 1600).Select(i => Jitter.Share("deployment", FormattableString.Invariant($"frontend-{i}"), i, 0)).ToList();

        // 100 are expected in each sixteenth, give or take 10.
        Assert.That(shares.GroupBy(share => (int)(share * 16)).Select(group => group.Count()), Has.Exactly(16).InRange(60, 140));
        Assert.That(shares, Is.All.InRange(0, Math.BitDecrement(1)));
    }
}
