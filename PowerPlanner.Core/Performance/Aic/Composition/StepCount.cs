namespace PowerPlanner.Performance.Aic.Composition;

/// <summary>Counting steps: whole numbers that cover a length, and the floor division of AIC's scheduler.</summary>
internal static class StepCount
{
    /// <summary>The fewest parts of a size that cover a length; both at least 1.</summary>
    public static long Ceiling(long length, long size) => ((length - 1) / size) + 1;

    /// <summary>
    /// Floor division of positive doubles by way of the exact remainder: the quotient alone may round up to a whole number that the
    /// division does not reach (specification 6.4 and pitfall 38).
    /// </summary>
    public static double FloorDivide(double dividend, double divisor)
    {
        var quotient = (dividend - (dividend % divisor)) / divisor;
        var whole = Math.Floor(quotient);
        return quotient - whole > 0.5 ? whole + 1 : whole;
    }
}
