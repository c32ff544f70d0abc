using System.Text;
using CsCheck;
using PowerPlanner.Hosting;

namespace PowerPlanner.Tests.Hosting;

/// <summary>Whatever a file holds, it is read or refused by the one exception.</summary>
internal sealed class PowerPlannerOptionsJsonFuzzTests
{
    private static readonly string[] Names =
    [
        "mode", "isl", "osl", "ttftMs", "itlMs", "totalGpuPowerLimitWatts", "maxGpuBudget", "minEndpoint", "maxBatch", "prefillEngine", "decodeEngine",
        "aggEngine", "tp", "tdpWatts", "gpuLimits", "minWatts", "replicaPolicy", "objective", "targetRequestsPerSecond", "electricityPricePerKwh", "carbonGramsPerKwh", "batches", "powerSweep",
        "halfOpenAfterSeconds", "initialCorrections", "advisory", "performance", "kind", "prefill", "decode", "model", "backend", "maxKvTokens", "ttft", "\\ud800", "", "\\u0000",
    ];

    private static readonly string[] Scalars =
    [
        "0", "1", "-1", "8", "0.5", "1e400", "-1e400", "1e-400", "2147483648", "9223372036854775808", "1.0", "1e3", "true", "false", "null", "\"\"", "\"agg\"", "\"disagg\"",
        "\"fixed\"", "\"table\"", "\"aic\"", "\"roofline\"", "\"profiled\"", "\"LeastPower\"", "\"DecodeFirst\"", "\"Grid\"", "\"\\udc00\"", "\"\\u0000\"", "\"vllm\"", "[]", "{}",
    ];

    private static readonly Gen<string> GenScalar = Gen.Int[0, Scalars.Length - 1].Select(i => Scalars[i]);

    private static readonly Gen<string> GenName = Gen.Int[0, Names.Length - 1].Select(i => Names[i]);

    [Test]
    public void Documents_of_known_names_and_odd_values_are_read_or_refused() =>
        GenObject(3).Holds(IsReadOrRefused, iter: 5000, seed: "0N0XIzNsQ0O2");

    [Test]
    public void A_sample_with_bytes_changed_is_read_or_refused() =>
        Gen.Select(Gen.Int[0, OptionSamples.Json.Length - 1], Gen.Byte, Gen.Int[0, OptionSamples.Json.Length - 1], Gen.Byte).Holds(
            (at, value, alsoAt, alsoValue) =>
            {
                var bytes = Encoding.UTF8.GetBytes(OptionSamples.Json);
                bytes[at] = value;
                bytes[alsoAt] = alsoValue;
                return IsReadOrRefused(bytes);
            },
            iter: 5000,
            seed: "0N0XIzNsQ0O2");

    [Test]
    public void A_sample_cut_short_is_refused() =>
        Gen.Int[0, OptionSamples.Json.Length - 1].Holds(
            length =>
            {
                try
                {
                    PowerPlannerOptionsJson.Parse(OptionSamples.Json[..length], "plan.json");
                    return false;
                }
                catch (InvalidOptionsException)
                {
                    return true;
                }
            },
            iter: 500,
            seed: "0N0XIzNsQ0O2");

    private static Gen<string> GenObject(int depth) =>
        Gen.Select(GenName, depth == 0 ? GenScalar : Gen.OneOf(GenScalar, GenScalar, GenObject(depth - 1), GenObject(depth - 1).Array[0, 2].Select(items => $"[{string.Join(',', items)}]")))
            .Array[0, 12]
            .Select(fields => $"{{{string.Join(',', fields.Select(field => $"\"{field.Item1}\": {field.Item2}"))}}}");

    private static bool IsReadOrRefused(string json) => IsReadOrRefused(Encoding.UTF8.GetBytes(json));

    private static bool IsReadOrRefused(byte[] json)
    {
        try
        {
            PowerPlannerOptionsJson.Parse(json, "plan.json");
            return true;
        }
        catch (InvalidOptionsException exception)
        {
            return !exception.Violations.IsEmpty && !exception.Message.Contains('\n', StringComparison.Ordinal);
        }
    }
}
