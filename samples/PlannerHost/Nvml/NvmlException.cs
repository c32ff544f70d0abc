using System.Globalization;

namespace PlannerHost.Nvml;

/// <summary>An NVML function failed. The derived types are the failures that a caller treats differently.</summary>
internal class NvmlException(NvmlReturn code, string function, string? gpuUuid, string meaning)
    : Exception(Text(code, function, gpuUuid, meaning))
{
    /// <summary>What the function returned.</summary>
    public NvmlReturn Code { get; } = code;

    /// <summary>The function that failed.</summary>
    public string Function { get; } = function;

    /// <summary>The GPU; null where the function concerns none.</summary>
    public string? GpuUuid { get; } = gpuUuid;

    /// <summary>
    /// Whether a failed write has certainly changed nothing: NVML refused it before the driver acted. After the other failures a write may
    /// have taken effect.
    /// </summary>
    public bool ChangedNothing => Code is NvmlReturn.NoPermission or NvmlReturn.NotSupported or NvmlReturn.InvalidArgument
        or NvmlReturn.FunctionNotFound or NvmlReturn.Uninitialized or NvmlReturn.DriverNotLoaded or NvmlReturn.NotFound;

    /// <summary>Whether GPU handles are stale after this failure, so that NVML must be initialised anew: a driver or GPU reset.</summary>
    public bool HandlesAreStale => Code is NvmlReturn.Uninitialized or NvmlReturn.GpuIsLost or NvmlReturn.ResetRequired
        or NvmlReturn.DriverNotLoaded or NvmlReturn.InvalidArgument or NvmlReturn.NotFound;

    /// <summary>Throws the exception that a code stands for; returns on success.</summary>
    public static void ThrowIfFailed(NvmlReturn code, string function, string? gpuUuid = null)
    {
        if (code != NvmlReturn.Success)
        {
            throw Of(code, function, gpuUuid);
        }
    }

    private static NvmlException Of(NvmlReturn code, string function, string? gpuUuid) => code switch
    {
        NvmlReturn.NoPermission => new NvmlPermissionException(code, function, gpuUuid),
        NvmlReturn.NotSupported or NvmlReturn.FunctionNotFound => new NvmlNotSupportedException(code, function, gpuUuid),
        NvmlReturn.GpuIsLost or NvmlReturn.ResetRequired or NvmlReturn.NotFound or NvmlReturn.GpuNotFound => new NvmlGpuLostException(code, function, gpuUuid),
        NvmlReturn.DriverNotLoaded or NvmlReturn.LibraryDriverMismatch or NvmlReturn.LibraryNotFound => new NvmlDriverException(code, function, gpuUuid),
        _ => new NvmlException(code, function, gpuUuid, Meaning(code)),
    };

    private static string Meaning(NvmlReturn code) => code switch
    {
        NvmlReturn.Uninitialized => "NVML is not initialised",
        NvmlReturn.InvalidArgument => "an argument is not valid, or the GPU handle is stale",
        NvmlReturn.InsufficientPower => "the external power cables of the GPU are not attached properly",
        NvmlReturn.Timeout => "the driver did not answer in time",
        NvmlReturn.InterruptIssue => "the kernel found an interrupt issue with the GPU",
        NvmlReturn.OperatingSystem => "the operating system or a cgroup blocks the GPU's control device",
        NvmlReturn.InUse => "the GPU is in use",
        NvmlReturn.Memory or NvmlReturn.InsufficientResources => "out of memory or other resources",
        NvmlReturn.NotReady => "the GPU is not ready",
        NvmlReturn.InvalidState => "the GPU is in a state that does not allow this",
        NvmlReturn.Unknown => "internal driver error",
        _ => "unexpected answer",
    };

    private static string Text(NvmlReturn code, string function, string? gpuUuid, string meaning) => string.Create(
        CultureInfo.InvariantCulture,
        $"{function}{(gpuUuid is null ? "" : $" of GPU {gpuUuid}")}: {meaning} (NVML error {(int)code}, {code}).");
}

/// <summary>Setting a limit needs root or CAP_SYS_ADMIN.</summary>
internal sealed class NvmlPermissionException(NvmlReturn code, string function, string? gpuUuid)
    : NvmlException(code, function, gpuUuid, "this process may not do that; setting power limits needs root or CAP_SYS_ADMIN");

/// <summary>The GPU, or the driver's version, does not have this function.</summary>
internal sealed class NvmlNotSupportedException(NvmlReturn code, string function, string? gpuUuid)
    : NvmlException(code, function, gpuUuid, "this GPU or this driver does not support that");

/// <summary>The GPU has fallen off the bus, waits for a reset, or no GPU with this UUID is there.</summary>
internal sealed class NvmlGpuLostException(NvmlReturn code, string function, string? gpuUuid)
    : NvmlException(code, function, gpuUuid, "the GPU cannot be reached: it is lost, needs a reset, or is not on this machine");

/// <summary>The driver is not loaded, or is of another version than the library.</summary>
internal sealed class NvmlDriverException(NvmlReturn code, string function, string? gpuUuid)
    : NvmlException(code, function, gpuUuid, "the NVIDIA driver is not loaded or does not match the library; check nvidia-smi on this machine");

/// <summary>The library itself cannot be loaded: the machine has no NVIDIA driver, or the container was not given it.</summary>
internal sealed class NvmlLibraryMissingException(string path, Exception? cause = null)
    : Exception($"NVML cannot be loaded from '{path}'. It comes with the NVIDIA driver: run on a machine with one, give the container the 'utility' driver capability (NVIDIA_DRIVER_CAPABILITIES), or name another path in Nvml:LibraryPath.", cause)
{
    /// <summary>What was tried.</summary>
    public string Path { get; } = path;
}
