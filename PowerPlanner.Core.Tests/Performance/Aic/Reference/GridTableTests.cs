using PowerPlanner.Performance;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>Specification 2.2 and 2.3 on trees small enough to answer by hand.</summary>
[TestFixture]
internal sealed class GridTableTests
{
    [Test]
    public void A_measured_point_is_returned_with_its_stored_energy()
    {
        var table = Line(c => c[0]);
        table.Add(Leaf.FromRow(1, 100).NoFasterThan(4), 10);

        var answer = table.Resolve(10);

        Assert.That(answer, Is.EqualTo(new TableAnswer(4, 25, 100, Provenance.Measured)));
    }

    [Test]
    public void The_first_row_to_claim_a_key_wins()
    {
        var table = Line(c => c[0]);
        table.Add(Leaf.FromRow(1, 100), 10);
        table.Add(Leaf.FromRow(2, 200), 10);

        Assert.That(table.Resolve(10).LatencyMs, Is.EqualTo(1));
    }

    [Test]
    public void Between_two_keys_latency_and_power_are_blended_and_energy_follows()
    {
        var table = Line(c => c[0]);
        table.Add(Leaf.FromRow(1, 100), 10);
        table.Add(Leaf.FromRow(3, 200), 20);

        Assert.That(table.Resolve(15), Is.EqualTo(new TableAnswer(2, 150, 300, Provenance.Interpolated)));
    }

    [Test]
    public void A_fraction_never_hits_a_key()
    {
        var table = Line(c => c[0]);
        table.Add(Leaf.FromRow(1, 100), 10);
        table.Add(Leaf.FromRow(3, 200), 12);

        var answer = table.Resolve(10.5);

        Assert.That(answer, Is.EqualTo(new TableAnswer(1.5, 125, 187.5, Provenance.Interpolated)));
    }

    [Test]
    public void The_square_root_axis_blends_roots_of_latency_but_plain_power()
    {
        var table = new GridTable("synthetic", 1, c => c[0], squareRootAxis: 0);
        table.Add(Leaf.FromRow(1, 100), 10);
        table.Add(Leaf.FromRow(9, 200), 20);

        Assert.That(table.Resolve(15), Is.EqualTo(new TableAnswer(4, 150, 600, Provenance.Interpolated)));
    }

    [Test]
    public void The_innermost_axis_is_blended_first()
    {
        var table = new GridTable("synthetic", 2, c => c[0] * c[1], squareRootAxis: 0);
        table.Add(Leaf.FromRow(1, 0), 1, 1);
        table.Add(Leaf.FromRow(7, 0), 1, 3);
        table.Add(Leaf.FromRow(10, 0), 3, 1);
        table.Add(Leaf.FromRow(22, 0), 3, 3);

        // Batches inside each sequence: 4 and 16; their roots 2 and 4 blend to 3.
        Assert.That(table.Resolve(2, 2).LatencyMs, Is.EqualTo(9));
    }

    [Test]
    public void One_side_of_a_ragged_bracket_is_carried_along_the_failing_axis_by_light_and_keeps_its_power()
    {
        var table = Ragged();

        var answer = table.Resolve(15, 4);

        // Row 10 alone reaches 4: 8 ms at (10, 4); SOL(15, 4)/SOL(10, 4) = 15²/10².
        Assert.That(answer.LatencyMs, Is.EqualTo(8 * 2.25));
        Assert.That(answer.PowerWatts, Is.EqualTo(400));
        Assert.That(answer.EnergyMillijoules, Is.EqualTo(answer.LatencyMs * answer.PowerWatts));
        Assert.That(answer.Provenance, Is.EqualTo(Provenance.Extrapolated));
    }

    [Test]
    public void A_survivor_is_blended_inside_before_it_is_carried()
    {
        // Row 10 at batch 3: (4 + 8)/2 ms and (200 + 400)/2 W.
        var answer = Ragged().Resolve(20, 3);

        Assert.That(answer.LatencyMs, Is.EqualTo(6 * 4.0).Within(1e-12));
        Assert.That(answer.PowerWatts, Is.EqualTo(300));
    }

    [Test]
    public void An_exact_key_commits_even_where_its_branch_runs_out()
    {
        var table = new GridTable("synthetic", 2, c => c[0] * c[1]);
        table.Add(Leaf.FromRow(4, 100), 1, 2);
        table.Add(Leaf.FromRow(16, 200), 2, 2);
        table.Add(Leaf.FromRow(16, 300), 4, 1);
        table.Add(Leaf.FromRow(128, 400), 4, 8);

        // The neighbours 1 and 4 could bracket batch 4 no more than row 2 does; row 4 could, but 2 is exact and ends at 2. Hold over the
        // four leaves: distances √2, 1, √5, √2; weights 1/d²; utilizations 1/2, 1/4, 1/4, 1/4.
        var answer = table.Resolve(2, 4);

        var weights = new[] { 1 / 2.0, 1, 1 / 5.0, 1 / 2.0 };
        var utilization = ((weights[0] * 0.5) + ((weights[1] + weights[2] + weights[3]) * 0.25)) / weights.Sum();
        var power = ((weights[0] * 100) + (weights[1] * 200) + (weights[2] * 300) + (weights[3] * 400)) / weights.Sum();
        Assert.That(answer.LatencyMs, Is.EqualTo(8 / utilization).Within(1e-9));
        Assert.That(answer.PowerWatts, Is.EqualTo(power).Within(1e-8));
        Assert.That(answer.Provenance, Is.EqualTo(Provenance.Extrapolated));
    }

