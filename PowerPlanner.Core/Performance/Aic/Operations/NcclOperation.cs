namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>A NCCL (or oneCCL) collective (specification 4.5).</summary>
/// <param name="Collective">Name in the table: <c>all_gather</c>, <c>all_reduce</c>, <c>alltoall</c>, <c>reduce_scatter</c>.</param>
/// <param name="ElementsPerToken">Message elements for each token; may be fractional.</param>
internal sealed record NcclOperation(
    string Name, string Collective, double ElementsPerToken, int Gpus, CommunicationQuantization Communication, double Scale)
    : Operation(Name, Scale);
