using System.Collections.Immutable;

namespace PowerPlanner.Testing.Simulation;

/// <summary>Load over time: input and output tokens offered per second, by tick. Immutable.</summary>
public abstract record LoadProfile
{
    private protected LoadProfile()
    {
    }

    /// <summary>Tokens/s offered at a tick.</summary>
    /// <param name="tick">The tick, at least 0.</param>
    public abstract double TokensPerSecond(int tick);

    /// <summary>The same load always.</summary>
    /// <param name="tokensPerSecond">Tokens/s.</param>
    public static LoadProfile Constant(double tokensPerSecond) => new StepsProfile([(0, tokensPerSecond)]);

    /// <summary>A straight line between two ticks, level before and after.</summary>
    /// <param name="from">Tokens/s at <paramref name="startTick"/>.</param>
    /// <param name="to">Tokens/s at <paramref name="endTick"/>.</param>
    /// <param name="startTick">Where the line starts.</param>
    /// <param name="endTick">Where it ends; after the start.</param>
    public static LoadProfile Ramp(double from = 200, double to = 2000, int startTick = 0, int endTick = 50)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(endTick, startTick);
        return new RampProfile(from, to, startTick, endTick);
    }

    /// <summary>A level with a higher one for a while.</summary>
    /// <param name="baseline">Tokens/s outside the spike.</param>
    /// <param name="level">Tokens/s within it.</param>
    /// <param name="atTick">First tick of the spike.</param>
    /// <param name="durationTicks">Ticks of the spike.</param>
    public static LoadProfile Spike(double baseline, double level = 5000, int atTick = 50, int durationTicks = 10) =>
        new StepsProfile([(0, baseline), (atTick, level), (atTick + durationTicks, baseline)]);

    /// <summary>A sine around a mean.</summary>
    /// <param name="mean">Mean tokens/s.</param>
    /// <param name="amplitude">Amplitude, tokens/s.</param>
    /// <param name="periodTicks">Ticks of a period; greater than 0.</param>
    public static LoadProfile Sine(double mean = 2000, double amplitude = 500, double periodTicks = 40)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(periodTicks);
        return new SineProfile(mean, amplitude, periodTicks);
    }

    /// <summary>Levels, each from its tick on; the first also before it.</summary>
    /// <param name="steps">Ticks in rising order with their tokens/s; at least one.</param>
    public static LoadProfile Steps(params IEnumerable<(int FromTick, double TokensPerSecond)> steps)
    {
        ImmutableArray<(int, double)> all = [.. steps];
        ArgumentOutOfRangeException.ThrowIfZero(all.Length, nameof(steps));
        return new StepsProfile(all);
    }

    private sealed record StepsProfile(ImmutableArray<(int FromTick, double Level)> Levels) : LoadProfile
    {
        public override double TokensPerSecond(int tick)
        {
            var level = Levels[0].Level;
            foreach (var (from, value) in Levels)
            {
                level = from <= tick ? value : level;
            }

            return level;
        }
    }

    private sealed record RampProfile(double From, double To, int StartTick, int EndTick) : LoadProfile
    {
        public override double TokensPerSecond(int tick) =>
            From + ((To - From) * Math.Clamp((tick - StartTick) / (double)(EndTick - StartTick), 0, 1));
    }

    private sealed record SineProfile(double Mean, double Amplitude, double PeriodTicks) : LoadProfile
    {
        public override double TokensPerSecond(int tick) => Mean + (Amplitude * PortableMath.SinOfTurns(tick / PeriodTicks));
    }
}
