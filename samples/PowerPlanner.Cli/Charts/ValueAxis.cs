using System.Globalization;

namespace PowerPlanner.Cli.Charts;

/// <summary>The range of a panel's values, in steps of 1, 2 or 5 times a power of ten.</summary>
internal sealed record ValueAxis(double Least, double Most, double Step)
{
    private const int MostSteps = 4;

    // 20: rounding may leave a span just above ten steps.
    private static readonly double[] Factors = [1, 2, 5, 10, 20];

    public IEnumerable<double> Grid
    {
        get
        {
            for (var i = 0; Least + (i * Step) <= Most + (Step / 1000); i++)
            {
                yield return Least + (i * Step);
            }
        }
    }

    /// <summary>An axis for all finite values of some lines.</summary>
    /// <param name="lines">Values, line by line.</param>
    /// <param name="fromZero">Whether the axis starts at 0.</param>
    public static ValueAxis Of(IEnumerable<IEnumerable<double>> lines, bool fromZero)
    {
        var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var line in lines)
        {
            foreach (var value in line)
            {
                if (double.IsFinite(value))
                {
                    (least, most) = (Math.Min(least, value), Math.Max(most, value));
                }
            }
        }

        if (least > most)
        {
            return new ValueAxis(0, 1, 1);
        }

        least = fromZero ? Math.Min(0, least) : least;
        if (most - least <= 1e-9 * Math.Max(1, Math.Abs(most)))
        {
            // A line that never moves stands in the middle.
            (least, most) = fromZero ? (0, Math.Max(1, most * 1.25)) : (least - 0.1, most + 0.1);
        }

        var step = NiceStep(most - least, MostSteps);
        return new ValueAxis(Math.Floor(least / step) * step, Math.Ceiling(most / step * 1.0001) * step, step);
    }

    /// <summary>The smallest 1, 2 or 5 · 10ⁿ that divides a span into at most so many parts.</summary>
    public static double NiceStep(double span, int parts)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(span / parts)));
        return Factors.Select(factor => factor * power).First(step => span / step <= parts * 1.000001);
    }

    public string Label(double value) => Math.Abs(value) < Step / 1000 ? "0" : Step switch
    {
        >= 1 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 0.1 => value.ToString("N1", CultureInfo.InvariantCulture),
        >= 0.01 => value.ToString("N2", CultureInfo.InvariantCulture),
        _ => value.ToString("G3", CultureInfo.InvariantCulture),
    };
}
