using CsCheck;

namespace PowerPlanner.Tests;

/// <summary>
/// Properties on the same inputs in every run, so that a gate says the same of the same code. With <c>POWERPLANNER_FRESH_INPUTS=1</c>
/// CsCheck draws other inputs each time: for hunting, by hand. A case that fails is shrunk by CsCheck either way.
/// </summary>
internal static class Holding
{
    // Each lane is a stream of its own, whatever thread runs it.
    private const int Lanes = 16;
    private const ulong Origin = 0x5EED_0F_B00C;

    private static readonly bool Fresh = Environment.GetEnvironmentVariable("POWERPLANNER_FRESH_INPUTS") == "1";

    /// <summary>Throws unless the predicate holds for the case of the seed, where one is given, and for <paramref name="iter"/> more.</summary>
    public static void Holds<T>(this Gen<T> gen, Func<T, bool> predicate, long iter = 100, string? seed = null)
    {
        if (Fresh)
        {
            gen.Sample(predicate, seed: seed, iter: iter);
            return;
        }

        if (seed is not null)
        {
            gen.Sample(predicate, seed: seed, iter: 1, threads: 1);
        }

        if (FirstFailure(gen, predicate, iter) is { } failing)
        {
            gen.Sample(predicate, seed: failing, iter: Math.Max(iter, 1_000));
            Assert.Fail($"The case of seed \"{failing}\" failed once and not again: the test or what it tests is not deterministic.");
        }
    }

    public static void Holds<T>(this Gen<T> gen, Action<T> check, long iter = 100, string? seed = null) => gen.Holds(Checked(check), iter, seed);

    public static void Holds<T1, T2>(this Gen<(T1, T2)> gen, Func<T1, T2, bool> predicate, long iter = 100, string? seed = null) =>
        gen.Holds(t => predicate(t.Item1, t.Item2), iter, seed);

    public static void Holds<T1, T2>(this Gen<(T1, T2)> gen, Action<T1, T2> check, long iter = 100, string? seed = null) =>
        gen.Holds(t => check(t.Item1, t.Item2), iter, seed);

    public static void Holds<T1, T2, T3>(this Gen<(T1, T2, T3)> gen, Func<T1, T2, T3, bool> predicate, long iter = 100, string? seed = null) =>
        gen.Holds(t => predicate(t.Item1, t.Item2, t.Item3), iter, seed);

    public static void Holds<T1, T2, T3>(this Gen<(T1, T2, T3)> gen, Action<T1, T2, T3> check, long iter = 100, string? seed = null) =>
        gen.Holds(t => check(t.Item1, t.Item2, t.Item3), iter, seed);

    public static void Holds<T1, T2, T3, T4>(this Gen<(T1, T2, T3, T4)> gen, Func<T1, T2, T3, T4, bool> predicate, long iter = 100, string? seed = null) =>
        gen.Holds(t => predicate(t.Item1, t.Item2, t.Item3, t.Item4), iter, seed);

    public static void Holds<T1, T2, T3, T4>(this Gen<(T1, T2, T3, T4)> gen, Action<T1, T2, T3, T4> check, long iter = 100, string? seed = null) =>
        gen.Holds(t => check(t.Item1, t.Item2, t.Item3, t.Item4), iter, seed);

    public static void Holds<T1, T2, T3, T4, T5>(this Gen<(T1, T2, T3, T4, T5)> gen, Func<T1, T2, T3, T4, T5, bool> predicate, long iter = 100, string? seed = null) =>
        gen.Holds(t => predicate(t.Item1, t.Item2, t.Item3, t.Item4, t.Item5), iter, seed);

    public static void Holds<T1, T2, T3, T4, T5, T6>(this Gen<(T1, T2, T3, T4, T5, T6)> gen, Func<T1, T2, T3, T4, T5, T6, bool> predicate, long iter = 100, string? seed = null) =>
        gen.Holds(t => predicate(t.Item1, t.Item2, t.Item3, t.Item4, t.Item5, t.Item6), iter, seed);

    private static Func<T, bool> Checked<T>(Action<T> check) => value =>
    {
        check(value);
        return true;
    };

    private static string? FirstFailure<T>(Gen<T> gen, Func<T, bool> predicate, long iter)
    {
        var gate = new Lock();
        var (first, failing) = (long.MaxValue, (string?)null);
        Parallel.For(0, Lanes, lane =>
        {
            var pcg = new PCG((uint)lane, Origin);
            for (long i = lane; i < iter && i < Volatile.Read(ref first); i += Lanes)
            {
                var state = pcg.State;
                if (Fails(gen.Generate(pcg, null!, out _), predicate))
                {
                    lock (gate)
                    {
                        if (i < first)
                        {
                            (first, failing) = (i, pcg.ToString(state));
                        }
                    }
                }
            }
        });
        return failing;
    }

    private static bool Fails<T>(T value, Func<T, bool> predicate)
    {
        try
        {
            return !predicate(value);
        }
        catch (Exception)
        {
            return true;
        }
    }
}
