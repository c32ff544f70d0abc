using CsCheck;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Interpolation;

namespace PowerPlanner.Tests.Performance.Aic.Interpolation;

/// <summary>Grids on made-up tables whose speed of light is heads · outer · inner.</summary>
[TestFixture]
internal sealed class GridTests
{
    /// <summary>Row 2 is measured up to inner 4, row 4 up to inner 2; heads 1 and 4 have one leaf each.</summary>
    private static readonly GridPoint[] Ragged =
    [
        new(1, 2, 1, new Leaf(1, 10)),
        new(2, 2, 1, new Leaf(4, 100)), new(2, 2, 2, new Leaf(6, 200)), new(2, 2, 4, new Leaf(8, 300)),
        new(2, 4, 1, new Leaf(16, 300)), new(2, 4, 2, new Leaf(36, 400)),
        new(4, 2, 1, new Leaf(9, 500)),
    ];

    [Test]
    public void A_measured_point_is_itself() => AssertAnswer(Grid(2).Evaluate(2, 4), 8, 300, Provenance.Measured);

    [Test]
    public void The_inner_axis_is_a_straight_line() => AssertAnswer(Grid(2).Evaluate(2, 3), 7, 250, Provenance.Interpolated);

    [Test]
    public void The_outer_axis_is_a_straight_line() => AssertAnswer(Grid(2).Evaluate(3, 1), 10, 200, Provenance.Interpolated);

    [Test]
    public void The_outer_axis_of_context_tables_blends_square_roots() =>
        AssertAnswer(Grid(2, squareRoot: true).Evaluate(3, 1), 9, 200, Provenance.Interpolated);

    [Test]
    public void A_lone_neighbour_goes_along_the_failing_axis_by_its_speed_of_light() =>
        AssertAnswer(Grid(2).Evaluate(3, 4), 8 * 3 / 2.0, 300, Provenance.Extrapolated);

    [Test]
    public void An_exact_row_that_cannot_answer_is_not_rescued_by_its_neighbour() =>
        AssertAnswer(Grid(2).Evaluate(4, 3), Hold(2, 4, 3), Provenance.Extrapolated);

    [Test]
    public void Heads_between_keys_fail_over_to_the_plane_that_answers()
    {
        // Heads 4 have no point at (3, 1); heads 2 do: 10 there.
        AssertAnswer(Grid(3).Evaluate(3, 1), 10 * 3 / 2.0, 200, Provenance.Extrapolated);
        AssertAnswer(Grid(3).Evaluate(2, 1), 6.5, 300, Provenance.Interpolated);
    }

    [Test]
    public void Heads_beyond_the_range_are_held() => AssertAnswer(Grid(8).Evaluate(2, 1), Hold(8, 2, 1), Provenance.Extrapolated);

    [TestCase(1, 1)]
    [TestCase(8, 1)]
    [TestCase(3, 16)]
    [TestCase(1000, 100000)]
    public void A_point_outside_is_held(double outer, double inner) =>
        AssertAnswer(Grid(2).Evaluate(outer, inner), Hold(2, outer, inner), Provenance.Extrapolated);

    [Test]
    public void Without_a_fifth_leaf_hold_weighs_by_inverse_squares()
    {
        GridPoint[] three = [new(1, 2, 1, new Leaf(1, 100)), new(1, 2, 2, new Leaf(1, 200)), new(1, 4, 1, new Leaf(2, 400))];
        var grid = new Grid<Volume>(three, default, 1, squareRoot: false);

        // Octaves from (8, 1): 2, √5, 1; utilizations 2, 4, 2.
        var (a, b, c) = (1 / (4 + 1e-12), 1 / (5 + 1e-12), 1 / (1 + 1e-12));
        AssertAnswer(
            grid.Evaluate(8, 1),
            8 / (((2 * a) + (4 * b) + (2 * c)) / (a + b + c)),
            ((100 * a) + (200 * b) + (400 * c)) / (a + b + c),
            Provenance.Extrapolated);
    }

    [Test]
    public void Five_leaves_at_one_distance_leave_it_to_the_order_of_their_keys()
    {
        // All at one octave from (4, 4) with heads 2.
        GridPoint[] ring =
        [
            new(1, 4, 4, new Leaf(16, 1)), new(2, 2, 4, new Leaf(8, 2)), new(2, 4, 2, new Leaf(4, 3)), new(2, 4, 8, new Leaf(64, 4)),
            new(2, 8, 4, new Leaf(64, 1000)), new(4, 4, 4, new Leaf(64, 1000)),
        ];
        var hold = HoldLeaves.Create<Volume>(ring, default, 2, static (_, _, _, _) => false);

        var answer = hold.Evaluate(32, 2, 2);

        Assert.That(answer.LatencyMs, Is.EqualTo(32 / ((1 + 2 + 4 + 1) / 4.0)).Within(1e-12));
        Assert.That(answer.PowerWatts, Is.EqualTo(2.5).Within(1e-12));
    }

    [Test]
    public void Leaves_without_latency_take_no_part_in_hold()
    {
        GridPoint[] points = [.. Ragged, new(8, 2, 1, new Leaf(0, 7))];
        var grid = new Grid<Volume>(points, default, 2, squareRoot: false);

        AssertAnswer(grid.Evaluate(8, 1), Hold(2, 8, 1), Provenance.Extrapolated);
    }

