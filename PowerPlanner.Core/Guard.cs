using System.Globalization;
using System.Runtime.CompilerServices;

namespace PowerPlanner;

/// <summary>Checks of doubles at public doors. Each names the parameter, the value and what is allowed, and refuses NaN.</summary>
internal static class Guard
{
    /// <summary>Finite and greater than 0.</summary>
    public static void FinitePositive(double value, [CallerArgumentExpression(nameof(value))] string? parameter = null)
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            Throw(value, "finite and greater than 0", parameter);
        }
    }

    /// <summary>Finite and at least 0.</summary>
    public static void FiniteNonNegative(double value, [CallerArgumentExpression(nameof(value))] string? parameter = null)
    {
        if (!(value >= 0 && double.IsFinite(value)))
        {
            Throw(value, "finite and at least 0", parameter);
        }
    }

    /// <summary>Within [<paramref name="minimum"/>, <paramref name="maximum"/>].</summary>
    public static void Within(double value, double minimum, double maximum, [CallerArgumentExpression(nameof(value))] string? parameter = null)
    {
        if (!(value >= minimum && value <= maximum))
        {
            Throw(value, string.Create(CultureInfo.InvariantCulture, $"from {minimum} to {maximum}"), parameter);
        }
    }

    /// <summary>A named value of its enumeration.</summary>
    public static void Defined<T>(T value, [CallerArgumentExpression(nameof(value))] string? parameter = null)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw new ArgumentOutOfRangeException(parameter, value, $"{parameter} is {value}; it must be one of {string.Join(", ", Enum.GetNames<T>())}.");
        }
    }

    // Apart from the checks, so that they stay small enough to inline.
    private static void Throw(double value, string allowed, string? parameter) =>
        throw new ArgumentOutOfRangeException(parameter, value, string.Create(CultureInfo.InvariantCulture, $"{parameter} is {value}; it must be {allowed}."));
}
