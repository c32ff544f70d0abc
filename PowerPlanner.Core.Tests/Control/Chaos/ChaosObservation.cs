using PowerPlanner.Control;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Control.Chaos;

/// <summary>Observations: some sane, some partly absent, some impossible.</summary>
internal static class ChaosObservation
{
    private static readonly double[] Junk = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1, 0, double.MaxValue, double.Epsilon, 1e12, 2e12, 3_600_001];
    private static readonly TimeSpan[] Times = [TimeSpan.Zero, TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(120), TimeSpan.FromHours(5), TimeSpan.MaxValue, TimeSpan.MinValue];

    public static Observation? Of(int seed)
    {
        var random = new Random(seed);
        if (random.Next(8) == 0)
        {
            return null;
        }

        return new Observation
        {
            Duration = random.Next(3) == 0 ? Times[random.Next(Times.Length)] : TimeSpan.FromSeconds(60),
            Age = random.Next(5) == 0 ? Times[random.Next(Times.Length)] : null,
            Requests = Value(random, 600),
            Isl = Value(random, 1000),
            Osl = Value(random, 200),
            TtftMs = Value(random, 60),
            TtftP95Ms = random.Next(4) == 0 ? Value(random, 300) : null,
            ItlMs = Value(random, 12),
            ItlP95Ms = random.Next(4) == 0 ? Value(random, 60) : null,
            QueueingMs = random.Next(4) == 0 ? Value(random, 20) : null,
            TokensPerSecond = Value(random, 20_000),
            TotalWatts = Value(random, 3000),
            Prefill = Role(random),
            Decode = Role(random),
            Aggregated = Role(random),
        };
    }

    /// <summary>A fleet that does what its plan says, below its caps, and has little to do.</summary>
    public static Observation Quiet(ChaosModel model)
    {
        var role = new RoleObservation { PowerWattsPerGpu = 10, ScheduledTokens = 0, MaxBatchedTokens = 8192 };
        return new Observation
        {
            Duration = TimeSpan.FromSeconds(60),
            Requests = 1,
            TtftMs = model.PrefillMs,
            ItlMs = model.DecodeMs,
            TokensPerSecond = 1,
            TotalWatts = 10,
            Prefill = role,
            Decode = role,
            Aggregated = role,
        };
    }

    private static RoleObservation? Role(Random random) => random.Next(6) == 0 ? null : new RoleObservation
    {
        PowerWattsPerGpu = Value(random, 400),
        ScheduledTokens = Value(random, 5000),
        ReadyReplicas = random.Next(4) == 0 ? random.Next(-1, 5) : null,
        EffectiveCapWatts = random.Next(8) == 0 ? random.Next(-1, 800) : null,
        CapLimits = random.Next(20) == 0 ? new GpuPowerLimits(100, 650) : null,
        MaxBatchedTokens = random.Next(4) switch { 0 => null, 1 => random.Next(-1, 2), _ => 8192 },
    };

    private static double? Value(Random random, double sane) => random.Next(10) switch
    {
        0 or 1 => null,
        2 => Junk[random.Next(Junk.Length)],
        3 => sane * 10 * random.NextDouble(),
        _ => sane * (0.5 + random.NextDouble()),
    };
}
