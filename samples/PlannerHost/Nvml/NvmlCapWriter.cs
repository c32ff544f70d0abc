using System.Collections.Immutable;
using PowerPlanner.Power;

namespace PlannerHost.Nvml;

/// <summary>
/// Puts caps on a set of GPUs of this machine and reads back what is in force. It writes a GPU only where its limit differs, within the
/// range of that GPU, and goes on past a GPU that fails. It touches no GPU outside its set. Thread-safe as far as its session is; the calls block.
/// </summary>
internal sealed class NvmlCapWriter
{
    private readonly NvmlSession _session;
    private readonly ImmutableArray<string> _uuids;

    /// <summary>Creates the writer; nothing is written until it is asked to.</summary>
    /// <param name="session">NVML.</param>
    /// <param name="uuids">The GPUs, each once.</param>
    /// <exception cref="ArgumentException">No GPU, or one twice.</exception>
    public NvmlCapWriter(NvmlSession session, IEnumerable<string> uuids)
    {
        _session = session;
        _uuids = [.. uuids];
        if (_uuids.IsEmpty || _uuids.Distinct(StringComparer.Ordinal).Count() != _uuids.Length)
        {
            throw new ArgumentException($"The GPUs are [{string.Join(", ", _uuids)}]; at least one is needed, and each only once.", nameof(uuids));
        }
    }

    /// <summary>The GPUs that this writer owns.</summary>
    public ImmutableArray<string> Uuids => _uuids;

    /// <summary>What is in force.</summary>
    public NvmlCapOutcome Read() => Outcome([], written: 0);

    /// <summary>Sets a cap, moved into each GPU's own range, on every GPU of the set.</summary>
    /// <param name="capWatts">The cap, W; at least 1.</param>
    /// <returns>What is in force afterwards: also where a GPU took another cap than it was given, or took none.</returns>
    public NvmlCapOutcome Apply(int capWatts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capWatts, 1);
        return Write(gpu => gpu.Limits?.Clamp(capWatts) ?? capWatts);
    }

    /// <summary>Gives every GPU of the set the limit back that it has without anybody's doing. Those that report none are left as they are.</summary>
    public NvmlCapOutcome Restore() => Write(gpu => gpu.DefaultCapWatts);

    private NvmlCapOutcome Write(Func<NvmlGpu, int?> wanted)
    {
        var failures = new List<NvmlException>();
        var written = 0;
        foreach (var uuid in _uuids)
        {
            try
            {
                var gpu = _session.Read(uuid);
                if (wanted(gpu) is { } cap && cap != gpu.CapWatts)
                {
                    _session.SetCapWatts(uuid, cap);
                    written++;
                }
            }
            catch (NvmlException failure)
            {
                failures.Add(failure);
            }
        }

        return Outcome(failures, written);
    }

    private NvmlCapOutcome Outcome(List<NvmlException> failures, int written)
    {
        var caps = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        var min = 1;
        var max = 1;
        var rangeIsKnown = true;
        foreach (var uuid in _uuids)
        {
            try
            {
                var gpu = _session.Read(uuid);
                if (gpu.CapWatts is { } cap)
                {
                    caps.Add(uuid, cap);
                }

                rangeIsKnown &= gpu.Limits is not null;
                min = Math.Max(min, gpu.Limits?.MinWatts ?? 1);
                max = Math.Max(max, gpu.Limits?.MaxWatts ?? 1);
            }
            catch (NvmlException failure)
            {
                failures.Add(failure);
                rangeIsKnown = false;
            }
        }

        return new NvmlCapOutcome
        {
            CapWatts = caps.ToImmutable(),
            Failures = [.. failures],
            Gpus = _uuids.Length,
            Written = written,
            Limits = rangeIsKnown ? new GpuPowerLimits(min, max) : null,
        };
    }
}
