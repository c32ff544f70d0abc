namespace PowerPlanner.Planning.Search;

/// <summary>The exact best plan of aggregated engines, one role, whose fewest replicas fit both budgets.</summary>
internal readonly ref struct EngineSearch
{
    private readonly Candidates _engine;
    private readonly ReadOnlySpan<FrontPoint> _front;
    private readonly SearchTerms _terms;
    private readonly int _min;
    private readonly int _gpus;

    public EngineSearch(in Candidates engine, in SearchTerms terms)
    {
        _engine = engine;
        _front = engine.Front;
        _terms = terms;
        _min = engine.MinReplicas;
        _gpus = engine.Gpus;
    }

    /// <summary>The best plan; infeasible only where the objective is a demand that is out of reach.</summary>
    public SearchOutcome Run()
    {
        switch (_terms.Objective)
        {
            case PlanningObjective.Efficiency:
                var leastEfficiency = Replicas.Floor(BestEfficiency(double.PositiveInfinity, out _));
                BestEfficiency(leastEfficiency, out var throughput);
                return Choose(throughput, leastEfficiency);
            case PlanningObjective.LeastPower:
                return Choose(_terms.Demand, leastEfficiency: 0);
            default:
                return Choose(Math.Min(BestThroughput(), _terms.Demand), leastEfficiency: 0);
        }
    }

    /// <summary>What a demand out of reach would take; the candidates must have been made without a watt budget.</summary>
    public SearchOutcome Shortfall()
    {
        var floor = Replicas.Floor(_terms.Demand);
        long? fewestWatts = null;
        long? fewestGpus = null;
        foreach (ref readonly var point in _front)
        {
            var replicas = Replicas.Reaching(floor, point.Rate, _min);
            if (replicas > _terms.MaxReplicas)
            {
                continue;
            }

            var watts = Replicas.Watts(replicas, point.Watts);
            var gpus = replicas * _gpus;
            if (gpus <= _terms.GpuBudget && watts < (fewestWatts ?? long.MaxValue))
            {
                fewestWatts = watts;
            }

            if (watts <= _terms.BudgetWatts && gpus < (fewestGpus ?? long.MaxValue))
            {
                fewestGpus = gpus;
            }
        }

        return new SearchOutcome
        {
            Reason = InfeasibleReason.TargetInfeasible,
            MinimumWatts = fewestWatts,
            MinimumGpus = fewestGpus,
            Ceiling = _terms.MaxReplicas * _front[0].Rate,
        };
    }

    /// <summary>The most replicas of a point that fit.</summary>
    private long Most(in FrontPoint point) =>
        Math.Min(Math.Min(_terms.BudgetWatts / point.Watts, _terms.GpuBudget / _gpus), _terms.MaxReplicas);

    private double BestThroughput()
    {
        var best = 0.0;
        foreach (ref readonly var point in _front)
        {
            best = Math.Max(best, Most(point) * point.Rate);
        }

        return best;
    }

    /// <summary>Requests/s per watt do not depend on the count until the demand is met, and fall from then on: only the counts around it count.</summary>
    private double BestEfficiency(double leastEfficiency, out double throughput)
    {
        var best = 0.0;
        throughput = 0;
        foreach (ref readonly var point in _front)
        {
            var last = Math.Min(Most(point), Replicas.Reaching(Replicas.Floor(_terms.Demand), point.Rate, _min));
            for (var replicas = last; replicas >= _min && replicas >= last - 1; replicas--)
            {
                var served = Math.Min(replicas * point.Rate, _terms.Demand);
                var efficiency = served / (replicas * point.Watts);
                best = Math.Max(best, efficiency);
                if (efficiency >= leastEfficiency)
                {
                    throughput = Math.Max(throughput, served);
                }
            }
        }

        return best;
    }

    /// <summary>The first plan in the total order among those that reach <paramref name="throughput"/> and are efficient enough.</summary>
    private SearchOutcome Choose(double throughput, double leastEfficiency)
    {
        var floor = Replicas.Floor(throughput);
        var best = (First: long.MaxValue, Second: long.MaxValue);
        var chosen = -1;
        for (var i = 0; i < _front.Length; i++)
        {
            var replicas = Replicas.Reaching(floor, _front[i].Rate, _min);
            if (!IsAllowed(_front[i], replicas, leastEfficiency))
            {
                continue;
            }

            // No two tie on GPUs and watts: points of a front differ in watts.
            var rank = Rank(_front[i], replicas);
            if (chosen < 0 || rank.CompareTo(best) < 0)
            {
                best = rank;
                chosen = i;
            }
        }

        return chosen < 0 ? new SearchOutcome { Reason = InfeasibleReason.TargetInfeasible } : Outcome(_front[chosen], floor, leastEfficiency);
    }

    private SearchOutcome Outcome(in FrontPoint point, double floor, double leastEfficiency)
    {
        var replicas = Replicas.Reaching(floor, point.Rate, _min);
        var watts = replicas * point.Watts;

        // Least power goes on by throughput before batches; elsewhere throughput has been settled.
        var least = _terms.Objective == PlanningObjective.LeastPower ? Replicas.Floor(replicas * point.Rate) : floor;
        var chosen = _engine.FirstOfTies(point, replicas, Math.Max(least, leastEfficiency * watts));
        return new SearchOutcome
        {
            Decode = chosen,
            DecodeReplicas = (int)replicas,
            Watts = watts,
            Gpus = replicas * _gpus,
            Throughput = replicas * chosen.Rate,
            Statistics = new PlanStatistics(_engine.FeasibleCount, _front.Length),
        };
    }

    private (long First, long Second) Rank(in FrontPoint point, long replicas)
    {
        var watts = Replicas.Watts(replicas, point.Watts);
        var gpus = replicas * _gpus;
        return _terms.Objective == PlanningObjective.LeastPower ? (watts, gpus) : (gpus, watts);
    }

    private bool IsAllowed(in FrontPoint point, long replicas, double leastEfficiency)
    {
        if (replicas > Most(point))
        {
            return false;
        }

        return leastEfficiency <= 0 || Math.Min(replicas * point.Rate, _terms.Demand) / (replicas * point.Watts) >= leastEfficiency;
    }
}
