using System.Collections.Immutable;
using System.Globalization;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>Something that must hold of a run. Immutable.</summary>
public sealed record ScenarioAssertion
{
    /// <summary>Relative tolerance of numbers that follow exactly from the equations.</summary>
    public const double Exact = 1e-9;

    private readonly Func<ScenarioRun, string?> _check;

    private ScenarioAssertion(string text, Func<ScenarioRun, string?> check)
    {
        Text = text;
        _check = check;
    }

    /// <summary>The assertion in words.</summary>
    public string Text { get; }

    /// <summary>Anything.</summary>
    /// <param name="text">The assertion in words.</param>
    /// <param name="check">Answers what is wrong, or null where it holds.</param>
    public static ScenarioAssertion Of(string text, Func<ScenarioRun, string?> check)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(check);
        return new ScenarioAssertion(text, check);
    }

    /// <summary>A signal at one tick.</summary>
    /// <param name="tick">The tick.</param>
    /// <param name="signal">The signal.</param>
    /// <param name="comparison">How it compares.</param>
    /// <param name="value">With what.</param>
    /// <param name="tolerance">Relative tolerance: <c>|a − b| ≤ tolerance · max(1, |b|)</c>.</param>
    public static ScenarioAssertion At(int tick, ScenarioSignal signal, ScenarioComparison comparison, double value, double tolerance = Exact) =>
        Throughout(tick, tick, signal, comparison, value, tolerance);

    /// <summary>A signal at every tick.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="comparison">How it compares.</param>
    /// <param name="value">With what.</param>
    /// <param name="tolerance">Relative tolerance.</param>
    public static ScenarioAssertion Always(ScenarioSignal signal, ScenarioComparison comparison, double value, double tolerance = Exact) =>
        Throughout(0, int.MaxValue, signal, comparison, value, tolerance);

    /// <summary>A signal at every tick of a span.</summary>
    /// <param name="fromTick">First tick.</param>
    /// <param name="toTick">Last tick.</param>
    /// <param name="signal">The signal.</param>
    /// <param name="comparison">How it compares.</param>
    /// <param name="value">With what.</param>
    /// <param name="tolerance">Relative tolerance.</param>
    public static ScenarioAssertion Throughout(int fromTick, int toTick, ScenarioSignal signal, ScenarioComparison comparison, double value, double tolerance = Exact) => new(
        string.Create(CultureInfo.InvariantCulture, $"{Span(fromTick, toTick)}: {signal} {Symbol(comparison)} {value}"),
        run =>
        {
            if (fromTick >= run.Ticks.Length)
            {
                return string.Create(CultureInfo.InvariantCulture, $"the run has only {run.Ticks.Length} ticks");
            }

            for (var tick = fromTick; tick <= Math.Min(toTick, run.Ticks.Length - 1); tick++)
            {
                var actual = ScenarioSignals.Of(run.Ticks[tick], signal);
                if (!Holds(actual, comparison, value, tolerance))
                {
                    return string.Create(CultureInfo.InvariantCulture, $"t{tick}: {signal} is {actual}");
                }
            }

            return null;
        });

    /// <summary>A signal at some tick up to a last one.</summary>
    /// <param name="tick">The last tick that will do.</param>
    /// <param name="signal">The signal.</param>
    /// <param name="comparison">How it compares.</param>
    /// <param name="value">With what.</param>
    /// <param name="tolerance">Relative tolerance.</param>
    public static ScenarioAssertion EventuallyBy(int tick, ScenarioSignal signal, ScenarioComparison comparison, double value, double tolerance = Exact) => new(
        string.Create(CultureInfo.InvariantCulture, $"by t{tick}: {signal} {Symbol(comparison)} {value}"),
        run => run.Ticks.Take(tick + 1).Any(candidate => Holds(ScenarioSignals.Of(candidate, signal), comparison, value, tolerance))
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"at t{Math.Min(tick, run.Ticks.Length - 1)} {signal} is {ScenarioSignals.Of(run.Ticks[Math.Min(tick, run.Ticks.Length - 1)], signal)}"));

    /// <summary>Exactly these ticks sweep.</summary>
    /// <param name="ticks">The ticks.</param>
    public static ScenarioAssertion SweepsExactlyAt(params ImmutableArray<int> ticks) => new(
        $"sweeps exactly at {List(ticks)}",
        run => run.Sweeps.SequenceEqual(ticks) ? null : $"sweeps at {List(run.Sweeps)}");

    /// <summary>No command is sent in a span of ticks.</summary>
    /// <param name="fromTick">First tick.</param>
    /// <param name="toTick">Last tick.</param>
    public static ScenarioAssertion NoCommands(int fromTick = 0, int toTick = int.MaxValue) => Throughout(fromTick, toTick, ScenarioSignal.Commands, ScenarioComparison.Equal, 0);

    /// <summary>What is wrong; null where it holds.</summary>
    /// <param name="run">The run.</param>
    public string? Check(ScenarioRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return _check(run);
    }

    private static bool Holds(double actual, ScenarioComparison comparison, double value, double tolerance)
    {
        // Infinities are equal to themselves; NaN is equal to nothing, and nothing is known of it.
        var equal = actual == value || Math.Abs(actual - value) <= tolerance * Math.Max(1, Math.Abs(value));
        return !double.IsNaN(actual) && comparison switch
        {
            ScenarioComparison.Equal => equal,
            ScenarioComparison.NotEqual => !equal,
            ScenarioComparison.Less => actual < value,
            ScenarioComparison.AtMost => actual < value || equal,
            ScenarioComparison.AtLeast => actual > value || equal,
            _ => actual > value,
        };
    }

    private static string Symbol(ScenarioComparison comparison) => comparison switch
    {
        ScenarioComparison.Equal => "==",
        ScenarioComparison.NotEqual => "!=",
        ScenarioComparison.Less => "<",
        ScenarioComparison.AtMost => "<=",
        ScenarioComparison.AtLeast => ">=",
        _ => ">",
    };

    private static string Span(int from, int to) => from == to
        ? string.Create(CultureInfo.InvariantCulture, $"t{from}")
        : to == int.MaxValue ? string.Create(CultureInfo.InvariantCulture, $"from t{from}") : string.Create(CultureInfo.InvariantCulture, $"t{from} to t{to}");

    private static string List(IEnumerable<int> ticks)
    {
        var text = string.Join(", ", ticks.Select(tick => string.Create(CultureInfo.InvariantCulture, $"t{tick}")));
        return text.Length == 0 ? "none" : text;
    }
}
