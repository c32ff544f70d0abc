namespace PowerPlanner.Testing.Simulation;

/// <summary>What arrives at a fleet during a tick.</summary>
/// <param name="RequestsPerSecond">Requests/s.</param>
/// <param name="Isl">Mean input length, tokens.</param>
/// <param name="Osl">Mean output length, tokens.</param>
public readonly record struct OfferedLoad(double RequestsPerSecond, double Isl, double Osl)
{
    /// <summary>Tokens/s, input and output.</summary>
    public double TokensPerSecond => RequestsPerSecond * (Isl + Osl);
}
