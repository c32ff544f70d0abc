using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Interpolation;

namespace PowerPlanner.Tests.Performance.Aic.Interpolation;

/// <summary>Weight shapes measured with made-up latencies: a multiple of their speed of light, memory-bound at 1 byte/ms.</summary>
[TestFixture]
internal sealed class SiteTableTests
{
    private static readonly GemmRates Rates = new(Flops: 4000, BytesPerElement: 1, Bandwidth: 1000);

    private readonly List<(long M, long N, long K, double LatencyMs, double PowerWatts)> _rows = [];

    [SetUp]
    public void Clear() => _rows.Clear();

    [Test]
    public void A_measured_shape_never_asks_others()
    {
        Measure(n: 64, k: 64, utilization: 0.5, power: 100, 1, 4);
        Measure(n: 64, k: 32, utilization: 0.1, power: 900, 1, 4);

        var curve = Compile(64, 64);

        AssertAnswer(curve.Evaluate(4), Light(4, 64, 64) / 0.5, 100, Provenance.Measured);
        AssertAnswer(curve.Evaluate(2), Line(2, 1, 4, Light(1, 64, 64) / 0.5, Light(4, 64, 64) / 0.5), 100, Provenance.Interpolated);
    }

    [Test]
    public void Beyond_its_curve_a_shape_keeps_the_median_utilization_of_its_three_last_points()
    {
        Add(1, 64, 64, 1, 10);
        Add(2, 64, 64, Light(2, 64, 64) / 0.2, 20);
        Add(4, 64, 64, Light(4, 64, 64) / 0.9, 40);
        Add(8, 64, 64, Light(8, 64, 64) / 0.5, 30);

        var curve = Compile(64, 64);

        AssertAnswer(curve.Evaluate(9), Light(9, 64, 64) / 0.5, 30, Provenance.Extrapolated);
        AssertAnswer(curve.Evaluate(1_000_000), Light(1_000_000, 64, 64) / 0.5, 30, Provenance.Extrapolated);
    }

    [Test]
    public void The_median_of_two_points_is_their_mean()
    {
        Add(4, 64, 64, Light(4, 64, 64) / 0.9, 40);
        Add(8, 64, 64, Light(8, 64, 64) / 0.5, 30);

        AssertAnswer(Compile(64, 64).Evaluate(1), Light(1, 64, 64) / 0.7, 35, Provenance.Extrapolated);
    }

    [Test]
    public void A_shape_between_sites_blends_the_four_nearest()
    {
        Measure(n: 32, k: 32, utilization: 0.1, power: 100, 1, 64);
        Measure(n: 32, k: 64, utilization: 0.2, power: 200, 1, 64);
        Measure(n: 64, k: 32, utilization: 0.3, power: 300, 1, 64);
        Measure(n: 64, k: 64, utilization: 0.4, power: 400, 1, 64);
        Measure(n: 128, k: 128, utilization: 0.9, power: 900, 1, 64);

        var answer = Compile(48, 40).Evaluate(64);

        var (utilization, power) = Blend(48, 40, (32, 32, 0.1, 100), (32, 64, 0.2, 200), (64, 32, 0.3, 300), (64, 64, 0.4, 400));
        AssertAnswer(answer, Light(64, 48, 40) / utilization, power, Provenance.Interpolated);
    }

    [Test]
    public void Ties_of_distance_go_to_the_shape_that_the_walk_over_m_meets_first()
    {
        // Four shapes lie one octave from (64, 64); the walk starts at m 8, where (64, 128) alone is measured.
        Add(8, 64, 128, Light(8, 64, 128) / 0.5, 500);
        Measure(n: 32, k: 64, utilization: 0.1, power: 100, 1, 16);
        Measure(n: 64, k: 32, utilization: 0.2, power: 200, 1, 16);
        Measure(n: 128, k: 64, utilization: 0.3, power: 300, 1, 16);
        Add(1, 64, 128, Light(1, 64, 128) / 0.5, 500);
        Add(16, 64, 128, Light(16, 64, 128) / 0.5, 500);
        Measure(n: 45, k: 45, utilization: 0.9, power: 900, 1, 16);

        var answer = Compile(64, 64).Evaluate(16);

        // (45, 45) is nearest; of the four at one octave the last one that the walk meets drops out: (128, 64).
        var (utilization, power) = Blend(64, 64, (45, 45, 0.9, 900), (64, 128, 0.5, 500), (32, 64, 0.1, 100), (64, 32, 0.2, 200));
        AssertAnswer(answer, Light(16, 64, 64) / utilization, power, Provenance.Interpolated);
    }

    [Test]
    public void Only_shapes_that_cover_m_are_asked()
    {
        Measure(n: 32, k: 64, utilization: 0.1, power: 100, 1, 4);
        Measure(n: 128, k: 64, utilization: 0.3, power: 300, 1, 4, 64);

        var curve = Compile(64, 64);

        var (both, powerOfBoth) = Blend(64, 64, (32, 64, 0.1, 100), (128, 64, 0.3, 300));
        AssertAnswer(curve.Evaluate(4), Light(4, 64, 64) / both, powerOfBoth, Provenance.Interpolated);
        AssertAnswer(curve.Evaluate(64), Light(64, 64, 64) / 0.3, 300, Provenance.Interpolated);
    }

