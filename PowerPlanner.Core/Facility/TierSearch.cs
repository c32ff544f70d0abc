namespace PowerPlanner.Facility;

/// <summary>
/// One choice per deployment, most value within a budget, and of equal values the one of fewest watts. The relaxation gives a price per watt and an
/// upper bound. At that price each choice loses something against the deployment's best, its free one; value = bound − losses − price·unused watts, so
/// only choices that lose less than the gap between bound and incumbent can be in a better division, and of two equally good ones the one that
/// draws less loses less. Deployments are decided one after the other, those first whose second choice loses least, keeping all undominated
/// divisions that may still win, until no second choice can.
/// </summary>
internal sealed class TierSearch
{
    /// <summary>Divisions looked at before the search settles for the gap it has; about a second at most.</summary>
    public const int DefaultEffort = 2_000_000;

    // Sums of doubles differ by their order: a gain below this part of the bound is rounding.
    private const double Rounding = 1e-12;

    private readonly TierGroup[] _groups;
    private readonly TierRelaxation _relaxation;
    private readonly long _budget;
    private readonly double _rounding;
    private readonly double _most;
    private readonly double _bound;
    private readonly double[][] _losses;
    private readonly int[] _free;
    private readonly TierFiller? _filler;
    private double _bestValue;
    private long _bestWatts;
    private (int History, long Steps) _best = (-2, 0);
    private double _upPrice;
    private double _downPrice;
    private int _fillers;
    private long _effort;

    public TierSearch(FacilityChoices[] choices, long budgetWatts, long effort = DefaultEffort)
    {
        _groups = TierGroup.Of(choices);
        _effort = effort;
        _budget = Reachable(budgetWatts);
        _relaxation = new TierRelaxation(_groups, _budget);
        (_bestValue, _bestWatts) = (_relaxation.Value, _relaxation.UsedWatts);
        (_losses, _free) = (new double[_groups.Length][], new int[_groups.Length]);
        Best = new int[choices.Length];
        if (_relaxation.BreakGroup < 0)
        {
            Assign(_relaxation.Counts);
            return;
        }

        var price = _relaxation.Price;
        for (var g = 0; g < _groups.Length; g++)
        {
            var own = _groups[g].Choices;
            var net = new double[own.Watts.Length];
            for (var k = 0; k < net.Length; k++)
            {
                net[k] = own.Values[k] - (price * own.Watts[k]);
            }

            var most = net.Max();
            _losses[g] = Array.ConvertAll(net, value => most - value);
            _most += most * _groups[g].Members.Length;
        }

        _bound = _most + (price * _budget);
        _rounding = Rounding * _bound;
        var broken = _relaxation.BreakGroup;
        for (var g = 0; g < _groups.Length; g++)
        {
            _free[g] = Free(g);
        }

        _fillers = _groups[broken].Members.Length;
        _filler = new TierFiller(_groups[broken].Choices, _losses[broken], _relaxation.BreakFrom, _relaxation.BreakTo, _rounding / _fillers);
        _free[broken] = _filler.Bottom;
        IsProven = Run();
        Gap = IsProven ? 0 : Math.Max(0, _bound - _bestValue);
    }

    /// <summary>By deployment, its choice.</summary>
    public int[] Best { get; }

    /// <summary>Whether no division is better, to rounding.</summary>
    public bool IsProven { get; } = true;

    /// <summary>How much better a division could be, at most; 0 where proven.</summary>
    public double Gap { get; }

    private double Slack => _bound - _bestValue;

    /// <summary>Whether what is undecided could make the state better than the incumbent, or equal to it with fewer watts.</summary>
    public bool MayWin(in TierState state)
    {
        _effort--;
        var lost = _most + (_relaxation.Price * state.Watts) - state.Value;
        if (lost >= Slack - _rounding)
        {
            return false;
        }

        // What undecided deployments must still lose so that the watts fit, or watts stay unused at the price of each.
        var unused = _budget - state.Watts;
        var room = _filler!.StepWatts * _filler.Steps * _fillers;
        if (unused < 0)
        {
            lost -= _downPrice * unused;
        }
        else if (unused > room)
        {
            lost += Math.Min(_relaxation.Price, _upPrice) * (unused - room);
        }
        else
        {
            var rest = unused % _filler.StepWatts;
            lost += Math.Min(Math.Min(_relaxation.Price, _upPrice) * rest, _downPrice * (_filler.StepWatts - rest));
        }

        return lost <= Slack + _rounding;
    }

    /// <summary>The budget less what no division can use: watts come in multiples of their common divisor.</summary>
    private long Reachable(long budgetWatts)
    {
        long least = 0;
        long divisor = 0;
        foreach (var group in _groups)
        {
            var watts = group.Choices.Watts;
            least += watts[0] * group.Members.Length;
            for (var k = 1; k < watts.Length; k++)
            {
                for (var other = watts[k] - watts[0]; other != 0;)
                {
                    (divisor, other) = (other, divisor % other);
                }
            }
        }

        return divisor == 0 ? budgetWatts : budgetWatts - ((budgetWatts - least) % divisor);
    }

    /// <summary>Of the choices that lose nothing the one that most members take in the greedy division: the search starts near the budget.</summary>
    private int Free(int group)
    {
        var free = Array.IndexOf(_losses[group], 0);
        for (var k = 0; k < _losses[group].Length; k++)
        {
            if (_losses[group][k] <= _rounding / _groups[group].Members.Length && _relaxation.Counts[group][k] > _relaxation.Counts[group][free])
            {
                free = k;
            }
        }

        return free;
    }

