namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>
/// The nearest of points by the logarithms of their two coordinates, each scaled to [0, 1] over the points; a query beyond them keeps its distance
/// (specification, chapter 11, compute_scale). The first of equally near ones wins. Immutable.
/// </summary>
internal sealed class NearestPoint
{
    private const double LeastCoordinate = 1e-9;

    private readonly Axis _first;
    private readonly Axis _second;

    /// <param name="first">Of each point; at least one.</param>
    /// <param name="second">As many.</param>
    public NearestPoint(double[] first, double[] second)
    {
        _first = new Axis(first);
        _second = new Axis(second);
    }

    /// <summary>Index of the nearest point.</summary>
    public int At(double first, double second)
    {
        var (a, b) = (_first.Scaled(first), _second.Scaled(second));
        var (found, least) = (0, double.PositiveInfinity);
        for (var i = 0; i < _first.Positions.Length; i++)
        {
            var (da, db) = (a - _first.Positions[i], b - _second.Positions[i]);
            var distance = Math.Sqrt((da * da) + (db * db));
            if (distance < least)
            {
                (found, least) = (i, distance);
            }
        }

        return found;
    }

    private sealed class Axis
    {
        private readonly double _lowest;
        private readonly double _span;

        public Axis(double[] coordinates)
        {
            var logarithms = Array.ConvertAll(coordinates, Logarithm);
            _lowest = logarithms.Min();
            var highest = logarithms.Max();
            _span = highest > _lowest ? highest - _lowest : 1;
            Positions = Array.ConvertAll(logarithms, logarithm => (logarithm - _lowest) / _span);
        }

        public double[] Positions { get; }

        public double Scaled(double coordinate) => (Logarithm(coordinate) - _lowest) / _span;

        private static double Logarithm(double coordinate) => Math.Log(Math.Max(coordinate, LeastCoordinate));
    }
}
