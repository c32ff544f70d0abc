using System.Buffers;
using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Planning.Search;

/// <summary>
/// The exact best plan of a prefill and a decode role whose fewest replicas fit both budgets.
/// </summary>
/// <remarks>
/// Exactness rests on three facts. A point that another beats in rate and watts is never needed to reach a throughput. For a fixed pair
/// of points the most decode replicas that fit fall as prefill replicas rise, so throughput rises, then falls, and bisection finds its
/// peak. And the best throughput settles the fewest replicas of every point, so that the rest of the total order compares sums. Points
/// off the front matter in the last pass alone, where a lower batch may tie.
/// </remarks>
internal ref struct PairSearch
{
    // Bounds are quotients of rounded numbers: an efficiency this close to its bound may still be improved.
    private const double BoundSlack = 1e-14;

    private readonly Candidates _prefill;
    private readonly Candidates _decode;
    private readonly ReadOnlySpan<FrontPoint> _prefillFront;
    private readonly ReadOnlySpan<FrontPoint> _decodeFront;
    private readonly SearchTerms _terms;
    private readonly int _prefillMin;
    private readonly int _decodeMin;
    private readonly int _prefillGpus;
    private readonly int _decodeGpus;
    private long _pairsVisited;

    public PairSearch(in Candidates prefill, in Candidates decode, in SearchTerms terms)
    {
        _prefill = prefill;
        _decode = decode;
        _prefillFront = prefill.Front;
        _decodeFront = decode.Front;
        _terms = terms;
        _prefillMin = prefill.MinReplicas;
        _decodeMin = decode.MinReplicas;
        _prefillGpus = prefill.Gpus;
        _decodeGpus = decode.Gpus;
    }

    /// <summary>The best plan; infeasible only where the objective is a demand that is out of reach.</summary>
    public SearchOutcome Run()
    {
        switch (_terms.Objective)
        {
            case PlanningObjective.Efficiency:
                var leastEfficiency = Replicas.Floor(BestEfficiency());
                return Choose(BestThroughputAt(leastEfficiency), leastEfficiency);
            case PlanningObjective.LeastPower:
                return Choose(_terms.Demand, leastEfficiency: 0);
            default:
                return Choose(Math.Min(BestThroughput(), _terms.Demand), leastEfficiency: 0);
        }
    }

    /// <summary>
    /// What a demand out of reach would take: the fewest watts with the GPU ceiling as it is, the fewest GPUs with the watts as they are.
    /// The candidates must have been made without a watt budget.
    /// </summary>
    public readonly SearchOutcome Shortfall()
    {
        var floor = Replicas.Floor(_terms.Demand);
        long? fewestWatts = null;
        long? fewestGpus = null;
        foreach (ref readonly var p in _prefillFront)
        {
            var prefillReplicas = Replicas.Reaching(floor, p.Rate, _prefillMin);
            foreach (ref readonly var d in _decodeFront)
            {
                var decodeReplicas = Replicas.Reaching(floor, d.Rate, _decodeMin);
                if (prefillReplicas > _terms.MaxReplicas || decodeReplicas > _terms.MaxReplicas)
                {
                    continue;
                }

                var (watts, gpus) = Charge(p, prefillReplicas, d, decodeReplicas);
                if (gpus <= _terms.GpuBudget && watts < (fewestWatts ?? long.MaxValue))
                {
                    fewestWatts = watts;
                }

                if (watts <= _terms.BudgetWatts && gpus < (fewestGpus ?? long.MaxValue))
                {
                    fewestGpus = gpus;
                }
            }
        }

        return new SearchOutcome
        {
            Reason = InfeasibleReason.TargetInfeasible,
            MinimumWatts = fewestWatts,
            MinimumGpus = fewestGpus,
            Ceiling = _terms.MaxReplicas * Math.Min(_prefillFront[0].Rate, _decodeFront[0].Rate),
        };
    }

    /// <summary>The most requests/s of all pairs, or any that reaches the demand.</summary>
    private double BestThroughput()
    {
        var (first, second) = HighestBound();
        var best = BestThroughput(_prefillFront[first], _decodeFront[second]);
        foreach (ref readonly var p in _prefillFront)
        {
            var prefillReplicas = Replicas.Exceeding(best, p.Rate, _prefillMin);
            foreach (ref readonly var d in _decodeFront)
            {
                if (best >= _terms.Demand)
                {
                    return best;
                }

                // A pair improves on the incumbent exactly where the fewest replicas above it fit.
                if (Fits(p, prefillReplicas, d, Replicas.Exceeding(best, d.Rate, _decodeMin)))
                {
                    best = BestThroughput(p, d);
                    prefillReplicas = Replicas.Exceeding(best, p.Rate, _prefillMin);
                }
            }
        }

        return best;
    }

    /// <summary>The pair that fractional replicas would serve most with: nearly always the best one, so that hardly another is searched.</summary>
    private readonly (int Prefill, int Decode) HighestBound()
    {
        var highest = double.NegativeInfinity;
        var found = (Prefill: 0, Decode: 0);
        for (var i = 0; i < _prefillFront.Length; i++)
        {
            ref readonly var p = ref _prefillFront[i];
            var prefillGpusPerRate = _prefillGpus / p.Rate;
            for (var j = 0; j < _decodeFront.Length; j++)
            {
                ref readonly var d = ref _decodeFront[j];
                var byBudgets = Math.Min(_terms.BudgetWatts / (p.WattsPerRate + d.WattsPerRate), _terms.GpuBudget / (prefillGpusPerRate + (_decodeGpus / d.Rate)));
                var bound = Math.Min(byBudgets, _terms.MaxReplicas * Math.Min(p.Rate, d.Rate));
                if (bound > highest)
                {
                    highest = bound;
                    found = (i, j);
                }
            }
        }

        return found;
    }

    /// <summary>The most requests/s of one pair, 0 where its fewest replicas do not fit.</summary>
    private double BestThroughput(in FrontPoint p, in FrontPoint d)
    {
        _pairsVisited++;
        var last = MostPrefill(p, d);
        if (last < _prefillMin)
        {
            return 0;
        }

        // The last count at which prefill is the slower role: throughput peaks there or one further.
        var low = _prefillMin - 1L;
        var high = last;
        while (low < high)
        {
            var middle = high - ((high - low) / 2);
            if (middle * p.Rate <= MostDecode(p, middle, d) * d.Rate)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        var best = low >= _prefillMin ? low * p.Rate : 0;
        return low < last ? Math.Max(best, MostDecode(p, low + 1, d) * d.Rate) : best;
    }

    /// <summary>The most prefill replicas beside the fewest decode replicas.</summary>
    private readonly long MostPrefill(in FrontPoint p, in FrontPoint d)
    {
        var byWatts = (_terms.BudgetWatts - (_decodeMin * d.Watts)) / p.Watts;
        var byGpus = (_terms.GpuBudget - ((long)_decodeMin * _decodeGpus)) / _prefillGpus;
        return Math.Min(Math.Min(byWatts, byGpus), _terms.MaxReplicas);
    }

    /// <summary>The most decode replicas beside so many prefill replicas.</summary>
    private readonly long MostDecode(in FrontPoint p, long prefillReplicas, in FrontPoint d)
    {
        var byWatts = (_terms.BudgetWatts - (prefillReplicas * p.Watts)) / d.Watts;
        var byGpus = (_terms.GpuBudget - (prefillReplicas * _prefillGpus)) / _decodeGpus;
        return Math.Min(Math.Min(byWatts, byGpus), _terms.MaxReplicas);
    }

    private readonly (long Watts, long Gpus) Charge(in FrontPoint p, long prefillReplicas, in FrontPoint d, long decodeReplicas) => (
        Replicas.Sum(Replicas.Watts(prefillReplicas, p.Watts), Replicas.Watts(decodeReplicas, d.Watts)),
        (prefillReplicas * _prefillGpus) + (decodeReplicas * _decodeGpus));

    private readonly bool Fits(in FrontPoint p, long prefillReplicas, in FrontPoint d, long decodeReplicas)
    {
        if (prefillReplicas > _terms.MaxReplicas || decodeReplicas > _terms.MaxReplicas)
        {
            return false;
        }

        var (watts, gpus) = Charge(p, prefillReplicas, d, decodeReplicas);
        return watts <= _terms.BudgetWatts && gpus <= _terms.GpuBudget;
    }

    /// <summary>The most requests/s per watt, no request beyond the demand counted.</summary>
    private double BestEfficiency()
    {
        var (first, second) = LeastWattsPerRequest();
        var best = BestEfficiency(_prefillFront[first], _decodeFront[second], 0);
        foreach (ref readonly var p in _prefillFront)
        {
            foreach (ref readonly var d in _decodeFront)
            {
                // Whole replicas are at best as efficient as rates that match exactly.
                if (best * (p.WattsPerRate + d.WattsPerRate) < 1 + BoundSlack)
                {
                    best = BestEfficiency(p, d, best);
                }
            }
        }

        return best;
    }

    /// <summary>The most requests/s, up to the demand, of the plans that are efficient enough.</summary>
    private double BestThroughputAt(double leastEfficiency)
    {
        var best = 0.0;
        foreach (ref readonly var p in _prefillFront)
        {
            foreach (ref readonly var d in _decodeFront)
            {
                if (leastEfficiency * (p.WattsPerRate + d.WattsPerRate) < 1 + BoundSlack)
                {
                    best = BestThroughputAt(p, d, leastEfficiency, best);
                }
            }
        }

        return best;
    }

    private readonly (int Prefill, int Decode) LeastWattsPerRequest()
    {
        var prefill = 0;
        for (var i = 1; i < _prefillFront.Length; i++)
        {
            prefill = _prefillFront[i].WattsPerRate < _prefillFront[prefill].WattsPerRate ? i : prefill;
        }

        var decode = 0;
        for (var j = 1; j < _decodeFront.Length; j++)
        {
            decode = _decodeFront[j].WattsPerRate < _decodeFront[decode].WattsPerRate ? j : decode;
        }

        return (prefill, decode);
    }

    /// <summary>The most requests/s per watt of one pair, or <paramref name="best"/> where that is more.</summary>
    private double BestEfficiency(in FrontPoint p, in FrontPoint d, double best)
    {
        _pairsVisited++;
        var bound = Replicas.Floor(1 / (p.WattsPerRate + d.WattsPerRate));
        var last = MostUsefulPrefill(p, d);
        for (long prefillReplicas = _prefillMin; prefillReplicas <= last && best < bound; prefillReplicas++)
        {
            var counts = AroundCrossing(p, prefillReplicas, d);
            for (var count = counts.Most; count >= counts.Least; count--)
            {
                best = Math.Max(best, Math.Min(counts.Supply, count * d.Rate) / ((prefillReplicas * p.Watts) + (count * d.Watts)));
            }
        }

        return best;
    }

    /// <summary>The most requests/s of one pair at some efficiency, or <paramref name="best"/> where that is more.</summary>
    private readonly double BestThroughputAt(in FrontPoint p, in FrontPoint d, double leastEfficiency, double best)
    {
        // From the most prefill replicas down: the first that are efficient enough are nearly always the answer.
        for (var prefillReplicas = MostUsefulPrefill(p, d); prefillReplicas >= _prefillMin && prefillReplicas * p.Rate > best; prefillReplicas--)
        {
            var counts = AroundCrossing(p, prefillReplicas, d);
            for (var count = counts.Most; count >= counts.Least; count--)
            {
                var throughput = Math.Min(counts.Supply, count * d.Rate);
                if (throughput / ((prefillReplicas * p.Watts) + (count * d.Watts)) >= leastEfficiency)
                {
                    best = Math.Max(best, throughput);
                }
            }
        }

        return best;
    }

    /// <summary>The most prefill replicas that fit and that the demand has use for.</summary>
    private readonly long MostUsefulPrefill(in FrontPoint p, in FrontPoint d) =>
        Math.Min(MostPrefill(p, d), Replicas.Reaching(Replicas.Floor(_terms.Demand), p.Rate, _prefillMin));

    /// <summary>
    /// The decode counts that can be the most efficient beside so many prefill replicas: requests/s per watt rise with decode replicas as
    /// long as decode is the slower role and fall from then on, so that only the two counts around the crossing can.
    /// </summary>
    private readonly (double Supply, long Least, long Most) AroundCrossing(in FrontPoint p, long prefillReplicas, in FrontPoint d)
    {
        var supply = Math.Min(prefillReplicas * p.Rate, _terms.Demand);
        var most = Math.Min(Replicas.Reaching(Replicas.Floor(supply), d.Rate, _decodeMin), MostDecode(p, prefillReplicas, d));
        return (supply, Math.Max(_decodeMin, most - 1), most);
    }

    /// <summary>The first plan in the total order among those that reach <paramref name="throughput"/> and are efficient enough.</summary>
    private readonly SearchOutcome Choose(double throughput, double leastEfficiency)
    {
        var floor = Replicas.Floor(throughput);
        var sized = ArrayPool<SizedRole>.Shared.Rent(_decodeFront.Length);
        try
        {
            var decode = sized.AsSpan(0, _decodeFront.Length);
            for (var j = 0; j < decode.Length; j++)
            {
                decode[j] = Size(_decodeFront[j], floor, _decodeMin, _decodeGpus);
            }

            return Choose(floor, leastEfficiency, decode);
        }
        finally
        {
            ArrayPool<SizedRole>.Shared.Return(sized);
        }
    }

    private readonly SearchOutcome Choose(double floor, double leastEfficiency, ReadOnlySpan<SizedRole> decode)
    {
        var best = (First: long.MaxValue, Second: long.MaxValue);
        var found = false;
        for (var i = 0; i < _prefillFront.Length; i++)
        {
            var prefill = Size(_prefillFront[i], floor, _prefillMin, _prefillGpus);
            for (var j = 0; j < decode.Length; j++)
            {
                if (IsAllowed(i, prefill, j, decode[j], leastEfficiency))
                {
                    var rank = Rank(prefill, decode[j]);
                    if (!found || rank.CompareTo(best) < 0)
                    {
                        best = rank;
                        found = true;
                    }
                }
            }
        }

        return found ? BreakTies(floor, leastEfficiency, decode, best) : new SearchOutcome { Reason = InfeasibleReason.TargetInfeasible };
    }

    /// <summary>Among the pairs that tie on GPUs and watts: few, so that their sums are simply made again.</summary>
    private readonly SearchOutcome BreakTies(double floor, double leastEfficiency, ReadOnlySpan<SizedRole> decode, (long First, long Second) best)
    {
        // Least power goes on by throughput before batches; elsewhere throughput has been settled.
        var least = _terms.Objective == PlanningObjective.LeastPower ? Replicas.Floor(MostThroughput(floor, decode, best)) : floor;
        var winner = default(SearchOutcome);
        var found = false;
        for (var i = 0; i < _prefillFront.Length; i++)
        {
            var prefill = Size(_prefillFront[i], floor, _prefillMin, _prefillGpus);
            for (var j = 0; j < decode.Length; j++)
            {
                if (Rank(prefill, decode[j]) != best
                    || !IsAllowed(i, prefill, j, decode[j], leastEfficiency)
                    || Throughput(_prefillFront[i], prefill, _decodeFront[j].Rate, decode[j]) < least)
                {
                    continue;
                }

                var needed = Math.Max(least, leastEfficiency * (prefill.Watts + decode[j].Watts));
                var outcome = Outcome(
                    _prefill.FirstOfTies(_prefillFront[i], prefill.Replicas, needed),
                    prefill,
                    _decode.FirstOfTies(_decodeFront[j], decode[j].Replicas, needed),
                    decode[j]);
                if (!found || TotalOrder.IsBefore(isPair: true, outcome, winner))
                {
                    winner = outcome;
                    found = true;
                }
            }
        }

        return winner;
    }

    private readonly double MostThroughput(double floor, ReadOnlySpan<SizedRole> decode, (long First, long Second) best)
    {
        var most = 0.0;
        for (var i = 0; i < _prefillFront.Length; i++)
        {
            var prefill = Size(_prefillFront[i], floor, _prefillMin, _prefillGpus);
            for (var j = 0; j < decode.Length; j++)
            {
                if (Rank(prefill, decode[j]) == best && IsAllowed(i, prefill, j, decode[j], leastEfficiency: 0))
                {
                    most = Math.Max(most, Throughput(_prefillFront[i], prefill, _decodeFront[j].Rate, decode[j]));
                }
            }
        }

        return most;
    }

    private readonly (long First, long Second) Rank(in SizedRole prefill, in SizedRole decode)
    {
        var watts = Replicas.Sum(prefill.Watts, decode.Watts);
        var gpus = prefill.Gpus + decode.Gpus;
        return _terms.Objective == PlanningObjective.LeastPower ? (watts, gpus) : (gpus, watts);
    }

    private readonly bool IsAllowed(int i, in SizedRole prefill, int j, in SizedRole decode, double leastEfficiency)
    {
        if (prefill.Replicas > _terms.MaxReplicas || decode.Replicas > _terms.MaxReplicas || prefill.Gpus + decode.Gpus > _terms.GpuBudget)
        {
            return false;
        }

        var watts = Replicas.Sum(prefill.Watts, decode.Watts);
        return watts <= _terms.BudgetWatts
            && (leastEfficiency <= 0 || Math.Min(Throughput(_prefillFront[i], prefill, _decodeFront[j].Rate, decode), _terms.Demand) / watts >= leastEfficiency);
    }

    private static double Throughput(in FrontPoint p, in SizedRole prefill, double decodeRate, in SizedRole decode) =>
        Math.Min(prefill.Replicas * p.Rate, decode.Replicas * decodeRate);

    private static SizedRole Size(in FrontPoint point, double floor, int minimum, int gpus)
    {
        var replicas = Replicas.Reaching(floor, point.Rate, minimum);
        return new SizedRole(replicas, Replicas.Watts(replicas, point.Watts), replicas * gpus);
    }

    private readonly SearchOutcome Outcome(in RolePoint prefillPoint, in SizedRole prefill, in RolePoint decodePoint, in SizedRole decode) =>
        new()
        {
            Prefill = prefillPoint,
            Decode = decodePoint,
            PrefillReplicas = (int)prefill.Replicas,
            DecodeReplicas = (int)decode.Replicas,
            Watts = prefill.Watts + decode.Watts,
            Gpus = prefill.Gpus + decode.Gpus,
            Throughput = Math.Min(prefill.Replicas * prefillPoint.Rate, decode.Replicas * decodePoint.Rate),
            Statistics = new PlanStatistics((long)_prefill.FeasibleCount + _decode.FeasibleCount, _pairsVisited),
        };

    private readonly record struct SizedRole(long Replicas, long Watts, long Gpus);
}
