namespace PowerPlanner.Planning.Search;

/// <summary>A point that no other point of its role beats in both rate and watts.</summary>
/// <param name="Rate">Requests/s of one replica.</param>
/// <param name="Watts">Charged watts of one replica.</param>
/// <param name="WattsPerRate">Joules of one request, W·s.</param>
/// <param name="Position">Position among the operating points.</param>
/// <param name="LevelWatts">The cap of the grid that it runs under, W; 0 where it runs under its uncapped or own cap.</param>
internal readonly record struct FrontPoint(double Rate, long Watts, double WattsPerRate, int Position, int LevelWatts = 0) : IComparable<FrontPoint>
{
    /// <summary>Fastest first, then fewest watts.</summary>
    public int CompareTo(FrontPoint other)
    {
        var byRate = other.Rate.CompareTo(Rate);
        return byRate != 0 ? byRate : Watts.CompareTo(other.Watts);
    }
}
