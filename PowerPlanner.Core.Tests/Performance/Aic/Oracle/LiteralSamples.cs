using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>The utilization estimate, step by step as chapter 11 numbers them.</summary>
internal sealed class LiteralSamples
{
    private readonly List<double[]> _points = [];
    private readonly List<double> _utilizations = [];
    private double[]? _least;
    private double[]? _span;
    private double[][]? _normalized;

    public bool IsEmpty => _points.Count == 0;

    /// <summary>1.</summary>
    public void Add(double latencyMs, double lightMs, params double[] point)
    {
        if (latencyMs > 0 && lightMs > 0)
        {
            _points.Add(point);
            _utilizations.Add(lightMs / latencyMs);
        }
    }

    /// <summary>2 to 4.</summary>
    public double Utilization(params double[] query)
    {
        if (IsEmpty)
        {
            throw new NoPerformanceDataException("Empirical not implemented: no samples.");
        }

        Normalize();
        var asked = query.Select((value, axis) => Math.Clamp((Transformed(value) - _least![axis]) / _span![axis], 0, 1)).ToArray();
        var (first, firstDistance, second, secondDistance) = (-1, double.PositiveInfinity, -1, double.PositiveInfinity);
        for (var i = 0; i < _points.Count; i++)
        {
            var sum = 0.0;
            for (var axis = 0; axis < asked.Length; axis++)
            {
                var difference = _normalized![i][axis] - asked[axis];
                sum += difference * difference;
            }

            var distance = Math.Sqrt(sum);
            if (distance < firstDistance)
            {
                (second, secondDistance) = (first, firstDistance);
                (first, firstDistance) = (i, distance);
            }
            else if (distance < secondDistance)
            {
                (second, secondDistance) = (i, distance);
            }
        }

        if (firstDistance == 0 || second < 0)
        {
            return _utilizations[first];
        }

        var (w1, w2) = (1 / firstDistance, 1 / secondDistance);
        return ((w1 * _utilizations[first]) + (w2 * _utilizations[second])) / (w1 + w2);
    }

    private static double Transformed(double value) => Math.Log(Math.Max(value, 1e-9));

    private void Normalize()
    {
        if (_normalized is not null)
        {
            return;
        }

        var axes = Enumerable.Range(0, _points[0].Length).ToArray();
        _least = [.. axes.Select(axis => _points.Min(point => Transformed(point[axis])))];
        var least = _least;
        _span = [.. axes.Select(axis => _points.Max(point => Transformed(point[axis])) - least[axis]).Select(span => span > 0 ? span : 1)];
        var spans = _span;
        _normalized = [.. _points.Select(point => axes.Select(axis => (Transformed(point[axis]) - least[axis]) / spans[axis]).ToArray())];
    }
}