    [Test]
    public void Hold_by_cells_equals_hold_over_all_leaves() => Gen.Select(
        Gen.Select(Gen.Int[1, 6], Gen.Int[1, 40], Gen.Int[1, 40], Gen.Double[0.1, 10]).Array[5, 80],
        Gen.Select(Gen.Double[0, 24], Gen.Double[0, 24]).Array[30]).Holds(
        (entries, queries) =>
        {
            List<GridPoint> points = [.. entries.Select(entry => new GridPoint(entry.Item1, entry.Item2, entry.Item3, new Leaf(entry.Item4, entry.Item1 * 10)))];
            var hold = HoldLeaves.Create<Volume>(GridPoint.SortDistinct(points), default, 2, static (_, _, _, _) => false);
            return queries.All(query => Near(hold.Evaluate(1, query.Item1, query.Item2), hold.EvaluateAll(1, query.Item1, query.Item2)));
        },
        iter: 60,
        seed: "0N0XIzNsQ0O2");

    [Test]
    public void A_sweep_along_the_outer_axis_equals_point_by_point() => Gen.Select(
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 60], Gen.Int[1, 20], Gen.Double[0.1, 10]).Array[1, 60], Gen.Int[1, 3], Gen.Double[1, 25].Array[1, 3], Gen.Int[1, 70]).Holds(
        (entries, heads, inners, firstOuter) =>
        {
            List<GridPoint> points = [.. entries.Select(entry => new GridPoint(entry.Item1, entry.Item2, entry.Item3, new Leaf(entry.Item4, entry.Item1 * 10)))];
            var grid = new Grid<Volume>(GridPoint.SortDistinct(points), default, heads, squareRoot: false);
            using var sweep = GridSweep.Rent(firstOuter, 200);
            grid.AddSweep(inners, sweep);
            for (var i = 0; i < sweep.Count; i++)
            {
                TableAnswer[] answers = [.. inners.Select(inner => grid.Evaluate(firstOuter + i, inner))];
                var latency = answers.Sum(answer => answer.LatencyMs);
                var energy = answers.Sum(answer => answer.LatencyMs * answer.PowerWatts);
                Assert.That(sweep.LatencyMs[i], Is.EqualTo(latency).Within(1e-10 * latency), $"outer {firstOuter + i}");
                Assert.That(sweep.EnergyMillijoules[i], Is.EqualTo(energy).Within(1e-10 * energy), $"outer {firstOuter + i}");
                Assert.That(sweep.Provenance[i], Is.EqualTo(answers.Max(answer => answer.Provenance)), $"outer {firstOuter + i}");
            }
        },
        iter: 300,
        seed: "0N0XIzNsQ0O2");

    [Test]
    public void Of_equal_keys_the_first_counts()
    {
        var points = GridPoint.SortDistinct([new(1, 2, 1, new Leaf(5, 0)), new(1, 1, 1, new Leaf(3, 0)), new(1, 2, 1, new Leaf(7, 0))]);

        Assert.That(points.Select(point => point.Leaf.LatencyMs), Is.EqualTo(new[] { 3.0, 5.0 }));
    }

    private static Grid<Volume> Grid(double heads, bool squareRoot = false) => new(Ragged, default, heads, squareRoot);

    /// <summary>Specification 2.3 over <see cref="Ragged"/>, sorted in full.</summary>
    private static (double LatencyMs, double PowerWatts) Hold(double heads, double outer, double inner)
    {
        var ranked = Ragged
            .Select(point => (Distance: Distance(point), Utilization: point.First * point.Outer * point.Inner / point.Leaf.LatencyMs, point.Leaf.PowerWatts))
            .OrderBy(leaf => leaf.Distance)
            .ToArray();
        var reach = ranked[4].Distance;
        var weights = ranked.Take(4).Select(leaf => Math.Pow(Math.Max(reach - leaf.Distance, 0) / ((reach * leaf.Distance) + 1e-12), 2)).ToArray();
        if (weights.Sum() <= 0)
        {
            weights = [1, 1, 1, 1];
        }

        var utilization = weights.Zip(ranked, (weight, leaf) => weight * leaf.Utilization).Sum() / weights.Sum();
        return (heads * outer * inner / utilization, weights.Zip(ranked, (weight, leaf) => weight * leaf.PowerWatts).Sum() / weights.Sum());

        double Distance(GridPoint point) => Math.Sqrt(
            Math.Pow(Math.Log2(point.First / heads), 2) + Math.Pow(Math.Log2(point.Outer / outer), 2) + Math.Pow(Math.Log2(point.Inner / inner), 2));
    }

    private static bool Near(TableAnswer a, TableAnswer b) =>
        Math.Abs(a.LatencyMs - b.LatencyMs) <= 1e-9 * b.LatencyMs && Math.Abs(a.PowerWatts - b.PowerWatts) <= 1e-9 * b.PowerWatts;

    private static void AssertAnswer(TableAnswer answer, (double LatencyMs, double PowerWatts) expected, Provenance provenance) =>
        AssertAnswer(answer, expected.LatencyMs, expected.PowerWatts, provenance);

    private static void AssertAnswer(TableAnswer answer, double latencyMs, double powerWatts, Provenance provenance)
    {
        Assert.That(answer.LatencyMs, Is.EqualTo(latencyMs).Within(1e-9 * latencyMs));
        Assert.That(answer.PowerWatts, Is.EqualTo(powerWatts).Within(1e-9 * powerWatts));
        Assert.That(answer.Provenance, Is.EqualTo(provenance));
    }

    private readonly record struct Volume : IGridRoofline
    {
        public double Ms(double first, double outer, double inner) => first * outer * inner;
    }
}
