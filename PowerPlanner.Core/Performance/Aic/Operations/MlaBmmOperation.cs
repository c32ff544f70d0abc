namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>The batched matrix product by which decode absorbs a projection of keys or values (specification 4.8).</summary>
/// <param name="Stage">Before or after attention.</param>
/// <param name="Heads">Heads of one rank.</param>
internal sealed record MlaBmmOperation(string Name, MlaBmmStage Stage, int Heads, GemmQuantization Quantization, double Scale) : Operation(Name, Scale);
