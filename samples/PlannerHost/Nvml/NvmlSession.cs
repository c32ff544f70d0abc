using System.Collections.Immutable;
using System.Text;

namespace PlannerHost.Nvml;

/// <summary>
/// NVML while it is initialised: GPUs by UUID, what they draw, and their power limits. The calls block, a few milliseconds on a healthy GPU and
/// seconds on a sick one. Thread-safe: one call at a time.
/// </summary>
/// <remarks>
/// After a driver or GPU reset every handle is stale. A call that fails in that way initialises NVML anew, looks the GPU up by its UUID and
/// tries once more; what fails again is thrown.
/// </remarks>
internal sealed class NvmlSession : IDisposable
{
    private readonly Lock _calls = new();
    private readonly Dictionary<string, nint> _handles = new(StringComparer.Ordinal);
    private bool _initialized;
    private bool _disposed;

    private NvmlSession()
    {
    }

    /// <summary>Loads and initialises NVML.</summary>
    /// <param name="libraryPath">Path or name of the library; null = <c>libnvidia-ml.so.1</c> where the system's loader finds it.</param>
    /// <exception cref="NvmlLibraryMissingException">The machine has no such library.</exception>
    /// <exception cref="NvmlException">NVML does not initialise: no driver, no permission.</exception>
    public static NvmlSession Open(string? libraryPath = null)
    {
        NvmlApi.Load(libraryPath ?? NvmlApi.LibraryName);
        var session = new NvmlSession();
        try
        {
            session.Initialize();
        }
        catch (EntryPointNotFoundException cause)
        {
            throw new NvmlLibraryMissingException(libraryPath ?? NvmlApi.LibraryName, cause);
        }

        return session;
    }

    /// <summary>Version of the driver.</summary>
    public string DriverVersion
    {
        get
        {
            lock (_calls)
            {
                Span<byte> text = stackalloc byte[NvmlApi.TextBytes];
                NvmlException.ThrowIfFailed(NvmlApi.SystemGetDriverVersion(text, (uint)text.Length), "nvmlSystemGetDriverVersion");
                return Text(text);
            }
        }
    }

    /// <summary>Every GPU of the machine that answers, in NVML's order, as it is now.</summary>
    /// <param name="failures">Filled with the GPUs that do not answer.</param>
    /// <exception cref="NvmlException">The GPUs cannot be counted.</exception>
    public ImmutableArray<NvmlGpu> ReadAll(ICollection<NvmlException> failures)
    {
        lock (_calls)
        {
            EnsureInitialized();
            var count = Anew(Count);
            var gpus = ImmutableArray.CreateBuilder<NvmlGpu>((int)count);
            for (var index = 0u; index < count; index++)
            {
                try
                {
                    gpus.Add(ReadAt(index));
                }
                catch (NvmlException failure)
                {
                    failures.Add(failure);
                }
            }

            return gpus.DrainToImmutable();
        }
    }

    /// <summary>One GPU as it is now.</summary>
    /// <exception cref="NvmlGpuLostException">It is not there, or not any more.</exception>
    /// <exception cref="NvmlException">It does not answer.</exception>
    public NvmlGpu Read(string uuid) => OnGpu(uuid, device => Read(device, uuid, index: -1));

    /// <summary>Sets the power limit. It holds until it is set again or the driver unloads; without persistence mode that is when the last user of the GPU ends.</summary>
    /// <param name="uuid">The GPU.</param>
    /// <param name="capWatts">The limit, W; within the range that the GPU accepts.</param>
    /// <exception cref="NvmlPermissionException">The process is not root.</exception>
    /// <inheritdoc cref="Read(string)"/>
    public void SetCapWatts(string uuid, int capWatts)
    {
        var milliwatts = Milliwatts.FromCap(capWatts);
        OnGpu(uuid, device =>
        {
            NvmlException.ThrowIfFailed(NvmlApi.DeviceSetPowerLimit(device, milliwatts), "nvmlDeviceSetPowerManagementLimit", uuid);
            return true;
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_calls)
        {
            _disposed = true;
            Forget();
        }
    }

    private static uint Count()
    {
        NvmlException.ThrowIfFailed(NvmlApi.DeviceGetCount(out var count), "nvmlDeviceGetCount_v2");
        return count;
    }

    private T OnGpu<T>(string uuid, Func<nint, T> call)
    {
        lock (_calls)
        {
            EnsureInitialized();
            return Anew(() => call(Handle(uuid)));
        }
    }

    // A stale handle shows as one of several errors, by driver version; an argument that is really wrong fails the second time as well.
    private T Anew<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (NvmlException failure) when (failure.HandlesAreStale)
        {
            Forget();
            Initialize();
            return call();
        }
    }

