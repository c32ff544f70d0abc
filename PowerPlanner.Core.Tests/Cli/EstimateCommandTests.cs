using System.Text.Json.Nodes;

namespace PowerPlanner.Tests.Cli;

internal sealed class EstimateCommandTests
{
    private const string Engine = "\"model\": \"Qwen/Qwen3-32B\", \"system\": \"h200_sxm\", \"backend\": \"vllm\", \"version\": \"0.22.0\"";

    [Test]
    public async Task The_contracts_example_has_the_contracts_answer()
    {
        var answer = await AnswerOf($$"""{ "id": "q1", {{Engine}}, "tp": 8, "isl": 1024, "osl": 2 }""");

        (string Field, double Value, double Unit)[] expected =
        [
            ("contextMs", 26.224, 0.001), ("generationMs", 4.757, 0.001), ("contextEnergyMj", 8557.2, 0.1), ("generationEnergyMj", 958.5, 0.1),
            ("contextPowerW", 326.3, 0.1), ("generationPowerW", 201.5, 0.1), ("contextPowerCoverage", 0.625, 0.001), ("generationPowerCoverage", 0.741, 0.001),
            ("contextActivePowerW", 521.7, 0.1), ("generationActivePowerW", 271.9, 0.1),
        ];
        foreach (var (field, value, unit) in expected)
        {
            Assert.That((double)answer[field]!, Is.EqualTo(value).Within(unit * 0.500001), field);
        }

        Assert.That((answer["operations"], answer["error"]), Is.EqualTo(((JsonNode?)null, (JsonNode?)null)));
    }

    [Test]
    public async Task Kv_tokens_are_those_that_aic_itself_answers()
    {
        var answer = await AnswerOf($$"""{ "id": "q", {{Engine}}, "tp": 8, "isl": 1024, "osl": 2 }""");

        // AIC's answer for this engine in its reference answers: 0.9 of the memory, whatever fraction the backend starts with.
        Assert.That((long)answer["maxKvTokens"]!, Is.EqualTo(3_760_597));
    }

    [Test]
    public async Task Operations_add_up_to_their_phase()
    {
        var answer = await AnswerOf($$"""{ "id": "q", {{Engine}}, "tp": 8, "isl": 1024, "osl": 100, "operations": true }""");

        var sums = answer["operations"]!.AsArray().GroupBy(operation => (string)operation!["phase"]!).ToDictionary(group => group.Key, group => group.Sum(operation => (double)operation!["latencyMs"]!));
        Assert.That(sums["context"], Is.EqualTo((double)answer["contextMs"]!).Within(1e-9).Percent);
        Assert.That(sums["generation"], Is.EqualTo((double)answer["generationMs"]!).Within(1e-9).Percent);
        Assert.That(answer["operations"]!.AsArray().Select(operation => (string)operation!["name"]!), Has.Some.EqualTo("qkv_gemm").And.None.StartsWith("context_"));
    }

    // Specification 5.2, the worked step of two ranks that share the tokens.
    [Test]
    public async Task Ranks_that_share_a_prefill_have_the_specifications_step()
    {
        var engine = Engine.Replace("vllm", "sglang", StringComparison.Ordinal).Replace("0.22.0", "0.5.9", StringComparison.Ordinal);
        var answer = await AnswerOf($$"""{ "id": "q", {{engine}}, "cp": 2, "batch": 2, "isl": 3001, "osl": 1 }""");

        Assert.That((double)answer["contextMs"]!, Is.EqualTo(341.719).Within(0.0005));
    }

    [Test]
    public async Task One_token_has_no_generation()
    {
        var answer = await AnswerOf($$"""{ "id": "q", {{Engine}}, "tp": 8, "isl": 1024, "osl": 1 }""");

        Assert.That(((double)answer["generationMs"]!, (double)answer["generationEnergyMj"]!, (double)answer["generationPowerCoverage"]!), Is.EqualTo((0.0, 0.0, 0.0)));
        Assert.That((answer["generationPowerW"], answer["generationActivePowerW"]), Is.EqualTo(((JsonNode?)null, (JsonNode?)null)));
    }

