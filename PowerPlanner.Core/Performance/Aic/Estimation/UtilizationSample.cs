namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>What share of the speed of light one measurement reaches.</summary>
internal readonly record struct UtilizationSample(double First, double Second, double Third, double Utilization)
{
    /// <summary>Coordinate of an axis, 0 to 2.</summary>
    public double this[int axis] => axis switch { 0 => First, 1 => Second, _ => Third };
}
