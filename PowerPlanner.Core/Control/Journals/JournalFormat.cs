using System.Buffers;
using System.Collections.Immutable;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using PowerPlanner.Control.Loop;

namespace PowerPlanner.Control.Journals;

/// <summary>The format's names and checksums (docs/journal.md).</summary>
internal static class JournalFormat
{
    public const string Name = "powerplanner.journal";
    public const int Version = 1;

    public const string Begin = "begin";
    public const string Decision = "decision";
    public const string Threw = "threw";
    public const string Restored = "restored";
    public const string Status = "status";

    /// <summary>Hexadecimal digits of a checksum.</summary>
    public const int Digits = 16;

    /// <summary>Leaves out what is null: for what sources and actuators say, which is little. Not for plans, whose members must all be there.</summary>
    public static JournalJsonContext Compact { get; } = new(new JsonSerializerOptions(JournalJsonContext.Default.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull });

    /// <summary>This library's version.</summary>
    public static string Library { get; } = typeof(JournalFormat).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? typeof(JournalFormat).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>The first 16 digits of a text's SHA-256.</summary>
    public static string Hash(ReadOnlySpan<byte> text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return Convert.ToHexStringLower(hash[..(Digits / 2)]);
    }

    /// <summary>The checksum of a line, over the last one's and its text: a line that was changed, left out or moved is found.</summary>
    /// <param name="last">The checksum of the line before; empty at the beginning of a part.</param>
    /// <param name="text">The line up to its checksum.</param>
    public static string Chained(string last, ReadOnlySpan<byte> text)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> ascii = stackalloc byte[Digits];
        sum.AppendData(ascii[..System.Text.Encoding.ASCII.GetBytes(last, ascii)]);
        sum.AppendData(text);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        sum.GetHashAndReset(hash);
        return Convert.ToHexStringLower(hash[..(Digits / 2)]);
    }

    /// <summary>A state's text, as in a snapshot.</summary>
    public static void WriteState(Utf8JsonWriter writer, in LoopState state) => JsonSerializer.Serialize(writer, state, JournalJsonContext.Default.LoopState);

    /// <summary>What a snapshot leaves out of a state and the next tick still looks at: the frontends, and whether what is read of them is news.</summary>
    public static void WriteFrontends(Utf8JsonWriter writer, in LoopState state)
    {
        WriteArray(writer, "frontends", state.Desk.Frontends);
        if (state.Desk.LastRead == state.Desk.Frontends)
        {
            writer.WriteBoolean("isLastReadSame", true);
        }
        else if (!state.Desk.LastRead.IsDefault)
        {
            WriteArray(writer, "lastRead", state.Desk.LastRead);
        }
    }

    /// <summary>What was decided.</summary>
    public static void WriteIntent(Utf8JsonWriter writer, in LoopIntent intent)
    {
        writer.WriteStartObject();
        if (intent.Sweep is { } question)
        {
            writer.WritePropertyName("sweep");
            JsonSerializer.Serialize(writer, question, JournalJsonContext.Default.SweepQuestion);
        }

        if (intent.Command is { } command)
        {
            writer.WritePropertyName("command");
            JsonSerializer.Serialize(writer, command, Compact.FleetCommand);
        }

        if (intent.Thresholds is { } thresholds)
        {
            writer.WritePropertyName("thresholds");
            JsonSerializer.Serialize(writer, thresholds, Compact.SetThresholdsCommand);
        }

        writer.WriteEndObject();
    }

    /// <summary>What a status says that follows from the state and the tick.</summary>
    public static void WriteStatus(Utf8JsonWriter writer, ControllerStatus status)
    {
        writer.WriteStartObject();
        writer.WriteString("state", ReportNames.Of(status.State));
        writer.WriteString("disabledReason", ReportNames.Of(status.DisabledReason));
        writer.WriteNumber("violationTicks", status.ViolationTicks);
        writer.WriteBoolean("shouldReoptimize", status.ShouldReoptimize);
        writer.WriteBoolean("swept", status.Swept);
        writer.WriteNumber("commands", status.Commands.Length);
        writer.WriteNumber("ledgerWatts", status.LedgerWatts);
        writer.WriteNumber("peakLedgerWatts", status.PeakLedgerWatts);
        writer.WriteBoolean("isOverBudget", status.IsOverBudget);
        writer.WriteNumber("unacknowledgedFrontends", status.UnacknowledgedFrontends);
        writer.WriteEndObject();
    }

    /// <summary>What a decision died of.</summary>
    public static string Describe(Exception failure) => $"{failure.GetType().Name}: {failure.Message}";

    /// <summary>The text that something writes.</summary>
    public static byte[] TextOf<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var text = new ArrayBufferWriter<byte>(1 << 10);
        using var writer = new Utf8JsonWriter(text);
        write(writer, value);
        writer.Flush();
        return text.WrittenSpan.ToArray();
    }

    private static void WriteArray(Utf8JsonWriter writer, string name, ImmutableArray<FrontendState> frontends)
    {
        writer.WriteStartArray(name);
        foreach (var frontend in frontends)
        {
            // What an actuator answered: there may be nulls among them.
            JsonSerializer.Serialize(writer, frontend, Compact.FrontendState);
        }

        writer.WriteEndArray();
    }
}
