namespace PowerPlanner.Planning.Search;

/// <summary>A point that no other point of its role beats in both rate and watts.</summary>
/// <param name="Rate">Requests/s of one replica.</param>
/// <param name="Watts">Charged watts of one replica.</param>
/// <param name="WattsPerRate">Joules of one request, W·s.</param>
/// <param name="Position">Position among the operating points.</param>
internal readonly record struct FrontPoint(double Rate, long Watts, double WattsPerRate, int Position);
