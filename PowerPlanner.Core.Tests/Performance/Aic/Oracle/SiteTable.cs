using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>GEMM measurements: scattered sites (n, k), each with a curve over m (specification 2.5).</summary>
/// <param name="name">Named where the table has no answer.</param>
/// <param name="speedOfLightMs">SOL at (m, n, k).</param>
internal sealed class SiteTable(string name, Func<double, double, double, double> speedOfLightMs)
{
    private const int NearestSites = 4;
    private const double GateOctaves = 2;
    private const int TailLength = 3;

    /// <summary>m → n → k in order of first insertion: the walk that numbers the sites depends on it.</summary>
    private readonly OrderedDictionary<long, OrderedDictionary<long, OrderedDictionary<long, Leaf>>> _rows = [];

    private readonly Dictionary<(long N, long K), List<(double Distance, Site Site)>> _ranked = [];
    private List<Site>? _sites;

    /// <summary>Files a row; the first one to claim a key wins.</summary>
    public void Add(long m, long n, long k, Leaf leaf)
    {
        if (!_rows.TryGetValue(m, out var ofM))
        {
            _rows.Add(m, ofM = []);
        }

        if (!ofM.TryGetValue(n, out var ofN))
        {
            ofM.Add(n, ofN = []);
        }

        ofN.TryAdd(k, leaf);
    }

    /// <exception cref="NoPerformanceDataException">The table has no answer at this point.</exception>
    public TableAnswer Resolve(long m, long n, long k)
    {
        _sites ??= EnumerateSites();
        if (_sites.Find(site => site.N == n && site.K == k) is { } measured)
        {
            return EvaluateCurve(measured, m) ?? throw Miss(m, n, k, "the curve of this shape has no valid tail");
        }

        var neighbours = new List<(double Distance, double Utilization, TableAnswer Answer)>();
        foreach (var (distance, site) in Candidates(m, n, k).Take(NearestSites))
        {
            var bound = speedOfLightMs(m, site.N, site.K);
            if (EvaluateCurve(site, m) is { } answer && Coordinates.IsPositive(answer.LatencyMs) && Coordinates.IsPositive(bound))
            {
                neighbours.Add((distance, bound / answer.LatencyMs, answer));
            }
        }

        if (neighbours.Count == 0)
        {
            throw Miss(m, n, k, "no neighbour answers");
        }

        var weights = neighbours.ConvertAll(neighbour => 1 / ((neighbour.Distance * neighbour.Distance) + 1e-12));
        var total = weights.Sum();
        var utilization = neighbours.Zip(weights, (neighbour, w) => w * neighbour.Utilization).Sum() / total;
        var power = neighbours.Zip(weights, (neighbour, w) => w * neighbour.Answer.PowerWatts).Sum() / total;
        var provenance = neighbours.Aggregate(
            IsWithinSites(n, k) ? Provenance.Interpolated : Provenance.Extrapolated,
            (least, neighbour) => OperationCost.Combine(least, neighbour.Answer.Provenance));
        return TableAnswer.Estimated(speedOfLightMs(m, n, k) / utilization, power, provenance);
    }

    private List<(double Distance, Site Site)> Candidates(long m, long n, long k)
    {
        var ranked = Ranked(n, k);
        var candidates = ranked.FindAll(candidate => candidate.Site.Curve.Keys[0] <= m && m <= candidate.Site.Curve.Keys[^1]);
        if (candidates.Count == 0)
        {
            candidates = ranked;
        }

        var near = candidates.FindAll(candidate => candidate.Distance <= GateOctaves);
        return near.Count > 0 ? near : FrontierWaiver(candidates, m, n, k);
    }

    /// <summary>Beyond the gate the query may exceed the measured range on one axis only, and only upwards.</summary>
    private List<(double Distance, Site Site)> FrontierWaiver(List<(double Distance, Site Site)> candidates, long m, long n, long k)
    {
        if (candidates.Count == 0)
        {
            throw Miss(m, n, k, "it has no sites");
        }

        if (n < candidates.Min(candidate => candidate.Site.N) || k < candidates.Min(candidate => candidate.Site.K))
        {
            throw Miss(m, n, k, "the shape is smaller than any measured one by more than two octaves");
        }

        var beyondN = n > candidates.Max(candidate => candidate.Site.N);
        var beyondK = k > candidates.Max(candidate => candidate.Site.K);
        if (beyondN == beyondK)
        {
            throw Miss(m, n, k, beyondN ? "the shape is beyond the measured ones on both axes" : "no measured shape is within two octaves");
        }

        var waived = candidates.FindAll(candidate => beyondN
            ? Math.Abs(Coordinates.Octaves(candidate.Site.K) - Coordinates.Octaves(k)) <= GateOctaves
            : Math.Abs(Coordinates.Octaves(candidate.Site.N) - Coordinates.Octaves(n)) <= GateOctaves);
        return waived.Count > 0 ? waived : throw Miss(m, n, k, "no measured shape is within two octaves on the other axis");
    }

