namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>
/// What share of the speed of light measurements reach (specification, chapter 11): at a point the mean of the two nearest, weighted by their
/// inverse distances, over the logarithms of the coordinates, each scaled to [0, 1] over the measurements. Beyond them it stays as at their edge. Immutable.
/// </summary>
/// <remarks>
/// Measurements lie in rows along one axis, sorted, so that a search looks at the near ends of near rows alone. Distances are what the plain sum over the
/// axes gives to the last bit: ties are common where sizes are powers of two, and the first measurement of the table wins them.
/// </remarks>
internal sealed class UtilizationTable
{
    private const int Axes = 3;
    private const double LeastCoordinate = 1e-9;

    private readonly int _along;
    private readonly double[] _lowest = new double[Axes];
    private readonly double[] _span = new double[Axes];
    private readonly double _factor;

    /// <summary>Rows, then their measurements by the coordinate along them.</summary>
    private readonly Row[] _rows;
    private readonly double[] _positions;
    private readonly double[] _utilizations;
    private readonly int[] _ranks;

    /// <param name="samples">In the order of the table.</param>
    /// <param name="along">The axis with the most measurements, 0 to 2: rows run along it.</param>
    /// <param name="factor">What every utilization is multiplied by.</param>
    public UtilizationTable(IReadOnlyList<UtilizationSample> samples, int along, double factor)
    {
        _along = along;
        _factor = factor;
        var coordinates = new double[samples.Count, Axes];
        for (var axis = 0; axis < Axes; axis++)
        {
            var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
            for (var i = 0; i < samples.Count; i++)
            {
                var logarithm = Logarithm(samples[i][axis]);
                coordinates[i, axis] = logarithm;
                (least, most) = (Math.Min(least, logarithm), Math.Max(most, logarithm));
            }

            (_lowest[axis], _span[axis]) = (least, most > least ? most - least : 1);
            for (var i = 0; i < samples.Count; i++)
            {
                coordinates[i, axis] = (coordinates[i, axis] - _lowest[axis]) / _span[axis];
            }
        }

        var (first, second) = Across(along);
        var rows = new OrderedDictionary<(double, double), List<int>>();
        for (var i = 0; i < samples.Count; i++)
        {
            var key = (coordinates[i, first], coordinates[i, second]);
            if (!rows.TryGetValue(key, out var row))
            {
                rows.Add(key, row = []);
            }

            row.Add(i);
        }

        (_rows, _positions, _utilizations, _ranks) = (new Row[rows.Count], new double[samples.Count], new double[samples.Count], new int[samples.Count]);
        var start = 0;
        for (var r = 0; r < _rows.Length; r++)
        {
            var ((a, b), row) = rows.GetAt(r);
            row.Sort((left, right) => coordinates[left, along].CompareTo(coordinates[right, along]));
            _rows[r] = new Row(a, b, start, row.Count);
            foreach (var i in row)
            {
                (_positions[start], _utilizations[start], _ranks[start]) = (coordinates[i, along], samples[i].Utilization, i);
                start++;
            }
        }
    }

    /// <summary>Whether there is nothing to estimate from.</summary>
    public bool IsEmpty => _rows.Length == 0;

    /// <summary>The utilization at a point; NaN where there is no measurement at all.</summary>
    public double At(double first, double second, double third)
    {
        var (a, b, position) = _along switch
        {
            0 => (Scaled(second, 1), Scaled(third, 2), Scaled(first, 0)),
            1 => (Scaled(first, 0), Scaled(third, 2), Scaled(second, 1)),
            _ => (Scaled(first, 0), Scaled(second, 1), Scaled(third, 2)),
        };
        var (nearest, next) = (Neighbour.None, Neighbour.None);
        foreach (ref readonly var row in _rows.AsSpan())
        {
            var (da, db) = (a - row.First, b - row.Second);
            if (Distance(da, db, 0) > next.Distance)
            {
                continue;
            }

            var positions = _positions.AsSpan(row.Start, row.Count);
            var right = positions.BinarySearch(position);
            right = right < 0 ? ~right : right;
            for (var i = right; i < positions.Length && Offer(row.Start + i, Distance(da, db, position - positions[i]), ref nearest, ref next); i++)
            {
            }

            for (var i = right - 1; i >= 0 && Offer(row.Start + i, Distance(da, db, position - positions[i]), ref nearest, ref next); i--)
            {
            }
        }

        return _factor * Blend(nearest, next);
    }

    private static (int First, int Second) Across(int along) => along switch { 0 => (1, 2), 1 => (0, 2), _ => (0, 1) };

    private static double Logarithm(double coordinate) => Math.Log(Math.Max(coordinate, LeastCoordinate));

    private double Scaled(double coordinate, int axis) => Math.Clamp((Logarithm(coordinate) - _lowest[axis]) / _span[axis], 0, 1);

    /// <summary>Squares are added in the order of the axes.</summary>
    private double Distance(double a, double b, double along) => _along switch
    {
        0 => Math.Sqrt((along * along) + (a * a) + (b * b)),
        1 => Math.Sqrt((a * a) + (along * along) + (b * b)),
        _ => Math.Sqrt((a * a) + (b * b) + (along * along)),
    };

    /// <returns>Whether a measurement further on in the same direction may still be one of the two nearest.</returns>
    private bool Offer(int index, double distance, ref Neighbour nearest, ref Neighbour next)
    {
        if (distance > next.Distance)
        {
            return false;
        }

        var neighbour = new Neighbour(distance, _ranks[index], _utilizations[index]);
        if (neighbour.IsNearerThan(nearest))
        {
            (nearest, next) = (neighbour, nearest);
        }
        else if (neighbour.IsNearerThan(next))
        {
            next = neighbour;
        }

        return true;
    }

    private static double Blend(in Neighbour nearest, in Neighbour next)
    {
        if (nearest.Distance == 0 || !double.IsFinite(next.Distance))
        {
            return nearest.Utilization;
        }

        var (weight, other) = (1 / nearest.Distance, 1 / next.Distance);
        return ((weight * nearest.Utilization) + (other * next.Utilization)) / (weight + other);
    }

    /// <summary>Measurements that share the coordinates across.</summary>
    private readonly record struct Row(double First, double Second, int Start, int Count);

    private readonly record struct Neighbour(double Distance, int Rank, double Utilization)
    {
        public static Neighbour None => new(double.PositiveInfinity, int.MaxValue, double.NaN);

        public bool IsNearerThan(in Neighbour other) => Distance < other.Distance || (Distance == other.Distance && Rank < other.Rank);
    }
}