    [Test]
    public void A_failure_deep_inside_is_rescued_by_the_other_branch_of_an_outer_bracket()
    {
        var table = new GridTable("synthetic", 3, c => c[0] * c[1] * c[2]);
        foreach (var inner in new long[] { 1, 2 })
        {
            table.Add(Leaf.FromRow(inner, 0), 1, 10, inner);
            table.Add(Leaf.FromRow(inner, 0), 1, 30, inner);
            table.Add(Leaf.FromRow(7 * inner, 70), 3, 10, inner * 2);
            table.Add(Leaf.FromRow(7 * inner, 70), 3, 30, inner * 2);
        }

        // Under 1 both rows end at 2, under 3 both reach 4: 14 ms there, carried from 3 to 2 on the outer axis.
        var answer = table.Resolve(2, 20, 4);

        Assert.That(answer.LatencyMs, Is.EqualTo(14 * 2 / 3.0).Within(1e-12));
        Assert.That(answer.PowerWatts, Is.EqualTo(70));
    }

    [Test]
    public void Hold_weights_fade_to_nothing_at_the_fifth_leaf()
    {
        var table = Line(c => c[0]);
        foreach (var key in new long[] { 1, 2, 4, 8, 16 })
        {
            table.Add(Leaf.FromRow(1, key), key);
        }

        // Distances of 16, 8, 4, 2 from 32 are 1, 2, 3, 4; the fifth leaf sets R = 5; utilization = key (SOL = key, latency 1).
        var answer = table.Resolve(32);

        double[] weights = [.. new double[] { 1, 2, 3, 4 }.Select(d => Math.Pow((5 - d) / (5 * d), 2))];
        var expected = ((weights[0] * 16) + (weights[1] * 8) + (weights[2] * 4) + (weights[3] * 2)) / weights.Sum();
        Assert.That(answer.LatencyMs, Is.EqualTo(32 / expected).Within(1e-9));
        Assert.That(answer.PowerWatts, Is.EqualTo(expected).Within(1e-9));
    }

    [Test]
    public void Of_equally_near_leaves_the_first_four_by_key_count_alike()
    {
        var table = new GridTable("synthetic", 5, _ => 1);
        table.Add(Leaf.FromRow(1, 5000), 2, 1, 1, 1, 1);
        table.Add(Leaf.FromRow(1, 400), 1, 2, 1, 1, 1);
        table.Add(Leaf.FromRow(1, 300), 1, 1, 2, 1, 1);
        table.Add(Leaf.FromRow(1, 200), 1, 1, 1, 2, 1);
        table.Add(Leaf.FromRow(1, 100), 1, 1, 1, 1, 2);

        // All five are one octave away, so every weight fades to nothing and they count alike.
        Assert.That(table.Resolve(1, 1, 1, 1, 1).PowerWatts, Is.EqualTo(250));
    }

    [Test]
    public void Hold_with_few_leaves_weighs_by_the_inverse_square_of_distance()
    {
        var table = Line(c => c[0]);
        table.Add(Leaf.FromRow(1, 100), 4);
        table.Add(Leaf.FromRow(1, 300), 8);

        // Distances 2 and 1, weights 1/4 and 1.
        var answer = table.Resolve(16);

        Assert.That(answer.LatencyMs, Is.EqualTo(16 / (((0.25 * 4) + 8) / 1.25)).Within(1e-9));
        Assert.That(answer.PowerWatts, Is.EqualTo(((0.25 * 100) + 300) / 1.25).Within(1e-8));
    }

    [Test]
    public void Leaves_without_a_latency_take_no_part_in_a_hold()
    {
        var table = Line(c => c[0]);
        table.Add(Leaf.FromRow(1, 100), 4);
        table.Add(Leaf.FromRow(0, 300), 8);

        var answer = table.Resolve(16);

        Assert.That((answer.LatencyMs, answer.PowerWatts), Is.EqualTo((4.0, 100.0)));
    }

    [Test]
    public void An_empty_table_has_no_answer() =>
        Assert.That(() => Line(c => c[0]).Resolve(1), Throws.TypeOf<NoPerformanceDataException>());

    [Test]
    public void A_point_without_a_speed_of_light_cannot_be_held()
    {
        var table = Line(c => c[0] - 4);
        table.Add(Leaf.FromRow(1, 100), 8);

        Assert.That(() => table.Resolve(2), Throws.TypeOf<NoPerformanceDataException>().With.Message.Contains("synthetic"));
    }

    private static GridTable Line(Func<double[], double> speedOfLight) => new("synthetic", 1, speedOfLight);

    /// <summary>Row 10 reaches batch 4, row 30 stops at 2; light takes the square of the row times the batch.</summary>
    private static GridTable Ragged()
    {
        var table = new GridTable("synthetic", 2, c => c[0] * c[0] * c[1]);
        table.Add(Leaf.FromRow(2, 100), 10, 1);
        table.Add(Leaf.FromRow(4, 200), 10, 2);
        table.Add(Leaf.FromRow(8, 400), 10, 4);
        table.Add(Leaf.FromRow(9, 500), 30, 1);
        table.Add(Leaf.FromRow(11, 600), 30, 2);
        return table;
    }
}
