using PowerPlanner.Performance;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>Specification 2.5 on sites small enough to answer by hand; light takes m · n · k.</summary>
[TestFixture]
internal sealed class SiteTableTests
{
    [Test]
    public void A_measured_shape_is_answered_by_its_own_curve_alone()
    {
        var table = Table((1, 4, 4, 1, 100), (3, 4, 4, 5, 300), (2, 5, 4, 99, 999));

        Assert.That(table.Resolve(2, 4, 4), Is.EqualTo(new TableAnswer(3, 200, 600, Provenance.Interpolated)));
    }

    [Test]
    public void A_measured_shape_at_a_measured_m_is_the_measurement() =>
        Assert.That(Table((1, 4, 4, 1, 100)).Resolve(1, 4, 4), Is.EqualTo(new TableAnswer(1, 100, 100, Provenance.Measured)));

    [Test]
    public void Beyond_the_curve_the_median_utilization_of_the_last_three_points_holds()
    {
        // Utilizations of m = 2, 4, 8: 8, 32/16, 16 and powers 20, 10, 30; the first point is out of the tail.
        var table = Table((1, 4, 1, 1000, 1), (2, 4, 1, 1, 20), (4, 4, 1, 8, 10), (8, 4, 1, 2, 30));

        var answer = table.Resolve(100, 4, 1);

        Assert.That(answer.LatencyMs, Is.EqualTo(400 / 8.0).Within(1e-12));
        Assert.That(answer.PowerWatts, Is.EqualTo(20));
        Assert.That(answer.Provenance, Is.EqualTo(Provenance.Extrapolated));
    }

    [Test]
    public void The_median_of_two_points_is_their_mean()
    {
        // Utilizations 4 and 8.
        var table = Table((2, 4, 1, 2, 20), (4, 4, 1, 2, 40));

        var answer = table.Resolve(1, 4, 1);

        Assert.That(answer.LatencyMs, Is.EqualTo(4 / 6.0).Within(1e-15));
        Assert.That(answer.PowerWatts, Is.EqualTo(30));
    }

    [Test]
    public void Four_neighbours_blend_their_utilization_by_the_inverse_square_of_distance()
    {
        // From (4, 4): distances 1, 1, 1 and √2; utilizations 1, 2, 3 and 4 at m = 1.
        var table = Table((1, 2, 4, 8, 100), (1, 8, 4, 16, 200), (1, 4, 2, 8 / 3.0, 300), (1, 8, 8, 16, 400), (1, 16, 16, 0.001, 5000));

        var answer = table.Resolve(1, 4, 4);

        Assert.That(answer.LatencyMs, Is.EqualTo(16 / ((1 + 2 + 3 + (4 * 0.5)) / 3.5)).Within(1e-9));
        Assert.That(answer.PowerWatts, Is.EqualTo((100 + 200 + 300 + (400 * 0.5)) / 3.5).Within(1e-8));
        Assert.That(answer.Provenance, Is.EqualTo(Provenance.Interpolated));
    }

    [Test]
    public void Of_two_equally_distant_sites_the_walk_by_m_then_n_then_k_decides_not_the_order_of_rows()
    {
        // (8, 2) and (2, 8) are both √2 from (4, 4). Row by row (8, 2) comes first, but only under m = 2; the walk starts with m = 1.
        var table = Table(
            (1, 2, 4, 8, 0), (2, 8, 2, 1, 1000), (1, 2, 8, 16, 0), (1, 8, 4, 32, 0), (1, 4, 2, 8, 0),
            (2, 2, 8, 32, 0), (1, 8, 2, 1, 1000), (2, 2, 4, 16, 0), (2, 8, 4, 64, 0), (2, 4, 2, 16, 0));

        // All four chosen sites have utilization 1 and no power; (8, 2) would have shown 16 and 1000 W.
        var answer = table.Resolve(1, 4, 4);

        Assert.That(answer.LatencyMs, Is.EqualTo(16).Within(1e-9));
        Assert.That(answer.PowerWatts, Is.Zero);
    }

    [Test]
    public void Only_sites_whose_curve_covers_m_are_neighbours()
    {
        // The nearer site ends at m = 2.
        var table = Table((1, 4, 4, 1, 1), (2, 4, 4, 1, 1), (1, 8, 4, 32, 7), (5, 8, 4, 160, 7));

        var answer = table.Resolve(5, 5, 4);

        Assert.That(answer.LatencyMs, Is.EqualTo(100).Within(1e-9));
        Assert.That(answer.PowerWatts, Is.EqualTo(7).Within(1e-12));
    }

    [Test]
    public void Where_no_curve_covers_m_all_sites_hold_their_tails()
    {
        var table = Table((1, 4, 4, 16, 10), (2, 4, 4, 32, 10), (1, 8, 4, 32, 10), (3, 8, 4, 96, 10));

        var answer = table.Resolve(100, 5, 4);

        Assert.That(answer.LatencyMs, Is.EqualTo(2000).Within(1e-8));
        Assert.That(answer.Provenance, Is.EqualTo(Provenance.Extrapolated));
    }

    [Test]
    public void A_shape_outside_the_measured_ones_but_near_is_extrapolated()
    {
        var answer = Table((1, 4, 4, 8, 10)).Resolve(1, 8, 4);

        Assert.That(answer.LatencyMs, Is.EqualTo(16).Within(1e-9));
        Assert.That(answer.Provenance, Is.EqualTo(Provenance.Extrapolated));
    }

    [Test]
    public void Far_beyond_the_largest_shape_on_one_axis_the_nearest_sites_on_the_other_answer()
    {
        // The first site is near on n but more than two octaves away on k.
        var table = Table((1, 64, 1, 1, 999), (1, 32, 64, 1024, 10), (1, 32, 128, 2048, 10));

        var answer = table.Resolve(1, 1024, 64);

        Assert.That(answer.LatencyMs, Is.EqualTo(1024 * 64 / 2.0).Within(1e-6));
        Assert.That(answer.PowerWatts, Is.EqualTo(10).Within(1e-9));
        Assert.That(answer.Provenance, Is.EqualTo(Provenance.Extrapolated));
    }

    [TestCase(1024, 1024, "both axes")]
    [TestCase(1, 1024, "smaller")]
    [TestCase(1, 1, "smaller")]
    public void Far_beyond_on_both_axes_or_below_there_is_no_answer(long n, long k, string reason)
    {
        var table = Table((1, 8, 8, 1, 1), (1, 16, 16, 1, 1));

        Assert.That(() => table.Resolve(1, n, k), Throws.TypeOf<NoPerformanceDataException>().With.Message.Contains(reason));
    }

    [Test]
    public void A_hole_wider_than_the_gate_has_no_answer()
    {
        var table = Table((1, 1, 1, 1, 1), (1, 1024, 1024, 1, 1));

        Assert.That(() => table.Resolve(1, 32, 32), Throws.TypeOf<NoPerformanceDataException>().With.Message.Contains("within two octaves"));
    }

    [Test]
    public void A_table_without_rows_has_no_answer() =>
        Assert.That(() => Table().Resolve(1, 1, 1), Throws.TypeOf<NoPerformanceDataException>());

    private static SiteTable Table(params (long M, long N, long K, double LatencyMs, double PowerWatts)[] rows)
    {
        var table = new SiteTable("synthetic", (m, n, k) => m * n * k);
        foreach (var (m, n, k, latencyMs, powerWatts) in rows)
        {
            table.Add(m, n, k, Leaf.FromRow(latencyMs, powerWatts));
        }

        return table;
    }
}
