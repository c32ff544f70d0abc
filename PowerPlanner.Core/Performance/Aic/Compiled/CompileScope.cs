using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>
/// What the operations of one model share while they are compiled: the tables, the lists, and what another operation has looked up
/// already (context and generation lists run mostly the same shapes).
/// </summary>
internal sealed class CompileScope(AicDatabase database, OperationLists lists, AicEstimationMode mode)
{
    private readonly Dictionary<object, object> _shared = [];

    public ITableSource Tables => database.Tables;

    public AicBackend Backend => database.Backend;

    public AicSystem System => database.System;

    /// <summary>Where costs come from.</summary>
    public AicEstimationMode Mode => mode;

    /// <summary>All operations of both lists, and those that they consist of.</summary>
    public IEnumerable<Operation> Operations => Flatten(lists.Context.Concat(lists.Generation));

    private static IEnumerable<Operation> Flatten(IEnumerable<Operation> operations) => operations.SelectMany(operation => operation switch
    {
        FallbackOperation fallback => Flatten([fallback.Primary, .. fallback.Parts]),
        OverlapOperation overlap => Flatten([.. overlap.First, .. overlap.Second]),
        _ => [operation],
    });

    /// <summary>The value of a key, made by the first that asks.</summary>
    public async ValueTask<T> ShareAsync<T>(object key, Func<ValueTask<T>> make)
        where T : class
    {
        if (_shared.TryGetValue(key, out var made))
        {
            return (T)made;
        }

        var value = await make().ConfigureAwait(false);
        _shared.Add(key, value);
        return value;
    }

    /// <summary>Latency of a memory-bound operation (specification 4.2), ms; at the speed of light the bytes alone count (chapter 3).</summary>
    public double MemoryOperationMs(double bytes) => MemoryMsPerByte * bytes + MemoryConstantMs;

    public double MemoryMsPerByte => 1000 / (System.MemoryBandwidth * (Mode == AicEstimationMode.SpeedOfLight ? 1 : System.MemoryBandwidthScaling));

    public double MemoryConstantMs => Mode == AicEstimationMode.SpeedOfLight ? 0 : System.MemoryConstantLatencySeconds * 1000;

    public double FlopsOrNaN(TensorCoreFormat format) => System.TensorCoreFlops.TryGetValue(format, out var flops) ? flops : double.NaN;

    /// <summary>The error of an operation whose roofline the hardware has no rate for; null where it has one.</summary>
    public MissingHardwareRateException? MissingRate(TensorCoreFormat format, string name)
    {
        if (System.TensorCoreFlops.ContainsKey(format))
        {
            return null;
        }

        return new MissingHardwareRateException(
            $"Operation '{name}': system '{System.Name}' states no {format} tensor-core rate; it states {string.Join(", ", System.TensorCoreFlops.Keys)}.");
    }
}
