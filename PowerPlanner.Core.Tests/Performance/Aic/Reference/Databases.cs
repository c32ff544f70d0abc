using System.Collections.Concurrent;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>The real tables that the worked examples of the specification were computed on: opened once, read by many.</summary>
internal static class Databases
{
    private static readonly ConcurrentDictionary<(AicBackend Backend, string Version), Task<AicDatabase>> Opened = new();

    private static readonly ConcurrentDictionary<(AicBackend Backend, string Version, bool Primary), Task<LiteralTables>> Literal = new();

    public static Task<AicDatabase> H200Async(AicBackend backend = AicBackend.Vllm, string version = "0.22.0") =>
        Opened.GetOrAdd((backend, version), key => AicDatabase.OpenAsync(RealTables.SystemsDirectory, "h200_sxm", key.Backend, key.Version).AsTask());

    /// <summary>The same for the literal interpreter, which files the rows slice by slice; not for several tests at a time.</summary>
    public static Task<LiteralTables> H200TablesAsync(
        AicBackend backend = AicBackend.Vllm, string version = "0.22.0", AicEstimationMode mode = AicEstimationMode.Silicon) =>
        Literal.GetOrAdd(
            (backend, version, mode is AicEstimationMode.Empirical or AicEstimationMode.SpeedOfLight),
            async key => new LiteralTables((await H200Async(key.Backend, key.Version)).For(mode)));
}
