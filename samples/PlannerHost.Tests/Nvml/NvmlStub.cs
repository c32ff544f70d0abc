using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using PlannerHost.Nvml;

namespace PlannerHost.Tests.Nvml;

/// <summary>
/// The stand-in for NVML, compiled once a run from <c>stub.c</c> by the machine's C compiler. One for the process, as the real library is: tests
/// that use it do not run side by side.
/// </summary>
internal static partial class NvmlStub
{
    public const int AnyGpu = -1;

    private static readonly Lazy<string> Built = new(Build);

    /// <summary>Path of the compiled stub. Skips the test, with the reason, where there is no C compiler.</summary>
    public static string Path => Built.Value;

    /// <summary>GPUs in their first state, without faults, and NVML opened on them.</summary>
    public static NvmlSession Open(int gpus)
    {
        var path = Path;
        NativeLibrary.Load(path);
        Reset(gpus);
        return NvmlSession.Open(path);
    }

    public static string Uuid(int gpu) => string.Create(CultureInfo.InvariantCulture, $"GPU-00000000-0000-0000-0000-{gpu:D12}");

    public static void Reset(int gpus) => Export<IntCall>("stub_reset")(gpus);

    public static void Set(int gpu, uint limit, uint normal, uint min, uint max) => Export<SetCall>("stub_set")(gpu, limit, normal, min, max);

    public static void Fail(string function, int gpu, NvmlReturn code, int times = -1) => Export<FailCall>("stub_fail")(function, gpu, (int)code, times);

    /// <summary>Calls of the function hang until <see cref="Heal"/>.</summary>
    public static void Hold(string function) => Export<TextCall>("stub_hold")(function);

    /// <summary>Blocks until a call hangs.</summary>
    public static void AwaitHang() => Export<Call>("stub_await_hang")();

    public static void Heal() => Export<Call>("stub_heal")();

    public static void Clamp(int gpu, int milliwatts) => Export<IntIntCall>("stub_clamp")(gpu, milliwatts);

    public static void OffsetReads(int gpu, int milliwatts) => Export<IntIntCall>("stub_read_offset")(gpu, milliwatts);

    public static void ResetDriver() => Export<Call>("stub_driver_reset")();

    public static void ResetGpu() => Export<Call>("stub_gpu_reset")();

    public static int Writes => Export<IntRead>("stub_writes")();

    public static int Initializations => Export<IntRead>("stub_inits")();

    public static int Users => Export<IntRead>("stub_users")();

    public static uint LimitMilliwatts(int gpu) => Export<UIntRead>("stub_limit")(gpu);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void Call();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void IntCall(int value);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void IntIntCall(int gpu, int value);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int IntRead();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate uint UIntRead(int gpu);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void SetCall(int gpu, uint limit, uint normal, uint min, uint max);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void FailCall([MarshalAs(UnmanagedType.LPUTF8Str)] string function, int gpu, int code, int times);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void TextCall([MarshalAs(UnmanagedType.LPUTF8Str)] string function);

    private static T Export<T>(string name)
        where T : Delegate =>
        Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(NativeLibrary.Load(Path), name));

    private static string Build()
    {
        var folder = System.IO.Path.Combine(AppContext.BaseDirectory, "Nvml");
        var library = System.IO.Path.Combine(folder, "libnvidia-ml-stub.so");
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("cc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-pthread", "-o", library, System.IO.Path.Combine(folder, "stub.c")])
            {
                RedirectStandardError = true,
            })!;
            var errors = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? library : throw new InvalidOperationException($"cc did not compile the NVML stub: {errors}");
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new IgnoreException($"NOT TESTED: the NVML adapter. Its stand-in is compiled with 'cc', and this machine has none ({missing.Message}).");
        }
    }
}
