using PowerPlanner.Performance.Aic.Interpolation;

namespace PowerPlanner.Tests.Performance.Aic.Interpolation;

[TestFixture]
internal sealed class LeafTests
{
    [Test]
    public void A_leaf_faster_than_light_is_lifted_and_keeps_its_energy()
    {
        var leaf = Leaf.NoFasterThan(boundMs: 2, latencyMs: 1, powerWatts: 300);

        Assert.That(leaf, Is.EqualTo(new Leaf(2, 150)));
    }

    [Test]
    public void A_leaf_slower_than_light_stays_as_measured() =>
        Assert.That(Leaf.NoFasterThan(boundMs: 0.5, latencyMs: 1, powerWatts: 300), Is.EqualTo(new Leaf(1, 300)));

    [Test]
    public void A_leaf_without_power_has_none() => Assert.That(Leaf.Measured(1, 0), Is.EqualTo(new Leaf(1, 0)));
}
