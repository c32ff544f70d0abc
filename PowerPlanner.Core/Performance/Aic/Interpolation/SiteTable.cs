using System.Runtime.Intrinsics;

namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Matrix products measured at scattered weight shapes ("sites"), each with a curve over the rows m (specification 2.5). A curve is
/// compiled for one weight shape: which sites answer, and with which weights, depends on m through coverage alone.
/// </summary>
internal sealed class SiteTable
{
    private const int NearestSites = 4;
    private const double GateOctaves = 2;

    private readonly Site[] _sites;
    private readonly GemmRates _rates;

    private SiteTable(Site[] sites, GemmRates rates)
    {
        _sites = sites;
        _rates = rates;
    }

    public bool IsEmpty => _sites.Length == 0;

    public GemmRates Rates => _rates;

    /// <summary>Files measurements in their order: the first of equal keys counts.</summary>
    /// <param name="m">Rows.</param>
    /// <param name="n">Columns of the weights.</param>
    /// <param name="k">Rows of the weights.</param>
    /// <param name="latencyMs">ms.</param>
    /// <param name="powerWatts">W; 0 = not measured.</param>
    /// <param name="rates">Bounds of the number format.</param>
    public static SiteTable Create(
        ReadOnlySpan<long> m, ReadOnlySpan<long> n, ReadOnlySpan<long> k, ReadOnlySpan<double> latencyMs, ReadOnlySpan<double> powerWatts, GemmRates rates)
    {
        var sites = new List<Site>();
        var ordinals = new Dictionary<(long N, long K), Site>();
        foreach (var row in WalkOrder(m, n, k))
        {
            if (!ordinals.TryGetValue((n[row], k[row]), out var site))
            {
                site = new Site(sites.Count, n[row], k[row], rates.Roofline(n[row], k[row]));
                ordinals.Add((n[row], k[row]), site);
                sites.Add(site);
            }

            site.Add(m[row], latencyMs[row], powerWatts[row]);
        }

        foreach (var site in sites)
        {
            site.Complete();
        }

        return new SiteTable([.. sites], rates);
    }

    /// <summary>The curve of an n × k weight over the rows m; pieces without an answer where no site may speak for it.</summary>
    public TokenCurve Compile(long n, long k)
    {
        var builder = new TokenCurveBuilder();
        var roofline = _rates.Roofline(n, k);
        if (Array.Find(_sites, site => site.N == n && site.K == k) is { } measured)
        {
            measured.AddCurve(builder);
            return builder.Build(roofline);
        }

        var ranked = Array.ConvertAll(_sites, site => new Candidate(site, Math.Log2(site.N) - Math.Log2(n), Math.Log2(site.K) - Math.Log2(k)));
        Array.Sort(ranked, Candidate.NearestFirst);
        var withinSites = _sites.Length > 0 && n >= _sites.Min(site => site.N) && n <= _sites.Max(site => site.N)
            && k >= _sites.Min(site => site.K) && k <= _sites.Max(site => site.K);
        var origin = withinSites ? Provenance.Interpolated : Provenance.Extrapolated;
        var starts = CoverageStarts();
        for (var i = 0; i < starts.Length; i++)
        {
            var start = starts[i];
            var end = i + 1 < starts.Length ? starts[i + 1] - 1 : double.PositiveInfinity;
            var covering = Array.FindAll(ranked, candidate => candidate.Site.Covers(start));
            var chosen = Choose(covering.Length > 0 ? covering : ranked, n, k);
            if (chosen.Length == 0 || double.IsNaN(roofline.ComputeMs))
            {
                builder.AddNoData(start);
            }
            else if (covering.Length > 0)
            {
                AddBlends(builder, start, end, chosen, origin);
            }
            else
            {
                AddTails(builder, start, end, chosen, roofline);
            }
        }

        return builder.Build(roofline);
    }

    /// <summary>
    /// The walk that numbers the sites, as row indexes: over m, under it over n, under that over k, each in order of first appearance;
    /// repeated keys dropped. Ties of distance go by these numbers, and the grid of sites is full of them.
    /// </summary>
    private static List<int> WalkOrder(ReadOnlySpan<long> m, ReadOnlySpan<long> n, ReadOnlySpan<long> k)
    {
        var accepted = new HashSet<(long M, long N, long K)>(m.Length);
        var byM = new Dictionary<long, List<List<int>>>();
        var byMAndN = new Dictionary<(long M, long N), List<int>>();
        var order = new List<List<List<int>>>();
        for (var row = 0; row < m.Length; row++)
        {
            if (!accepted.Add((m[row], n[row], k[row])))
            {
                continue;
            }

            if (!byMAndN.TryGetValue((m[row], n[row]), out var rows))
            {
                if (!byM.TryGetValue(m[row], out var ofM))
                {
                    byM.Add(m[row], ofM = []);
                    order.Add(ofM);
                }

                byMAndN.Add((m[row], n[row]), rows = []);
                ofM.Add(rows);
            }

            rows.Add(row);
        }

        var walk = new List<int>(accepted.Count);
        foreach (var ofM in order)
        {
            foreach (var rows in ofM)
            {
                walk.AddRange(rows);
            }
        }

        return walk;
    }

