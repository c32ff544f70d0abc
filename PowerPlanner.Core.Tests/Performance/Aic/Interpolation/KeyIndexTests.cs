using CsCheck;
using PowerPlanner.Performance.Aic.Interpolation;

namespace PowerPlanner.Tests.Performance.Aic.Interpolation;

[TestFixture]
internal sealed class KeyIndexTests
{
    private static readonly Gen<double> GenCoordinate = Gen.Double[0, 40].Select(octaves => Math.Floor(Math.Pow(2, octaves) * 4) / 4 + 0.25);

    [Test]
    public void The_last_key_not_above_a_value_is_found() => Gen.Select(GenCoordinate.Array[1, 60], GenCoordinate.Array[20]).Holds(
        (keys, values) =>
        {
            double[] sorted = [.. keys.Distinct().Order()];
            var index = new KeyIndex(sorted);
            return values.Concat(sorted).All(value => index.Find(value) == sorted.Count(key => key <= value) - 1);
        },
        iter: 500,
        seed: "0N0XIzNsQ0O2");

    [Test]
    public void Nothing_is_below_the_first_key() => Assert.That(new KeyIndex([2, 3]).Find(1.999), Is.EqualTo(-1));

    [Test]
    public void Not_a_number_is_at_no_key() => Assert.That(new KeyIndex([2, 3]).Find(double.NaN), Is.EqualTo(-1));
}
