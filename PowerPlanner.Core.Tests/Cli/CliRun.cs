using System.Text.Json;
using System.Text.Json.Nodes;
using PowerPlanner.Cli;

namespace PowerPlanner.Tests.Cli;

/// <summary>One run of the command line, in process.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    public JsonNode Json => JsonNode.Parse(Output)!;

    public static async Task<CliRun> Of(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync(arguments, output, error);
        return new CliRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command on a file with this text; the file's path stands for <c>FILE</c> in the arguments.</summary>
    public static async Task<CliRun> On(string text, params string[] arguments)
    {
        var path = Path.Combine(Path.GetTempPath(), $"powerplanner-{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(path, text);
        try
        {
            return await Of([.. arguments.Select(argument => argument == "FILE" ? path : argument)]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The document indented, its numbers rounded to nine digits, times left out: the same on every machine.</summary>
    public string Stable()
    {
        var document = Json;
        Round(document);
        return document.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    private static void Round(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray array:
                foreach (var item in array.ToList())
                {
                    Round(item);
                }

                break;
            case JsonObject fields:
                fields.Remove("elapsedMicroseconds");
                foreach (var item in fields.ToList())
                {
                    Round(item.Value);
                }

                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.Number:
                var number = value.GetValue<double>();
                value.ReplaceWith(number == Math.Truncate(number) ? JsonValue.Create((long)number) : JsonValue.Create(Math.Round(number, 9)));
                break;
            default:
                break;
        }
    }
}
