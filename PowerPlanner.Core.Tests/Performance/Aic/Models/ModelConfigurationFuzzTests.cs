using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;

namespace PowerPlanner.Tests.Performance.Aic.Models;

internal sealed class ModelConfigurationFuzzTests
{
    private const string Quantized = """
        { "architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32,
          "num_hidden_layers": 32, "num_key_value_heads": 8, "vocab_size": 128256, "text_config": { "head_dim": 128 },
          "quantization_config": { "quant_method": "compressed-tensors", "weight_block_size": [128, 128], "kv_cache_scheme": { "type": "float", "num_bits": 8 },
            "ignore": ["lm_head"], "quantized_layers": { "a.experts.0": { "quant_algo": "NVFP4" } },
            "config_groups": { "group_0": { "targets": ["Linear"], "input_activations": { "dynamic": true }, "weights": { "type": "int", "num_bits": 4 } } } } }
        """;

    private static readonly string[] Pieces =
    [
        "null", "0", "-1", "1", "3", "7", "1e9", "1e400", "-0.0", "0.5", "2147483648", "9223372036854775807", "99999999999999999999", "NaN", "true", "\"\"", "\"fp8\"", "\"nvfp4\"",
        "\"\\ud800\"", "\"LlamaForCausalLM\"", "[]", "{}", "[[]]", "[null]", "{\"type\":1}", "\"mixed_precision\"", ",", ":", "{", "}", "[", "]", "//", "/*", "\"", "\u0000", "ä", "\ud83d",
    ];

    [Test]
    public void Damaged_configurations_give_an_engine_or_a_performance_exception_and_nothing_else()
    {
        var random = new Random(20261124);
        var understood = 0;

        for (var i = 0; i < 6000; i++)
        {
            var text = Damage(i % 2 == 0 ? Quantized : EngineSamples.Qwen3Dense, random);
            var quantization = i % 3 == 0 ? Damage("""{ "quantization": { "quant_algo": "FP8", "kv_cache_quant_algo": "FP8", "exclude_modules": ["lm_head"] } }""", random) : null;
            try
            {
                understood += Use(text, quantization, random);
            }
            catch (PerformanceException)
            {
            }
            catch (Exception exception)
            {
                Assert.Fail($"Case {i}: {exception}\n{text}\n{quantization}");
            }
        }

        // Neither all refused nor all accepted: the damage reaches the checks behind the parser.
        Assert.That(understood, Is.InRange(300, 5700));
    }

    private static int Use(string text, string? quantization, Random random)
    {
        var model = ModelConfiguration.Parse(text, quantization);
        var backend = (AicBackend)random.Next(3);
        var engine = new EngineSpecification
        {
            Model = model.Description,
            Layout = new EngineLayout(1 << random.Next(5), 1 + random.Next(3)),
            Quantization = QuantizationInference.Infer(model.Description, QuantizationSettings.Inferred, backend),
            Backend = backend,
            BackendVersion = "1.0",
            System = EngineSamples.H200,
            DraftTokens = random.Next(3),
        };
        LayoutRules.Check(engine);
        var lists = engine.Model.Family.BuildOperations(engine);
        var weights = lists.Context.Sum(operation => operation.WeightBytes);
        return double.IsFinite(weights) && weights > 0 && lists.Generation.All(operation => double.IsFinite(operation.Scale))
            ? 1
            : throw new InvalidOperationException($"Weights of {weights} bytes.");
    }

    private static string Damage(string text, Random random)
    {
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(text.Length);
            var end = random.Next(3) switch
            {
                0 => ValueAt(text, ref at),
                1 => Math.Min(text.Length, at + random.Next(1, 4)),
                _ => random.Next(20) == 0 ? text.Length : at,
            };
            text = string.Concat(text.AsSpan(0, at), random.Next(10) == 0 ? "" : Pieces[random.Next(Pieces.Length)], text.AsSpan(end));
            if (text.Length == 0)
            {
                break;
            }
        }

        return text;
    }

    /// <summary>The span of the scalar after the next colon.</summary>
    private static int ValueAt(string text, ref int at)
    {
        var colon = text.IndexOf(':', at);
        if (colon < 0)
        {
            return Math.Min(text.Length, at + 1);
        }

        at = colon + 1;
        var end = at;
        while (end < text.Length && text[end] is not (',' or '}' or ']'))
        {
            end++;
        }

        return end;
    }
}
