using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Composition;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Composition;

internal sealed class DisaggregatedCompositionTests
{
    // Specification 10.6, "the disagg row in full".
    [Test]
    public void Rounded_rows_give_the_worked_example()
    {
        var fleet = DisaggregatedComposition.Compose(new PhaseRow(28.35, 35.274, 300), 1, new PhaseRow(5.267, 9.613, 200), 1, 80);

        Assert.Multiple(() =>
        {
            Assert.That(fleet.TtftMs, Is.EqualTo(51.03));
            Assert.That(fleet.ItlMs, Is.EqualTo(5.267));
            Assert.That(fleet.RequestMs, Is.EqualTo(467.123));
            Assert.That(fleet.RequestsPerSecond, Is.EqualTo(8.84396).Within(1e-12));
            Assert.That(fleet.PowerWatts, Is.EqualTo(210.924));
        });
    }

    [Test]
    public void Rows_are_rounded_before_they_are_combined()
    {
        var row = DisaggregatedComposition.PrefillRow(new OperationCost(10.00052, 3000, 5, Provenance.Measured), 2, 1);

        Assert.That(row, Is.EqualTo(new PhaseRow(11.001, 181.809, 299.984)));
    }

    [Test]
    public void A_decode_row_has_the_time_of_a_token()
    {
        var row = DisaggregatedComposition.DecodeRow(new OperationCost(1000, 250000, 900, Provenance.Measured), 8, 2, 101, 2);

        // 1.08 · 1000 / 100 / 2 ms a token; 8 sequences on each of 2 stages every 540 ms.
        Assert.That(row, Is.EqualTo(new PhaseRow(5.4, 29.63, 250)));
    }

    [Test]
    public void One_output_token_leaves_decode_workers_nothing_to_do() =>
        Assert.That(DisaggregatedComposition.DecodeRow(OperationCost.Zero, 8, 1, 1, 1), Is.EqualTo(new PhaseRow(0, 0, 0)));

    [TestCase(3, 1, 0.9)]
    [TestCase(1, 2, 0.3)]
    public void The_slower_side_decides_the_rate(int prefillWorkers, int decodeWorkers, double expected) =>
        Assert.That(
            DisaggregatedComposition.Compose(new PhaseRow(100, 1.0 / 3, 0), prefillWorkers, new PhaseRow(10, 10, 0), decodeWorkers, 100).RequestsPerSecond,
            Is.EqualTo(expected).Within(1e-12));

    [TestCase(0.0005, 0.0)]
    [TestCase(0.0015, 0.002)]
    [TestCase(2.5005, 2.5)]
    [TestCase(2.5014, 2.501)]
    public void Rounding_is_to_three_decimals_with_ties_to_even(double value, double expected) => Assert.That(PhaseRow.Round(value), Is.EqualTo(expected));
}