    /// <summary>Where the set of covering sites changes: 1, each curve's first m, and the m after each curve's last.</summary>
    private double[] CoverageStarts()
    {
        var starts = new SortedSet<double> { 1 };
        foreach (var site in _sites)
        {
            starts.Add(Math.Max(1, site.FirstM));
            starts.Add(Math.Max(1, site.LastM + 1));
        }

        return [.. starts];
    }

    /// <summary>At most four sites that may speak for the shape, nearest first; none where the gate refuses.</summary>
    private static Candidate[] Choose(Candidate[] candidates, long n, long k)
    {
        var near = Array.FindAll(candidates, candidate => candidate.Octaves <= GateOctaves);
        if (near.Length == 0 && candidates.Length > 0)
        {
            near = WaiveFrontier(candidates, n, k);
        }

        return near.Length > NearestSites ? near[..NearestSites] : near;
    }

    /// <summary>Beyond the gate the shape may exceed the measured range on one axis only, and only upwards.</summary>
    private static Candidate[] WaiveFrontier(Candidate[] candidates, long n, long k)
    {
        if (n < candidates.Min(candidate => candidate.Site.N) || k < candidates.Min(candidate => candidate.Site.K))
        {
            return [];
        }

        var beyondN = n > candidates.Max(candidate => candidate.Site.N);
        var beyondK = k > candidates.Max(candidate => candidate.Site.K);
        return beyondN == beyondK
            ? []
            : Array.FindAll(candidates, candidate => Math.Abs(beyondN ? candidate.OctavesK : candidate.OctavesN) <= GateOctaves);
    }

    private static void AddBlends(TokenCurveBuilder builder, double start, double end, Candidate[] chosen, Provenance origin)
    {
        var total = 0.0;
        foreach (var candidate in chosen)
        {
            total += candidate.Weight;
        }

        var compute = Vector256<double>.Zero;
        var memory = Vector256<double>.Zero;
        var weight = Vector256<double>.Zero;
        for (var i = 0; i < chosen.Length; i++)
        {
            var share = chosen[i].Weight / total;
            var roofline = chosen[i].Site.Roofline;
            compute = compute.WithElement(i, roofline.ComputeMs * share);
            memory = memory.WithElement(i, roofline.MemoryMs * share);
            weight = weight.WithElement(i, roofline.WeightMs * share);
        }

        var weights = builder.AddWeights(new TokenBlendWeights(compute, memory, weight));
        var nodes = new SortedSet<double> { start };
        foreach (var candidate in chosen)
        {
            candidate.Site.AddNodes(nodes, start, end);
        }

        foreach (var node in nodes)
        {
            AddBlend(builder, node, chosen, total, weights, origin, out var powerWatts, out var powerSlope);

            // Power that starts at 0 covers nothing at the node itself, and everything behind it.
            if (powerWatts == 0 && powerSlope > 0 && node < end && !nodes.Contains(node + 1))
            {
                AddBlend(builder, node + 1, chosen, total, weights, origin, out _, out _);
            }
        }
    }

    private static void AddBlend(
        TokenCurveBuilder builder, double start, Candidate[] chosen, double total, int weights, Provenance origin, out double powerWatts, out double powerSlope)
    {
        var latency = Vector256<double>.One;
        var slope = Vector256<double>.Zero;
        powerWatts = powerSlope = 0;
        for (var i = 0; i < chosen.Length; i++)
        {
            var line = chosen[i].Site.LineFrom(start);
            latency = latency.WithElement(i, line.LatencyMs);
            slope = slope.WithElement(i, line.LatencySlope);
            powerWatts += line.PowerWatts * chosen[i].Weight / total;
            powerSlope += line.PowerSlope * chosen[i].Weight / total;
        }

        builder.AddBlend(start, new TokenBlend(latency, slope, weights), powerWatts, powerSlope, origin);
    }

    /// <summary>Where no site covers m each answers with the utilization of its tail, so that theirs is a constant as well.</summary>
    private static void AddTails(TokenCurveBuilder builder, double start, double end, Candidate[] chosen, GemmRoofline roofline)
    {
        var (utilization, powerWatts, total) = (0.0, 0.0, 0.0);
        foreach (var candidate in chosen)
        {
            if (candidate.Site.Tail(start) is { } tail)
            {
                utilization += candidate.Weight * tail.Utilization;
                powerWatts += candidate.Weight * tail.PowerWatts;
                total += candidate.Weight;
            }
        }

        if (total == 0)
        {
            builder.AddNoData(start);
            return;
        }

        builder.AddRoofline(start, end, roofline, utilization / total, powerWatts / total, Provenance.Extrapolated);
    }

    private sealed record Candidate(Site Site, double OctavesN, double OctavesK)
    {
        public double Octaves { get; } = Math.Sqrt((OctavesN * OctavesN) + (OctavesK * OctavesK));

        public double Weight => 1 / ((Octaves * Octaves) + 1e-12);

        /// <summary>By distance, ties by the sites' numbers.</summary>
        public static int NearestFirst(Candidate left, Candidate right) => left.Octaves != right.Octaves
            ? left.Octaves.CompareTo(right.Octaves)
            : left.Site.Ordinal.CompareTo(right.Site.Ordinal);
    }
}
