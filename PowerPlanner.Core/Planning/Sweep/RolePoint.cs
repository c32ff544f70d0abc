namespace PowerPlanner.Planning.Sweep;

/// <summary>An operating point under a cap.</summary>
/// <param name="Position">Position among the role's operating points.</param>
/// <param name="Index">The point's place in the sweep.</param>
/// <param name="Batch">Sequences per attention rank.</param>
/// <param name="CapWatts">Cap of one GPU, W.</param>
/// <param name="NaturalWatts">What one GPU would draw with no cap, corrections included, W.</param>
/// <param name="IsOfGrid">Whether the cap is a level of the grid rather than the uncapped one or the point's own.</param>
/// <param name="Rate">Requests/s of one replica.</param>
/// <param name="TtftMs">Uncorrected TTFT, ms; 0 for a decode engine.</param>
/// <param name="ItlMs">Uncorrected ITL, ms; 0 for a prefill engine.</param>
internal readonly record struct RolePoint(int Position, int Index, int Batch, int CapWatts, double NaturalWatts, bool IsOfGrid, double Rate, double TtftMs, double ItlMs);
