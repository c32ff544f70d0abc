using System.Globalization;

namespace PlannerHost.Nvml;

/// <summary>
/// What <c>PlannerHost nvml</c> prints: the GPUs of this machine, their limits and what they draw. It reads only.
/// </summary>
internal static class NvmlListing
{
    /// <summary>Prints one line a GPU.</summary>
    /// <param name="output">Where the list goes.</param>
    /// <param name="errors">Where failures go.</param>
    /// <param name="libraryPath">Path or name of the library; null = where the system's loader finds it.</param>
    /// <returns>Exit code: 0 = every GPU answered, 1 = some did not, 2 = NVML cannot be used.</returns>
    public static int Print(TextWriter output, TextWriter errors, string? libraryPath = null)
    {
        try
        {
            using var session = NvmlSession.Open(libraryPath);
            var failures = new List<NvmlException>();
            var gpus = session.ReadAll(failures);
            output.WriteLine($"Driver {session.DriverVersion}, {gpus.Length} {(gpus.Length == 1 ? "GPU" : "GPUs")}");
            foreach (var gpu in gpus)
            {
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{gpu.Index}  {gpu.Uuid}  {gpu.Name}  cap {Watts(gpu.CapWatts)} (default {Watts(gpu.DefaultCapWatts)}, accepts {gpu.Limits?.ToString() ?? "unknown"})  draws {Draw(gpu.DrawWatts)}  energy {Energy(gpu.EnergyJoules)}"));
            }

            foreach (var failure in failures)
            {
                errors.WriteLine(failure.Message);
            }

            return failures.Count == 0 ? 0 : 1;
        }
        catch (Exception failure) when (failure is NvmlException or NvmlLibraryMissingException)
        {
            errors.WriteLine(failure.Message);
            return 2;
        }
    }

    private static string Watts(int? watts) => watts is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known} W") : "unknown";

    private static string Draw(double? watts) => watts is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known:F1} W") : "unknown";

    private static string Energy(double? joules) => joules is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known / 1000:F1} kJ") : "unknown";
}
