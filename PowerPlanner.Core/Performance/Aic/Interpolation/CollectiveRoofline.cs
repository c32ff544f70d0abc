using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>Speed of light of collectives (specification, chapter 3), ms for one element of the message: proportional to its size.</summary>
internal static class CollectiveRoofline
{
    private const string AllReduce = "all_reduce";
    private const int BytesPerElement = 2;

    /// <summary>The backend's own all-reduce.</summary>
    public static double AllReduceMs(int gpus, AicSystem system) =>
        1000 * (2.0 * BytesPerElement / gpus * (gpus - 1) / system.PointToPointBandwidth(gpus));

    /// <summary>A collective of NCCL or oneCCL; an all-reduce travels twice.</summary>
    public static double NcclMs(string collective, CommunicationQuantization communication, int gpus, AicSystem system) =>
        1000 * (communication.BytesPerElement * (collective == AllReduce ? 2 : 1) * (gpus - 1) / gpus / system.PointToPointBandwidth(gpus));
}