    private nint Handle(string uuid)
    {
        if (!_handles.TryGetValue(uuid, out var device))
        {
            NvmlException.ThrowIfFailed(NvmlApi.DeviceGetHandleByUuid(uuid, out device), "nvmlDeviceGetHandleByUUID", uuid);
            _handles.Add(uuid, device);
        }

        return device;
    }

    private NvmlGpu ReadAt(uint index)
    {
        NvmlException.ThrowIfFailed(NvmlApi.DeviceGetHandleByIndex(index, out var device), "nvmlDeviceGetHandleByIndex_v2");
        Span<byte> text = stackalloc byte[NvmlApi.TextBytes];
        NvmlException.ThrowIfFailed(NvmlApi.DeviceGetUuid(device, text, (uint)text.Length), "nvmlDeviceGetUUID");
        var uuid = Text(text);
        _handles[uuid] = device;
        return Read(device, uuid, (int)index);
    }

    private static NvmlGpu Read(nint device, string uuid, int index)
    {
        Span<byte> name = stackalloc byte[NvmlApi.TextBytes];
        NvmlException.ThrowIfFailed(NvmlApi.DeviceGetName(device, name, (uint)name.Length), "nvmlDeviceGetName", uuid);
        return new NvmlGpu
        {
            Uuid = uuid,
            Index = index,
            Name = Text(name),
            CapWatts = IsSupported(NvmlApi.DeviceGetPowerLimit(device, out var limit), "nvmlDeviceGetPowerManagementLimit", uuid) && limit > 0 ? Milliwatts.ToCap(limit) : null,
            DefaultCapWatts = IsSupported(NvmlApi.DeviceGetDefaultPowerLimit(device, out var normal), "nvmlDeviceGetPowerManagementDefaultLimit", uuid) ? Milliwatts.ToCap(normal) : null,
            Limits = IsSupported(NvmlApi.DeviceGetPowerLimitConstraints(device, out var min, out var max), "nvmlDeviceGetPowerManagementLimitConstraints", uuid) ? Milliwatts.ToLimits(min, max) : null,
            DrawWatts = IsSupported(NvmlApi.DeviceGetPowerUsage(device, out var draw), "nvmlDeviceGetPowerUsage", uuid) ? Milliwatts.ToDraw(draw) : null,
            EnergyJoules = IsSupported(NvmlApi.DeviceGetTotalEnergy(device, out var energy), "nvmlDeviceGetTotalEnergyConsumption", uuid) ? energy / 1000.0 : null,
        };
    }

    private static bool IsSupported(NvmlReturn code, string function, string uuid)
    {
        if (code == NvmlReturn.NotSupported)
        {
            return false;
        }

        NvmlException.ThrowIfFailed(code, function, uuid);
        return true;
    }

    private void EnsureInitialized()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_initialized)
        {
            Initialize();
        }
    }

    private void Initialize()
    {
        NvmlException.ThrowIfFailed(NvmlApi.Init(), "nvmlInit_v2");
        _initialized = true;
    }

    // A shutdown that fails leaves nothing to do: NVML counts its users, and what comes next is an initialisation or the end.
    private void Forget()
    {
        _handles.Clear();
        if (_initialized)
        {
            _initialized = false;
            _ = NvmlApi.Shutdown();
        }
    }

    // Names come from firmware: whatever is not a printable ASCII character has no business in a log line.
    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        var text = Encoding.ASCII.GetString(end < 0 ? bytes : bytes[..end]);
        return string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
    }
}
