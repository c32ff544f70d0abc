namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Number format of collectives (specification, chapter 3).</summary>
internal sealed record CommunicationQuantization(string Name, double BytesPerElement)
{
    public static readonly CommunicationQuantization Half = new("half", 2);
    public static readonly CommunicationQuantization Int8 = new("int8", 1);
    public static readonly CommunicationQuantization Fp8 = new("fp8", 1);
}
