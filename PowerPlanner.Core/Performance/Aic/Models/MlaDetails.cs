namespace PowerPlanner.Performance.Aic.Models;

/// <summary>Sizes of attention over compressed keys and values (specification 5.4.5).</summary>
/// <param name="ValueHeadSize">Width of a value head; null where the configuration does not state it.</param>
/// <param name="CompressedSize">Elements of the compressed keys and values of a token.</param>
/// <param name="RotarySize">Elements of a token's key that carry its position.</param>
internal sealed record MlaDetails(int? ValueHeadSize, int CompressedSize, int RotarySize) : FamilyDetails;