    [Test]
    public void Where_no_shape_covers_m_all_answer_with_their_tails()
    {
        Measure(n: 32, k: 64, utilization: 0.1, power: 100, 1, 4);
        Measure(n: 128, k: 64, utilization: 0.3, power: 300, 1, 64);

        var (utilization, power) = Blend(64, 64, (32, 64, 0.1, 100), (128, 64, 0.3, 300));
        AssertAnswer(Compile(64, 64).Evaluate(1000), Light(1000, 64, 64) / utilization, power, Provenance.Extrapolated);
    }

    [Test]
    public void Sites_beyond_two_octaves_are_not_asked_where_nearer_ones_are()
    {
        Measure(n: 64, k: 64, utilization: 0.1, power: 100, 1, 16);
        Measure(n: 1024, k: 1024, utilization: 0.3, power: 300, 1, 16);

        AssertAnswer(Compile(128, 64).Evaluate(16), Light(16, 128, 64) / 0.1, 100, Provenance.Interpolated);
    }

    [Test]
    public void A_shape_may_exceed_the_frontier_on_one_axis()
    {
        Measure(n: 32, k: 64, utilization: 0.1, power: 100, 1, 16);
        Measure(n: 64, k: 64, utilization: 0.2, power: 200, 1, 16);

        var (utilization, power) = Blend(1024, 64, (64, 64, 0.2, 200), (32, 64, 0.1, 100));
        AssertAnswer(Compile(1024, 64).Evaluate(16), Light(16, 1024, 64) / utilization, power, Provenance.Extrapolated);
    }

    [TestCase(1024, 1024, TestName = "Beyond_the_frontier_on_both_axes_there_is_no_answer")]
    [TestCase(4, 64, TestName = "Far_below_the_smallest_shape_there_is_no_answer")]
    public void No_answer(long n, long k)
    {
        Measure(n: 32, k: 64, utilization: 0.1, power: 100, 1, 16);
        Measure(n: 64, k: 64, utilization: 0.2, power: 200, 1, 16);

        Assert.That(Compile(n, k).Evaluate(16).HasData, Is.False);
    }

    [Test]
    public void A_repeated_key_keeps_its_first_measurement()
    {
        Add(1, 64, 64, 5, 10);
        Add(1, 64, 64, 7, 20);

        Assert.That(Compile(64, 64).Evaluate(1).PowerWatts, Is.LessThan(10 + 1e-9));
    }

    [Test]
    public void Without_a_rate_of_the_hardware_only_measured_curves_answer()
    {
        Measure(n: 64, k: 64, utilization: 0.5, power: 100, 1, 4);
        var table = Create(Rates with { Flops = double.NaN });

        Assert.That(table.Compile(64, 64).Evaluate(2).HasData, Is.True);
        Assert.That(table.Compile(64, 64).Evaluate(5).HasData, Is.False);
        Assert.That(table.Compile(64, 48).Evaluate(2).HasData, Is.False);
    }

    private void Measure(long n, long k, double utilization, double power, params long[] ms)
    {
        foreach (var m in ms)
        {
            Add(m, n, k, Light(m, n, k) / utilization, power);
        }
    }

    private void Add(long m, long n, long k, double latencyMs, double powerWatts) => _rows.Add((m, n, k, latencyMs, powerWatts));

    private TokenCurve Compile(long n, long k) => Create(Rates).Compile(n, k);

    private SiteTable Create(GemmRates rates) => SiteTable.Create(
        [.. _rows.Select(row => row.M)], [.. _rows.Select(row => row.N)], [.. _rows.Select(row => row.K)],
        [.. _rows.Select(row => row.LatencyMs)], [.. _rows.Select(row => row.PowerWatts)], rates);

    private static double Light(double m, double n, double k) =>
        1000 * Math.Max(2 * m * n * k / Rates.Flops, Rates.BytesPerElement * ((m * n) + (m * k) + (n * k)) / Rates.Bandwidth);

    private static double Line(double x, double a, double b, double atA, double atB) => atA + ((atB - atA) * (x - a) / (b - a));

    private static (double Utilization, double PowerWatts) Blend(double n, double k, params (double N, double K, double Utilization, double PowerWatts)[] sites)
    {
        var weights = sites.Select(site => 1 / (Math.Pow(Math.Log2(site.N / n), 2) + Math.Pow(Math.Log2(site.K / k), 2) + 1e-12)).ToArray();
        return (weights.Zip(sites, (weight, site) => weight * site.Utilization).Sum() / weights.Sum(),
            weights.Zip(sites, (weight, site) => weight * site.PowerWatts).Sum() / weights.Sum());
    }

    private static void AssertAnswer(TableAnswer answer, double latencyMs, double powerWatts, Provenance provenance)
    {
        Assert.That(answer.LatencyMs, Is.EqualTo(latencyMs).Within(1e-9 * latencyMs));
        Assert.That(answer.PowerWatts, Is.EqualTo(powerWatts).Within(1e-9 * powerWatts));
        Assert.That(answer.Provenance, Is.EqualTo(provenance));
    }
}
