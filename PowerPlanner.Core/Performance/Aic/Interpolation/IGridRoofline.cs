namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Speed of light of what a grid measures. Implemented by structs, so that the grid's code is compiled for each of them and calls none
/// of them through an interface.
/// </summary>
internal interface IGridRoofline
{
    /// <summary>ms at real-valued coordinates; NaN where the hardware has no rate for the format.</summary>
    double Ms(double first, double outer, double inner);
}
