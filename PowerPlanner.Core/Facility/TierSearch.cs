namespace PowerPlanner.Facility;

/// <summary>
/// One choice per deployment, most value within a budget. The concave hulls' relaxation gives a price per watt and an upper bound;
/// branch and bound over what each choice loses at that price repairs it to the integer optimum.
/// </summary>
internal sealed class TierSearch
{
    private const int NodeLimit = 200_000;

    // Guards the stack; deeper searches end as if they had met the limit of nodes.
    private const int DepthLimit = 2_000;

    // Sums of doubles differ by their order: a gain below this part of the bound is rounding.
    private const double Rounding = 1e-12;

    private readonly FacilityChoices[] _choices;
    private readonly long _budget;
    private readonly double[][] _losses;
    private readonly int[][] _order;
    private readonly int[] _classes;
    private readonly long[] _suffixLeast;
    private readonly long[] _suffixFree;
    private readonly int[] _current;
    private readonly double _bound;
    private double _price;
    private double _bestValue;
    private int _nodes;

    public TierSearch(FacilityChoices[] choices, long budget)
    {
        var n = choices.Length;
        (_choices, _budget, Best, _current) = (choices, budget, new int[n], new int[n]);
        Relax();
        (_losses, _order) = (new double[n][], new int[n][]);
        var second = new double[n];
        _bound = _price * budget;
        for (var i = 0; i < n; i++)
        {
            var net = new double[choices[i].Watts.Length];
            for (var k = 0; k < net.Length; k++)
            {
                net[k] = Value(i, k) - (_price * choices[i].Watts[k]);
            }

            var most = net.Max();
            _bound += most;
            _losses[i] = Array.ConvertAll(net, own => most - own);
            _order[i] = [.. Enumerable.Range(0, net.Length).OrderBy(k => _losses[i][k])];
            second[i] = net.Length > 1 ? _losses[i][_order[i][1]] : double.PositiveInfinity;
        }

        _classes = [.. Enumerable.Range(0, n).OrderBy(i => second[i])];
        (_suffixLeast, _suffixFree) = (new long[n + 1], new long[n + 1]);
        for (var d = n - 1; d >= 0; d--)
        {
            var i = _classes[d];
            _suffixLeast[d] = _suffixLeast[d + 1] + choices[i].Watts[0];
            _suffixFree[d] = _suffixFree[d + 1] + choices[i].Watts[_order[i][0]];
        }

        Branch(0, 0, 0);
        Gap = _nodes < NodeLimit ? 0 : Math.Max(0, _bound - _bestValue);
    }

    public int[] Best { get; }

    public double Gap { get; }

    private double Slack => _bound - _bestValue - (Rounding * _bound);

    private double Value(int i, int k) => _choices[i].Weight * _choices[i].Throughputs[k];

    private void Relax()
    {
        var steps = new List<(double Slope, int Class, int From, int To)>();
        var left = _budget;
        for (var i = 0; i < _choices.Length; i++)
        {
            left -= _choices[i].Watts[0];
            var hull = new List<int>();
            for (var k = 0; k < _choices[i].Watts.Length; k++)
            {
                while (hull.Count > 1 && Slope(i, hull[^2], hull[^1]) <= Slope(i, hull[^1], k))
                {
                    hull.RemoveAt(hull.Count - 1);
                }

                hull.Add(k);
            }

            for (var h = 1; h < hull.Count; h++)
            {
                steps.Add((Slope(i, hull[h - 1], hull[h]), i, hull[h - 1], hull[h]));
            }
        }

        steps.Sort((a, b) => a.Slope != b.Slope ? b.Slope.CompareTo(a.Slope) : a.Class != b.Class ? a.Class.CompareTo(b.Class) : a.From.CompareTo(b.From));
        foreach (var (slope, i, from, to) in steps)
        {
            var needed = _choices[i].Watts[to] - _choices[i].Watts[from];
            if (Best[i] == from && needed <= left)
            {
                Best[i] = to;
                left -= needed;
            }
            else if (_price == 0)
            {
                _price = slope;
            }
        }

        for (var i = 0; i < Best.Length; i++)
        {
            _bestValue += Value(i, Best[i]);
        }
    }

    private double Slope(int i, int from, int to) => (Value(i, to) - Value(i, from)) / (_choices[i].Watts[to] - _choices[i].Watts[from]);

    private void Branch(int depth, long used, double lost)
    {
        if (depth > DepthLimit)
        {
            _nodes = NodeLimit;
            return;
        }

        if (++_nodes >= NodeLimit || used + _suffixLeast[depth] > _budget || lost >= Slack)
        {
            return;
        }

        // Past the first deployment whose second choice loses too much, only first choices can still win.
        if (depth == _classes.Length || lost + _losses[_classes[depth]][_order[_classes[depth]][Math.Min(1, _order[_classes[depth]].Length - 1)]] >= Slack || _order[_classes[depth]].Length == 1)
        {
            Finish(depth, used, lost);
            return;
        }

        var own = _classes[depth];
        foreach (var k in _order[own])
        {
            if (lost + _losses[own][k] >= Slack || _nodes >= NodeLimit)
            {
                break;
            }

            _current[own] = k;
            Branch(depth + 1, used + _choices[own].Watts[k], lost + _losses[own][k]);
        }
    }

    private void Finish(int depth, long used, double lost)
    {
        var total = used + _suffixFree[depth];
        if (total > _budget || lost + (_price * (_budget - total)) >= Slack)
        {
            return;
        }

        for (var d = 0; d < _classes.Length; d++)
        {
            var i = _classes[d];
            Best[i] = d < depth ? _current[i] : _order[i][0];
        }

        _bestValue = 0;
        for (var i = 0; i < Best.Length; i++)
        {
            _bestValue += Value(i, Best[i]);
        }
    }
}
