namespace PowerPlanner.Testing.Simulation;

/// <summary>
/// Logarithm and sine from additions, multiplications, divisions and square roots alone, which IEEE 754 rounds alike everywhere: a run is
/// the same to the last bit on every platform. The runtime's own call the platform's library, whose last digits differ.
/// </summary>
internal static class PortableMath
{
    private const double Ln2 = 0.6931471805599453;
    private const double Sqrt2 = 1.4142135623730951;

    /// <summary>Natural logarithm; of a normal positive number, to about 2 units in the last place.</summary>
    public static double Log(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF) - 1023;
        var mantissa = BitConverter.Int64BitsToDouble((bits & 0xF_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        if (mantissa > Sqrt2)
        {
            mantissa /= 2;
            exponent++;
        }

        // ln m = 2 artanh((m − 1)/(m + 1)); |s| ≤ 0.172, so that the 11th odd power is below 1e-17 of the first.
        var s = (mantissa - 1) / (mantissa + 1);
        var square = s * s;
        var sum = 0.0;
        for (var odd = 23; odd >= 1; odd -= 2)
        {
            sum = (sum * square) + (1.0 / odd);
        }

        return (2 * s * sum) + (exponent * Ln2);
    }

    /// <summary>sin(2π · turns); exact at whole quarters.</summary>
    public static double SinOfTurns(double turns)
    {
        var fraction = turns - Math.Floor(turns);
        var sign = 1.0;
        if (fraction >= 0.5)
        {
            fraction -= 0.5;
            sign = -1;
        }

        fraction = fraction > 0.25 ? 0.5 - fraction : fraction;
        if (fraction == 0.25)
        {
            return sign;
        }

        // Taylor on [0, π/2): the term of power 25 is below 1e-20.
        var x = fraction * 2 * Math.PI;
        var square = x * x;
        var sum = 0.0;
        for (var k = 12; k >= 1; k--)
        {
            sum = (1 + sum) * (-square / ((2 * k) * ((2 * k) + 1)));
        }

        return sign * x * (1 + sum);
    }
}
