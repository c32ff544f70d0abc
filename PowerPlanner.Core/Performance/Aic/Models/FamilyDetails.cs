namespace PowerPlanner.Performance.Aic.Models;

/// <summary>What a family reads from a configuration beyond the dimensions that all models have; each family has a record of its own.</summary>
internal abstract record FamilyDetails;