    /// <summary>All sites by distance from a shape, ties in order of enumeration; sorted once per shape.</summary>
    private List<(double Distance, Site Site)> Ranked(long n, long k)
    {
        if (!_ranked.TryGetValue((n, k), out var ranked))
        {
            ranked = [.. _sites!.Select(site => (Distance: Distance(site, n, k), Site: site)).OrderBy(candidate => candidate.Distance)];
            _ranked.Add((n, k), ranked);
        }

        return ranked;
    }

    private static double Distance(Site site, long n, long k)
    {
        var (dn, dk) = (Coordinates.Octaves(site.N) - Coordinates.Octaves(n), Coordinates.Octaves(site.K) - Coordinates.Octaves(k));
        return Math.Sqrt((dn * dn) + (dk * dk));
    }

    private bool IsWithinSites(long n, long k) =>
        n >= _sites!.Min(site => site.N) && n <= _sites!.Max(site => site.N) && k >= _sites!.Min(site => site.K) && k <= _sites!.Max(site => site.K);

    /// <summary>The site's own curve at m; null where it has no valid tail to hold.</summary>
    private TableAnswer? EvaluateCurve(Site site, long m)
    {
        var curve = site.Curve;
        if (curve.TryGetValue(m, out var exact))
        {
            return TableAnswer.Exact(exact);
        }

        var keys = curve.Keys;
        if (keys.Count < 2 || m < keys[0] || m > keys[^1])
        {
            return TailHold(site, m);
        }

        var above = 0;
        while (keys[above] < m)
        {
            above++;
        }

        var (lo, hi) = (keys[above - 1], keys[above]);
        var (a, b) = (curve[lo], curve[hi]);
        var w = (m - lo) / (double)(hi - lo);
        return TableAnswer.Estimated(
            a.LatencyMs + ((b.LatencyMs - a.LatencyMs) * w),
            a.BlendedPowerWatts + ((b.BlendedPowerWatts - a.BlendedPowerWatts) * w),
            Provenance.Interpolated);
    }

    private TableAnswer? TailHold(Site site, long m)
    {
        var tail = m < site.Curve.Keys[0] ? site.Curve.Take(TailLength) : site.Curve.TakeLast(TailLength);
        var valid = tail
            .Select(point => (Bound: speedOfLightMs(point.Key, site.N, site.K), Leaf: point.Value))
            .Where(point => Coordinates.IsPositive(point.Bound) && Coordinates.IsPositive(point.Leaf.LatencyMs))
            .ToList();
        if (valid.Count == 0)
        {
            return null;
        }

        var utilization = Median(valid.Select(point => point.Bound / point.Leaf.LatencyMs));
        var power = Median(valid.Select(point => point.Leaf.BlendedPowerWatts));
        return TableAnswer.Estimated(speedOfLightMs(m, site.N, site.K) / utilization, power, Provenance.Extrapolated);
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>A site gets its number where the walk over m, then n, then k, each in order of first insertion, first meets it.</summary>
    private List<Site> EnumerateSites()
    {
        var sites = new List<Site>();
        var known = new Dictionary<(long N, long K), Site>();
        foreach (var (m, ofM) in _rows)
        {
            foreach (var (n, ofN) in ofM)
            {
                foreach (var (k, leaf) in ofN)
                {
                    if (!known.TryGetValue((n, k), out var site))
                    {
                        known.Add((n, k), site = new Site(n, k));
                        sites.Add(site);
                    }

                    site.Curve.Add(m, leaf);
                }
            }
        }

        return sites;
    }

    private NoPerformanceDataException Miss(long m, long n, long k, string why) =>
        new($"{name} has no answer at m {m}, n {n}, k {k}: {why}.");

    private sealed class Site(long n, long k)
    {
        public long N { get; } = n;

        public long K { get; } = k;

        public SortedList<long, Leaf> Curve { get; } = [];
    }
}
