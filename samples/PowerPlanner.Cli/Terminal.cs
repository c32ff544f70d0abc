using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace PowerPlanner.Cli;

/// <summary>The two streams: answers on standard output, everything else on standard error.</summary>
internal sealed class Terminal(TextWriter output, TextWriter error)
{
    // Wide enough for the widest table, and the same on every machine: what is piped is read by people and compared by tests.
    private const int WidthWhenPiped = 120;

    /// <summary>Standard error.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>Writes the one JSON document of a run.</summary>
    public async Task WriteJsonAsync<T>(T value, JsonTypeInfo<T> type) => await output.WriteLineAsync(JsonSerializer.Serialize(value, type));

    /// <summary>Writes a document of another kind as it stands.</summary>
    public async Task WriteTextAsync(string text) => await output.WriteAsync(text);

    /// <summary>Writes for people: in colour on a terminal, plain text of a fixed width elsewhere.</summary>
    public IAnsiConsole Console()
    {
        var onTerminal = ReferenceEquals(output, System.Console.Out) && !System.Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = onTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = onTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        if (!onTerminal)
        {
            console.Profile.Width = WidthWhenPiped;
            console.Profile.Capabilities.Unicode = true;
        }

        return console;
    }
}
