using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PowerPlanner.Control.Loop;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Control.Journals;

/// <summary>Makes the decisions of a journal again, line by line, and compares them.</summary>
internal sealed class JournalReplayer(ControlOptions? options, int mostDifferences) : IDisposable
{
    private readonly PlannerInstruments _instruments = new();
    private readonly List<JournalDifference> _differences = [];
    private readonly List<string> _libraries = [];
    private readonly List<long> _cutLines = [];
    private LoopCore? _core;
    private LoopState _state;
    private ArrayBufferWriter<byte> _recorded = new();
    private ArrayBufferWriter<byte> _following = new();
    private DateTimeOffset _time;
    private bool _hasDiverged;
    private bool _hasTicked;
    private long _lines;
    private long _parts;
    private long _ticks;
    private long _decisions;
    private long _equal;
    private long _different;
    private long _skipped;
    private long _differentStatuses;

    /// <summary>Takes the next line.</summary>
    /// <exception cref="InvalidJournalException">The line cannot be understood.</exception>
    public void Take(JournalLine line)
    {
        _lines = line.Number;
        if (line.IsCut)
        {
            _cutLines.Add(line.Number);
            return;
        }

        if (line.Kind == JournalFormat.Begin)
        {
            Begin(line);
            return;
        }

        if (_core is null)
        {
            throw new InvalidJournalException(line.Number, $"is a '{line.Kind}' line; a journal begins with a '{JournalFormat.Begin}' line");
        }

        switch (line.Kind)
        {
            case JournalFormat.Decision:
            case JournalFormat.Threw:
                Decide(line);
                break;
            case JournalFormat.Restored:
                Restore(line);
                break;
            case JournalFormat.Status:
                Publish(line);
                break;
            default:
                throw line.Bad("line", $"{JournalFormat.Begin}, {JournalFormat.Decision}, {JournalFormat.Threw}, {JournalFormat.Restored}, {JournalFormat.Status}");
        }
    }

    public DecisionReplayResult Result() => new()
    {
        Lines = _lines,
        Parts = _parts,
        Ticks = _ticks,
        Decisions = _decisions,
        Equal = _equal,
        Different = _different,
        Skipped = _skipped,
        DifferentStatuses = _differentStatuses,
        CutLines = [.. _cutLines],
        Libraries = [.. _libraries],
        Differences = [.. _differences],
    };

    public void Dispose() => _instruments.Dispose();

    private void Begin(JournalLine line)
    {
        if (line.Text("format") is var format && format != JournalFormat.Name)
        {
            throw line.Bad("format", $"'{JournalFormat.Name}'");
        }

        if (line.Integer("version") != JournalFormat.Version)
        {
            throw line.Bad("version", FormattableString.Invariant($"{JournalFormat.Version}, which this library reads"));
        }

        var library = line.Text("library");
        if (!_libraries.Contains(library))
        {
            _libraries.Add(library);
        }

        var recorded = line.Read("options", JournalJsonContext.Default.ControlOptions) ?? throw line.Bad("options", "an object");
        var deployment = line.Text("deployment");
        using var instruments = _instruments.ForDeployment(deployment, ReportNames.States, ReportNames.DisabledReasons, isAggregated: false);
        _core = new LoopCore(new LoopRules(deployment, options ?? recorded, line.Flag("isFenced")), new LoopReport(deployment, logger: null, instruments));
        _recorded.ResetWrittenCount();
        _recorded.Write(TextOf(line, "state"));
        _state = StateOf(line, "state");
        if (TextOf(_state) is var text && JournalFormat.Hash(text) != line.Text("hash"))
        {
            throw new InvalidJournalException(line.Number, $"version {JournalFormat.Library} of the library reads its state as another one: {Words(StateDiff.Between(JsonNode.Parse(_recorded.WrittenSpan), JsonNode.Parse(text)))}");
        }

        _hasDiverged = false;
        _hasTicked = false;
        _parts++;
    }

    private void Decide(JournalLine line)
    {
        var kind = line.Name<LoopInputKind>("kind");
        _time = line.Time;
        _decisions++;
        if (kind == LoopInputKind.Observed)
        {
            _ticks++;
            _hasTicked = true;
        }

        if (_hasDiverged && kind is LoopInputKind.Observed or LoopInputKind.Reset)
        {
            Resume(line);
        }

        var input = Input(line, kind);
        if (_hasDiverged)
        {
            // It answers to another decision than was made now.
            _skipped++;
            _state = input.Frontend is { } frontend ? _state with { Desk = _state.Desk.Answered(frontend) } : _state;
            Follow(line);
            return;
        }

        LoopIntent intent = default;
        var next = _state;
        string? thrown = null;
        try
        {
            intent = _core!.Decide(_state, input, out next);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            thrown = JournalFormat.Describe(failure);
        }

        var replayed = thrown ?? Encoding.UTF8.GetString(JournalFormat.TextOf(intent, static (writer, value) => JournalFormat.WriteIntent(writer, value)));
        if (line.Kind == JournalFormat.Threw)
        {
            Compare(line, kind, line.Text("exception"), replayed, next, areStatesEqual: true);
            return;
        }

        Follow(line);
        Compare(line, kind, line.Required("intent").GetRawText(), replayed, next, JournalFormat.Hash(TextOf(next)) == line.Text("hash"));
    }