    private bool Run()
    {
        var levels = Levels();
        var (up, down) = Prices(levels);
        var freeWatts = 0L;
        var freeValue = 0.0;
        for (var g = 0; g < _groups.Length; g++)
        {
            freeWatts += _groups[g].Choices.Watts[_free[g]] * _groups[g].Members.Length;
            freeValue += _groups[g].Choices.Values[_free[g]] * _groups[g].Members.Length;
        }

        var states = new TierStates(freeWatts, freeValue);
        (_upPrice, _downPrice) = (up[0], down[0]);
        Complete(states);
        for (var level = 0; level < levels.Length && levels[level].Least < Slack - _rounding && _effort > 0; level++)
        {
            Decide(states, level, levels[level].Group, up[level + 1], down[level + 1]);
        }

        Assign(_best.History == -2 ? _relaxation.Counts : Counts(states, levels));
        return _effort > 0 || Slack <= _rounding;
    }

    private void Decide(TierStates states, int level, int group, double up, double down)
    {
        var own = _groups[group].Choices;
        var free = _free[group];
        TierState[] before = states.All.ToArray();
        (_upPrice, _downPrice) = (up, down);
        if (group == _relaxation.BreakGroup)
        {
            _fillers--;
        }

        for (var k = 0; k < own.Watts.Length && _effort > 0; k++)
        {
            if (k != free && _losses[group][k] < Slack - _rounding)
            {
                states.Add(before, k, own.Watts[k] - own.Watts[free], own.Values[k] - own.Values[free], this);
            }
        }

        states.Settle(level, this);
        Complete(states);
    }

    /// <summary>All undecided deployments take their free choice, those at the break as many steps as fit.</summary>
    private void Complete(TierStates states)
    {
        foreach (var state in states.All)
        {
            var unused = _budget - state.Watts;
            if (unused < 0)
            {
                break;
            }

            var steps = Math.Min(unused / _filler!.StepWatts, (long)_filler.Steps * _fillers);
            var value = state.Value + (steps * _filler.StepValue);
            var watts = state.Watts + (steps * _filler.StepWatts);
            if (value > _bestValue + _rounding || (value >= _bestValue - _rounding && watts < _bestWatts))
            {
                _bestValue = Math.Max(value, _bestValue);
                _bestWatts = watts;
                _best = (state.History, steps);
            }
        }
    }

    /// <summary>
    /// A level decides one deployment. Of identical ones the first deviate from their free choice, if any: the p-th only where p of them
    /// lose together less than the gap.
    /// </summary>
    private (double Least, int Group)[] Levels()
    {
        var levels = new List<(double Least, int Group)>();
        for (var g = 0; g < _groups.Length; g++)
        {
            var least = double.PositiveInfinity;
            for (var k = 0; k < _losses[g].Length; k++)
            {
                if (!IsFree(g, k))
                {
                    least = Math.Min(least, _losses[g][k]);
                }
            }

            for (var p = 1; p <= _groups[g].Members.Length && double.IsFinite(least); p++)
            {
                levels.Add((p * least, g));
            }
        }

        levels.Sort();
        return [.. levels];
    }

    private bool IsFree(int group, int choice) => choice == _free[group] || (group == _relaxation.BreakGroup && _filler!.Has(choice));

    /// <summary>By level, the least loss per watt at which it or a later one raises or lowers the watts by what the filler's steps cannot.</summary>
    private (double[] Up, double[] Down) Prices((double Least, int Group)[] levels)
    {
        var (up, down) = (new double[levels.Length + 1], new double[levels.Length + 1]);
        (up[^1], down[^1]) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var level = levels.Length - 1; level >= 0; level--)
        {
            var group = levels[level].Group;
            (up[level], down[level]) = (up[level + 1], down[level + 1]);
            var watts = _groups[group].Choices.Watts;
            for (var k = 0; k < watts.Length; k++)
            {
                if (IsFree(group, k))
                {
                    continue;
                }

                var more = watts[k] - watts[_free[group]];
                if (more < 0)
                {
                    down[level] = Math.Min(down[level], _losses[group][k] / -more);
                }

                if (group == _relaxation.BreakGroup)
                {
                    var rest = ((more % _filler!.StepWatts) + _filler.StepWatts) % _filler.StepWatts;
                    more = Math.Max(rest, watts[k] - watts[_filler.Top]);
                }

                if (more > 0)
                {
                    up[level] = Math.Min(up[level], _losses[group][k] / more);
                }
            }
        }

        return (up, down);
    }

    /// <summary>By group, how many of its members take each choice in the best division found.</summary>
    private int[][] Counts(TierStates states, (double Least, int Group)[] levels)
    {
        var counts = Array.ConvertAll(_groups, group => new int[group.Choices.Watts.Length]);
        for (var g = 0; g < _groups.Length; g++)
        {
            counts[g][_free[g]] = _groups[g].Members.Length;
        }

        foreach (var (level, choice) in states.Path(_best.History))
        {
            counts[levels[level].Group][_free[levels[level].Group]]--;
            counts[levels[level].Group][choice]++;
        }

        var broken = counts[_relaxation.BreakGroup];
        var whole = (int)(_best.Steps / _filler!.Steps);
        var part = (int)(_best.Steps % _filler.Steps);
        broken[_filler.Bottom] -= whole + (part > 0 ? 1 : 0);
        broken[_filler.Top] += whole;
        broken[_filler.After(part)] += part > 0 ? 1 : 0;
        return counts;
    }

    /// <summary>Identical deployments are served in their order, the first most.</summary>
    private void Assign(int[][] counts)
    {
        for (var g = 0; g < _groups.Length; g++)
        {
            var member = 0;
            for (var k = counts[g].Length - 1; k >= 0; k--)
            {
                for (var n = 0; n < counts[g][k]; n++)
                {
                    Best[_groups[g].Members[member++]] = k;
                }
            }
        }
    }
}
