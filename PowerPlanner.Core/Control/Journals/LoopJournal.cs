using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using PowerPlanner.Control.Loop;

namespace PowerPlanner.Control.Journals;

/// <summary>
/// Writes one loop's decisions into its journal, each with all that it was made of. Nothing here throws, and nothing here decides. Not
/// thread-safe: it belongs to the loop.
/// </summary>
#pragma warning disable CA1001 // Writers into memory have nothing to free.
internal sealed class LoopJournal
#pragma warning restore CA1001
{
    private readonly IDecisionJournal _journal;
    private readonly LoopRules _rules;
    private readonly LoopReport _report;
    private readonly ArrayBufferWriter<byte> _line = new(4 << 10);
    private readonly Utf8JsonWriter _writer;
    private readonly Utf8JsonWriter _stateWriter;
    private ArrayBufferWriter<byte> _stateText = new(8 << 10);
    private ArrayBufferWriter<byte> _formerText = new(8 << 10);
    private ImmutableArray<FrontendState> _lastRead;
    private string _sum = string.Empty;
    private bool _isOpen;
    private int _unflushed;

    public LoopJournal(IDecisionJournal journal, LoopRules rules, LoopReport report)
    {
        _journal = journal;
        _rules = rules;
        _report = report;

        // What is written has been through a validating writer's types already.
        var options = new JsonWriterOptions { SkipValidation = true };
        _writer = new Utf8JsonWriter(_line, options);
        _stateWriter = new Utf8JsonWriter(_stateText, options);
    }

    /// <summary>Decides, and records it.</summary>
    /// <param name="core">What decides.</param>
    /// <param name="state">What is known; what is known then.</param>
    /// <param name="input">What has happened.</param>
    public LoopIntent Decide(LoopCore core, ref LoopState state, in LoopInput input)
    {
        BeginPart(state, input.Kind == LoopInputKind.Observed || state.Tick.Phase == TickPhase.Idle);
        LoopIntent intent;
        try
        {
            intent = core.Decide(state, input, out state);
        }
        catch (Exception failure) when (Threw(input, failure))
        {
            throw;
        }

        Decided(input, intent, state);
        return intent;
    }

    /// <summary>A snapshot was taken over.</summary>
    /// <param name="fresh">The state before.</param>
    /// <param name="memory">The snapshot's.</param>
    /// <param name="next">What became of both.</param>
    public void Restored(in LoopState fresh, in LoopState memory, in LoopState next)
    {
        BeginPart(fresh, isBetweenTicks: true);
        if (!StartLine(JournalFormat.Restored))
        {
            return;
        }

        try
        {
            WriteInstants(next.Now, next.Taken);
            _writer.WritePropertyName("memory");
            JournalFormat.WriteState(_writer, memory);
            JournalFormat.WriteFrontends(_writer, memory);
            WriteNext(next);
            Append();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Fail(failure);
        }
    }

    /// <summary>A tick is over.</summary>
    public void Published(ControllerStatus status)
    {
        if (!StartLine(JournalFormat.Status))
        {
            return;
        }

        try
        {
            _writer.WritePropertyName("status");
            JournalFormat.WriteStatus(_writer, status);
            Append();
            _journal.Flush();
            _unflushed = 0;
            _report.JournalWorks();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Fail(failure);
        }
    }

    private void BeginPart(in LoopState state, bool isBetweenTicks)
    {
        try
        {
            if (!isBetweenTicks || (_isOpen && !_journal.IsFull))
            {
                return;
            }

            _isOpen = false;
            _sum = string.Empty;
            WriteStateText(state);
            Start(JournalFormat.Begin);
            _writer.WriteString("format", JournalFormat.Name);
            _writer.WriteNumber("version", JournalFormat.Version);
            _writer.WriteString("library", JournalFormat.Library);
            _writer.WriteString("deployment", _rules.Deployment);
            _writer.WriteBoolean("isFenced", _rules.IsFenced);
            _writer.WritePropertyName("options");
            JsonSerializer.Serialize(_writer, _rules.Options, JournalJsonContext.Default.ControlOptions);
            _writer.WritePropertyName("state");
            _writer.WriteRawValue(_stateText.WrittenSpan, skipInputValidation: true);
            JournalFormat.WriteFrontends(_writer, state);
            _writer.WriteString("hash", JournalFormat.Hash(_stateText.WrittenSpan));
            _unflushed++;
            _journal.Begin(Summed());
            _lastRead = state.Desk.LastRead;
            _isOpen = true;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Fail(failure);
        }
    }

    private void Decided(in LoopInput input, in LoopIntent intent, in LoopState next)
    {
        if (!StartLine(JournalFormat.Decision))
        {
            return;
        }

        try
        {
            WriteInput(input);
            _writer.WritePropertyName("intent");
            JournalFormat.WriteIntent(_writer, intent);
            WriteNext(next);
            Append();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Fail(failure);
        }
    }

    /// <summary>A decision died: what it was made of is worth most then. The state is what it was then, or half of the next one, so a new part is to begin.</summary>
    /// <returns>False: the exception goes on.</returns>
    private bool Threw(in LoopInput input, Exception thrown)
    {
        if (thrown is OutOfMemoryException || !StartLine(JournalFormat.Threw))
        {
            return false;
        }

        try
        {
            WriteInput(input);
            _writer.WriteString("exception", JournalFormat.Describe(thrown));
            Append();
            _journal.Flush();
            _unflushed = 0;
            _isOpen = false;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Fail(failure);
        }

        return false;
    }

    private bool StartLine(string kind)
    {
        if (_isOpen)
        {
            Start(kind);
            return true;
        }

        _report.JournalLost(1);
        return false;
    }

    private void Start(string kind)
    {
        _line.ResetWrittenCount();
        _writer.Reset();
        _writer.WriteStartObject();
        _writer.WriteString("line", kind);
    }

    private void WriteInstants(TimeSpan now, DateTimeOffset time)
    {
        _writer.WriteString("now", now.ToString("c", CultureInfo.InvariantCulture));
        _writer.WriteString("time", time);
    }

    private void WriteInput(in LoopInput input)
    {
        _writer.WriteString("kind", input.Kind.ToString());
        WriteInstants(input.Now, input.Time);
        if (input.Kind == LoopInputKind.Observed)
        {
            _writer.WriteString("tick", input.Tick.ToString());
        }

        if (input.Observation is { } observation)
        {
            _writer.WritePropertyName("observation");
            JsonSerializer.Serialize(_writer, observation, JournalFormat.Compact.Observation);
        }

        if (input.Fleet is { } fleet)
        {
            // The same array as last time says nothing new, whatever it says: that it is the same one is what counts.
            var isSame = (fleet.Frontends.IsDefault ? [] : fleet.Frontends) == _lastRead;
            _writer.WritePropertyName("fleet");
            JsonSerializer.Serialize(_writer, isSame ? fleet with { Frontends = [] } : fleet, JournalFormat.Compact.FleetState);
            if (isSame)
            {
                _writer.WriteBoolean("areFrontendsSame", true);
            }
        }

        if (input.Update != default)
        {
            _writer.WritePropertyName("update");
            JsonSerializer.Serialize(_writer, input.Update, JournalFormat.Compact.LoopUpdate);
        }

        if (input.Sweep is { } sweep)
        {
            _writer.WritePropertyName("sweep");
            JsonSerializer.Serialize(_writer, sweep, JournalJsonContext.Default.SweepAnswer);
        }

        if (input.Role is { } role)
        {
            _writer.WritePropertyName("role");
            JsonSerializer.Serialize(_writer, role, JournalFormat.Compact.RoleState);
        }

        if (input.Frontend is { } frontend)
        {
            _writer.WritePropertyName("frontend");
            JsonSerializer.Serialize(_writer, frontend, JournalFormat.Compact.FrontendState);
        }
    }

    /// <summary>What has changed in the state, and the checksum of all of it.</summary>
    private void WriteNext(in LoopState next)
    {
        (_stateText, _formerText) = (_formerText, _stateText);
        WriteStateText(next);
        _writer.WritePropertyName("state");
        StatePatch.Write(_writer, _formerText.WrittenSpan, _stateText.WrittenSpan);
        _writer.WriteString("hash", JournalFormat.Hash(_stateText.WrittenSpan));
        _lastRead = next.Desk.LastRead;
    }

    private void WriteStateText(in LoopState state)
    {
        _stateText.ResetWrittenCount();
        _stateWriter.Reset(_stateText);
        JournalFormat.WriteState(_stateWriter, state);
        _stateWriter.Flush();
    }

    private void Append()
    {
        _unflushed++;
        _journal.Append(Summed());
    }

    private ReadOnlySpan<byte> Summed()
    {
        _writer.Flush();
        _sum = JournalFormat.Chained(_sum, _line.WrittenSpan);
        _writer.WriteString("sum", _sum);
        _writer.WriteEndObject();
        _writer.Flush();
        return _line.WrittenSpan;
    }

    private void Fail(Exception failure)
    {
        _isOpen = false;
        _report.JournalFailed(failure, Math.Max(1, _unflushed));
        _unflushed = 0;
    }
}
