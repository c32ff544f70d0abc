using System.Reflection;
using System.Runtime.InteropServices;

namespace PlannerHost.Nvml;

/// <summary>
/// The functions of NVML that a planner needs, as the library exports them. A handle is an opaque pointer, valid until the driver resets or
/// NVML shuts down. Powers are in mW, energy in mJ since the driver was loaded. NVML itself is thread-safe.
/// </summary>
internal static partial class NvmlApi
{
    public const string LibraryName = "libnvidia-ml.so.1";

    /// <summary>Bytes that the longest UUID or name needs, terminator included (NVML_DEVICE_UUID_V2_BUFFER_SIZE, NVML_DEVICE_NAME_V2_BUFFER_SIZE).</summary>
    public const int TextBytes = 96;

    private static readonly Lock Loading = new();
    private static string? _loadedPath;
    private static nint _library;

    /// <summary>Loads the library, once for the process: later calls must name the same path.</summary>
    /// <exception cref="NvmlLibraryMissingException">It is not there or cannot be loaded.</exception>
    /// <exception cref="InvalidOperationException">The process has loaded it from another path.</exception>
    public static void Load(string path)
    {
        lock (Loading)
        {
            if (_loadedPath == path)
            {
                return;
            }

            nint library;
            try
            {
                library = NativeLibrary.Load(path);
            }
            catch (Exception cause) when (cause is DllNotFoundException or BadImageFormatException)
            {
                throw new NvmlLibraryMissingException(path, cause);
            }

            if (_loadedPath is not null)
            {
                NativeLibrary.Free(library);
                throw new InvalidOperationException($"NVML is loaded from '{_loadedPath}' already; a process cannot load it from '{path}' as well.");
            }

            NativeLibrary.SetDllImportResolver(typeof(NvmlApi).Assembly, Resolve);
            _library = library;
            _loadedPath = path;
        }
    }

    [LibraryImport(LibraryName, EntryPoint = "nvmlInit_v2")]
    public static partial NvmlReturn Init();

    [LibraryImport(LibraryName, EntryPoint = "nvmlShutdown")]
    public static partial NvmlReturn Shutdown();

    [LibraryImport(LibraryName, EntryPoint = "nvmlSystemGetDriverVersion")]
    public static partial NvmlReturn SystemGetDriverVersion(Span<byte> version, uint length);

    [LibraryImport(LibraryName, EntryPoint = "nvmlDeviceGetCount_v2")]
    public static partial NvmlReturn DeviceGetCount(out uint count);

    [LibraryImport(LibraryName, EntryPoint = "nvmlDeviceGetHandleByIndex_v2")]
    public static partial NvmlReturn DeviceGetHandleByIndex(uint index, out nint device);

    [LibraryImport(LibraryName, EntryPoint = "nvmlDeviceGetHandleByUUID", StringMarshalling = StringMarshalling.Utf8)]
    public static partial NvmlReturn DeviceGetHandleByUuid(string uuid, out nint device);

    [LibraryImport(LibraryName, EntryPoint = "nvmlDeviceGetUUID")]
    public static partial NvmlReturn DeviceGetUuid(nint device, Span<byte> uuid, uint length);

    [LibraryImport(LibraryName, EntryPoint = "nvmlDeviceGetName")]
    public static partial NvmlReturn DeviceGetName(nint device, Span<byte> name, uint length);

    [LibraryImport(LibraryName, EntryPoint = "nvmlDeviceGetPowerManagementLimit")]
    public static partial NvmlReturn DeviceGetPowerLimit(nint device, out uint limitMilliwatts);

    [LibraryImport(LibraryName, EntryPoint = "nvmlDeviceGetPowerManagementDefaultLimit")]
    public static partial NvmlReturn DeviceGetDefaultPowerLimit(nint device, out uint limitMilliwatts);

    [LibraryImport(LibraryName, EntryPoint = "nvmlDeviceGetPowerManagementLimitConstraints")]
    public static partial NvmlReturn DeviceGetPowerLimitConstraints(nint device, out uint minMilliwatts, out uint maxMilliwatts);

    [LibraryImport(LibraryName, EntryPoint = "nvmlDeviceGetPowerUsage")]
    public static partial NvmlReturn DeviceGetPowerUsage(nint device, out uint drawMilliwatts);

    [LibraryImport(LibraryName, EntryPoint = "nvmlDeviceGetTotalEnergyConsumption")]
    public static partial NvmlReturn DeviceGetTotalEnergy(nint device, out ulong energyMillijoules);

    [LibraryImport(LibraryName, EntryPoint = "nvmlDeviceSetPowerManagementLimit")]
    public static partial NvmlReturn DeviceSetPowerLimit(nint device, uint limitMilliwatts);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) => name == LibraryName ? _library : 0;
}