    private void Restore(JournalLine line)
    {
        _time = line.Time;
        _decisions++;
        var memory = StateOf(line, "memory");
        var next = Inheritance.Of(memory, _state, line.Now, line.Time);
        Follow(line);
        Compare(line, null, "restored", "restored", next, JournalFormat.Hash(TextOf(next)) == line.Text("hash"));
    }

    private void Publish(JournalLine line)
    {
        // Of a tick before this part only the state is known.
        if (_hasDiverged || !_hasTicked)
        {
            return;
        }

        var recorded = line.Required("status").GetRawText();
        var replayed = Encoding.UTF8.GetString(JournalFormat.TextOf(_core!.Status(_state), static (writer, status) => JournalFormat.WriteStatus(writer, status)));
        if (recorded != replayed)
        {
            _differentStatuses++;
            Tell(line, null, recorded, replayed, []);
        }
    }

    private void Compare(JournalLine line, LoopInputKind? input, string recorded, string replayed, in LoopState next, bool areStatesEqual)
    {
        _state = next;
        if (recorded == replayed && areStatesEqual)
        {
            _equal++;
            return;
        }

        _different++;
        _hasDiverged = true;
        Tell(line, input, recorded, replayed, areStatesEqual || _differences.Count >= mostDifferences ? [] : StateDiff.Between(JsonNode.Parse(_recorded.WrittenSpan), JsonNode.Parse(TextOf(next))));
    }

    private void Tell(JournalLine line, LoopInputKind? input, string recorded, string replayed, ImmutableArray<JournalField> fields)
    {
        if (_differences.Count < mostDifferences)
        {
            _differences.Add(new JournalDifference { Line = line.Number, Tick = _ticks, Time = _time, Kind = line.Kind, Input = input?.ToString(), Recorded = recorded, Replayed = replayed, Fields = fields });
        }
    }

    /// <summary>Takes the recorded state of the next line.</summary>
    private void Follow(JournalLine line)
    {
        if (line.Kind == JournalFormat.Threw)
        {
            return;
        }

        _following.ResetWrittenCount();
        try
        {
            StatePatch.Apply(_following, _recorded.WrittenSpan, TextOf(line, "state"));
        }
        catch (JsonException failure)
        {
            throw new InvalidJournalException(line.Number, $"field 'state': {failure.Message}", failure);
        }

        (_recorded, _following) = (_following, _recorded);
        if (JournalFormat.Hash(_recorded.WrittenSpan) != line.Text("hash"))
        {
            throw new InvalidJournalException(line.Number, "its state does not have the checksum that it says: it was changed or damaged");
        }
    }

    /// <summary>Goes on from what was recorded; the frontends follow from what was read and answered.</summary>
    private void Resume(JournalLine line)
    {
        try
        {
            var desk = _state.Desk;
            var state = JsonSerializer.Deserialize(_recorded.WrittenSpan, JournalJsonContext.Default.LoopState);
            _state = state with { Desk = state.Desk with { Frontends = desk.Frontends, LastRead = desk.LastRead } };
            _hasDiverged = false;
        }
        catch (Exception failure) when (failure is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidJournalException(line.Number, $"the state before it cannot be read by version {JournalFormat.Library} of the library: {failure.Message}", failure);
        }
    }

    private LoopInput Input(JournalLine line, LoopInputKind kind)
    {
        var fleet = line.Read("fleet", JournalJsonContext.Default.FleetState);
        if (fleet is not null && line.Flag("areFrontendsSame"))
        {
            fleet = fleet with { Frontends = _state.Desk.LastRead };
        }

        return new LoopInput
        {
            Kind = kind,
            Now = line.Now,
            Time = line.Time,
            Tick = kind == LoopInputKind.Observed ? line.Name<TickKind>("tick") : default,
            Observation = line.Read("observation", JournalJsonContext.Default.Observation),
            Fleet = fleet,
            Update = line.Read("update", JournalJsonContext.Default.LoopUpdate),
            Sweep = line.Read("sweep", JournalJsonContext.Default.SweepAnswer),
            Role = line.Read("role", JournalJsonContext.Default.RoleState),
            Frontend = line.Read("frontend", JournalJsonContext.Default.FrontendState),
        };
    }

    private static LoopState StateOf(JournalLine line, string name)
    {
        var state = line.Read(name, JournalJsonContext.Default.LoopState);
        var frontends = line.Read("frontends", JournalJsonContext.Default.ImmutableArrayFrontendState);
        var lastRead = line.Flag("isLastReadSame") ? frontends : line.Read("lastRead", JournalJsonContext.Default.ImmutableArrayFrontendState);
        return state with { Desk = state.Desk with { Frontends = frontends, LastRead = lastRead } };
    }

    private static byte[] TextOf(JournalLine line, string name) =>
        line.Required(name) is { ValueKind: JsonValueKind.Object } value ? Encoding.UTF8.GetBytes(value.GetRawText()) : throw line.Bad(name, "an object");

    private static byte[] TextOf(in LoopState state) => JsonSerializer.SerializeToUtf8Bytes(state, JournalJsonContext.Default.LoopState);

    private static string Words(ImmutableArray<JournalField> fields) => string.Join("; ", fields.Take(5).Select(field => $"{field.Path} {field.Recorded} → {field.Replayed}"));
}
