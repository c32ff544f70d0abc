using System.Collections.Immutable;
using System.Text.Json;
using PowerPlanner.Hosting.Json;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>Assertions of a scenario file: a signal compared at a tick, throughout a span or by a tick, or the ticks that sweep.</summary>
internal static class ScenarioFileAssertions
{
    private static readonly NamedValues<ScenarioSignal> Signals = ScenarioFileNames.Of<ScenarioSignal>();

    private static readonly NamedValues<ScenarioComparison> Comparisons = new(
        ("==", ScenarioComparison.Equal),
        ("!=", ScenarioComparison.NotEqual),
        ("<", ScenarioComparison.Less),
        ("<=", ScenarioComparison.AtMost),
        (">=", ScenarioComparison.AtLeast),
        (">", ScenarioComparison.Greater));

    /// <summary>Reads one; null where it is wrong.</summary>
    public static ScenarioAssertion? Read(ScenarioFields fields, int ticks)
    {
        if (fields.Json.TakeValue("sweepsExactlyAt", "an array of ticks", required: false) is { } sweeps)
        {
            fields.Close();
            return Sweeps(fields, sweeps);
        }

        var last = ticks - 1;
        var at = fields.Json.OptionalInteger("at", 0);
        var by = fields.Json.OptionalInteger("by", 0);
        if (at is not null && by is not null)
        {
            fields.Refuse("by", "given beside \"at\"", "one of \"at\", \"by\", or \"from\" and \"to\"");
        }

        var from = at is null && by is null ? fields.Integer("from", 0, last, 0) : 0;
        var to = at is null && by is null ? fields.Integer("to", from, int.MaxValue, int.MaxValue) : 0;
        if ((at ?? by) > last)
        {
            fields.Refuse(at is null ? "by" : "at", FormattableString.Invariant($"{at ?? by}"), FormattableString.Invariant($"a tick of the scenario, 0 to {last}"));
        }

        var signal = fields.Json.RequiredChoice("signal", Signals) ?? default;
        var comparison = fields.Json.RequiredChoice("is", Comparisons) ?? default;
        var value = fields.RequiredNumber("value", double.MinValue, double.MaxValue);
        var tolerance = fields.Number("tolerance", 0, double.MaxValue, ScenarioAssertion.Exact);
        fields.Close();
        return by is { } latest
            ? ScenarioAssertion.EventuallyBy(latest, signal, comparison, value, tolerance)
            : ScenarioAssertion.Throughout(at ?? from, at ?? to, signal, comparison, value, tolerance);
    }

    private static ScenarioAssertion? Sweeps(ScenarioFields fields, JsonElement value)
    {
        var ticks = ImmutableArray.CreateBuilder<int>();
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in value.EnumerateArray())
            {
                if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var tick) && tick >= 0)
                {
                    ticks.Add(tick);
                }
                else
                {
                    fields.Refuse("sweepsExactlyAt", StrictJson.Show(element), "an array of ticks, each an integer of at least 0");
                    return null;
                }
            }

            return ScenarioAssertion.SweepsExactlyAt(ticks.ToImmutable());
        }

        fields.Refuse("sweepsExactlyAt", StrictJson.Show(value), "an array of ticks, each an integer of at least 0");
        return null;
    }
}
