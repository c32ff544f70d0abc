using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PlannerHost.Prometheus;

/// <summary>The JSON of the query API (<c>/api/v1/query</c>), as far as it is read. Of labels at most one is: what the others would tell apart, the query has aggregated.</summary>
internal static class PrometheusJson
{
    /// <summary>Reads an answer.</summary>
    /// <exception cref="PrometheusException">The server reports an error, or the text is not an answer to an instant query.</exception>
    public static PrometheusAnswer Read(ReadOnlySpan<byte> utf8)
    {
        var (data, isPartial) = Open(utf8);
        try
        {
            var samples = data.ResultType switch
            {
                "vector" => ReadVector(data.Result),
                "scalar" => ReadScalar(data.Result),
                _ => throw new PrometheusException($"the result is of type '{Tame(data.ResultType)}'; a vector or scalar was asked for"),
            };
            return new PrometheusAnswer(samples, isPartial);
        }
        catch (InvalidOperationException exception)
        {
            throw NoText(exception);
        }
    }

    /// <summary>Reads an answer whose series are told apart by more than a label, and groups them by it.</summary>
    /// <returns>The finite samples of each value of the label, at least one each; series without the label are left out.</returns>
    /// <exception cref="PrometheusException">As of <see cref="Read"/>, or a part of the answer is missing.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<double>> ReadByLabel(ReadOnlySpan<byte> utf8, string label)
    {
        var (data, isPartial) = Open(utf8);
        if (isPartial || data.ResultType != "vector" || data.Result.ValueKind != JsonValueKind.Array)
        {
            throw new PrometheusException(isPartial ? "a part of the answer is missing" : "the answer is no vector");
        }

        try
        {
            return Group(data.Result, label);
        }
        catch (InvalidOperationException exception)
        {
            throw NoText(exception);
        }
    }

    /// <summary>A server's words, fit for a log: one line, bounded, nothing that a terminal obeys.</summary>
    public static string? Tame(string? text)
    {
        const int Most = 200;
        return text is null ? null : string.Concat(text.Take(Most).Select(c => char.IsControl(c) ? ' ' : c)) + (text.Length > Most ? "…" : "");
    }

    // Strings are looked into only when they are asked for; what is no text then, half a surrogate pair or half a UTF-8 sequence, is no state of this program.
    private static PrometheusException NoText(InvalidOperationException exception) => new("the answer has a string that is no text", exception);

    private static Dictionary<string, IReadOnlyList<double>> Group(JsonElement vector, string label)
    {
        var values = new Dictionary<string, IReadOnlyList<double>>(StringComparer.Ordinal);
        var sample = ImmutableArray.CreateBuilder<double>(1);
        foreach (var series in vector.EnumerateArray())
        {
            if (series.ValueKind != JsonValueKind.Object || !series.TryGetProperty("value", out var value))
            {
                throw new PrometheusException("a series of the vector has no value");
            }

            sample.Clear();
            Add(sample, value);
            if (sample.Count == 1 && series.TryGetProperty("metric", out var metric) && metric.ValueKind == JsonValueKind.Object
                && metric.TryGetProperty(label, out var name) && name.ValueKind == JsonValueKind.String)
            {
                var key = name.GetString()!;
                if (!values.TryGetValue(key, out var samples))
                {
                    values.Add(key, samples = new List<double>(8));
                }

                ((List<double>)samples).Add(sample[0]);
            }
        }

        return values;
    }

    private static (Payload Data, bool IsPartial) Open(ReadOnlySpan<byte> utf8)
    {
        Envelope? envelope;
        try
        {
            envelope = JsonSerializer.Deserialize(utf8, PrometheusJsonContext.Default.Envelope);
        }
        catch (JsonException exception)
        {
            throw new PrometheusException($"the answer is no JSON of the query API ({exception.Path ?? "$"}, byte {exception.BytePositionInLine?.ToString(CultureInfo.InvariantCulture) ?? "?"})", exception);
        }

        if (envelope is not { Status: "success", Data: { } data })
        {
            throw new PrometheusException($"the server reports {Tame(envelope?.ErrorType) ?? "no success"}: {Tame(envelope?.Error) ?? "no reason"}");
        }

        return (data, envelope.Warnings is { Length: > 0 });
    }

    private static ImmutableArray<double> ReadVector(JsonElement result)
    {
        if (result.ValueKind != JsonValueKind.Array)
        {
            throw new PrometheusException("the result is a vector without an array");
        }

        var samples = ImmutableArray.CreateBuilder<double>(result.GetArrayLength());
        foreach (var series in result.EnumerateArray())
        {
            if (series.ValueKind != JsonValueKind.Object || !series.TryGetProperty("value", out var value))
            {
                throw new PrometheusException("a series of the vector has no value");
            }

            Add(samples, value);
        }

        return samples.DrainToImmutable();
    }

    private static ImmutableArray<double> ReadScalar(JsonElement result)
    {
        var samples = ImmutableArray.CreateBuilder<double>(1);
        Add(samples, result);
        return samples.DrainToImmutable();
    }

    // A sample is [time, "value"]; the value is text because JSON knows neither NaN nor infinity.
    private static void Add(ImmutableArray<double>.Builder samples, JsonElement pair)
    {
        if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2 || pair[1].ValueKind != JsonValueKind.String)
        {
            throw new PrometheusException("a sample is not a pair of time and text");
        }

        var text = pair[1].GetString()!;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            if (double.IsFinite(number))
            {
                samples.Add(number);
            }
        }
        else if (text is not ("+Inf" or "-Inf" or "NaN"))
        {
            throw new PrometheusException($"a sample is '{Tame(text)}', which is no number");
        }
    }

    internal sealed record Envelope(string? Status, Payload? Data, string? ErrorType, string? Error, string[]? Warnings);

    internal sealed record Payload(string? ResultType, JsonElement Result);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PrometheusJson.Envelope))]
internal sealed partial class PrometheusJsonContext : JsonSerializerContext;