    [TestCase("\"tp\": 0, \"isl\": 1024, \"osl\": 2", "InvalidLayout")]
    [TestCase("\"tp\": 3, \"isl\": 1024, \"osl\": 2", "InvalidLayout")]
    [TestCase("\"tp\": 1, \"cp\": 2, \"isl\": 1024, \"osl\": 2", "InvalidLayout")]
    [TestCase("\"cp\": 0, \"isl\": 1024, \"osl\": 2", "InvalidLayout")]
    [TestCase("\"tp\": 99999999999, \"isl\": 1024, \"osl\": 2", "InvalidLayout")]
    [TestCase("\"tp\": 8, \"isl\": 0, \"osl\": 2", "InvalidQuery")]
    [TestCase("\"tp\": 8, \"isl\": 99999999999, \"osl\": 2", "InvalidQuery")]
    [TestCase("\"tp\": 8, \"isl\": 1024, \"osl\": 0", "InvalidQuery")]
    [TestCase("\"tp\": 8, \"isl\": 1024, \"osl\": 2, \"prefix\": 1024", "InvalidQuery")]
    [TestCase("\"tp\": 8, \"isl\": 1024, \"osl\": 2, \"batch\": -1", "InvalidQuery")]
    [TestCase("\"tp\": 8, \"isl\": 1024, \"osl\": 2, \"stride\": 0", "InvalidQuery")]
    [TestCase("\"tp\": 8, \"isl\": 1024, \"osl\": 2, \"maxNumTokens\": 0", "InvalidQuery")]
    public async Task What_no_engine_can_have_is_the_querys_own_error(string fields, string type)
    {
        var answer = await AnswerOf($$"""{ "id": "q", {{Engine}}, {{fields}} }""");

        Assert.That((string?)answer["error"]!["type"], Is.EqualTo(type));
        Assert.That((answer["contextMs"], answer["maxKvTokens"]), Is.EqualTo(((JsonNode?)null, (JsonNode?)null)));
    }

    [TestCase("Qwen/Qwen3-32B", "Nobody/Nothing", "UnknownModel")]
    [TestCase("h200_sxm", "z9000", "UnknownSystem")]
    [TestCase("vllm", "tgi", "UnknownSystem")]
    [TestCase("0.22.0", "0.0.1", "UnknownSystem")]
    public async Task A_name_that_is_not_known_is_the_querys_own_error(string old, string unknown, string type)
    {
        var query = $$"""{ "id": "q", {{Engine.Replace(old, unknown, StringComparison.Ordinal)}}, "tp": 8, "isl": 1024, "osl": 2 }""";

        Assert.That((string?)(await AnswerOf(query))["error"]!["type"], Is.EqualTo(type));
    }

    [Test]
    public async Task A_batch_is_answered_in_the_order_of_its_queries()
    {
        var systems = RealTables.SystemsDirectory;
        string Query(string id, int tp) => $$"""{ "id": "{{id}}", {{Engine}}, "tp": {{tp}}, "isl": 64, "osl": 2 }""";

        var run = await CliRun.On($"[{Query("a", 8)}, {Query("b", 0)}, {Query("a", 4)}, {Query("c", 8)}]", "estimate", "--queries", "FILE", "--systems", systems, "--json");

        Assert.That(run.ExitCode, Is.EqualTo(0));
        Assert.That(run.Json.AsArray().Select(answer => (string?)answer!["id"]), Is.EqualTo(new[] { "a", "b", "a", "c" }));
        Assert.That(run.Json.AsArray().Select(answer => answer!["error"] is null), Is.EqualTo(new[] { true, false, true, true }));
    }

    [Test]
    public async Task Flags_ask_what_a_file_asks()
    {
        var systems = RealTables.SystemsDirectory;

        var run = await CliRun.Of(
            "estimate", "--model", "Qwen/Qwen3-32B", "--system", "h200_sxm", "--backend", "vllm", "--version", "0.22.0", "--tp", "8", "--isl", "1024", "--osl", "2", "--systems", systems);

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        Assert.That(run.Output, Does.Contain("26.224").And.Contain("4.757").And.Contain("3,760,597"));
    }

    private static async Task<JsonNode> AnswerOf(string query)
    {
        var run = await CliRun.On($"[{query}]", "estimate", "--queries", "FILE", "--systems", RealTables.SystemsDirectory, "--json");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        return run.Json[0]!;
    }
}
