using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Models;

namespace PowerPlanner.Tests.Performance.Aic.Models;

internal sealed class ModelConfigurationTests
{
    [Test]
    public void Dimensions_are_read_by_the_names_of_the_specification()
    {
        var model = ModelConfiguration.Parse(EngineSamples.Qwen3Dense).Description;

        Assert.Multiple(() =>
        {
            Assert.That(model.Architecture, Is.EqualTo("Qwen3ForCausalLM"));
            Assert.That(model.Family.Name, Is.EqualTo("LLAMA"));
            Assert.That((model.Layers, model.Heads, model.KvHeads, model.HeadSize), Is.EqualTo((64, 64, 8, 128)));
            Assert.That((model.HiddenSize, model.IntermediateSize, model.VocabularySize), Is.EqualTo((5120L, 25600L, 151936L)));
            Assert.That(model.MaximumPositions, Is.EqualTo(40960));
            Assert.That((model.Experts, model.ExpertsPerToken, model.ExpertIntermediateSize), Is.EqualTo((0, 0, 25600L)));
            Assert.That(model.QkNorm, Is.True);
        });
    }

    [Test]
    public void A_missing_head_size_is_the_hidden_size_over_the_heads() =>
        Assert.That(ModelConfiguration.Parse(EngineSamples.LlamaSmall).Description.HeadSize, Is.EqualTo(128));

    [TestCase("""{ "head_dim": 64, "attention_head_dim": 96 }""", 64)]
    [TestCase("""{ "head_dim": null, "attention_head_dim": 96 }""", 96)]
    public void The_first_name_that_has_a_value_wins(string fields, int expected) =>
        Assert.That(Parse(EngineSamples.LlamaSmall, fields).HeadSize, Is.EqualTo(expected));

    [TestCase("num_local_experts")]
    [TestCase("n_routed_experts")]
    [TestCase("moe_num_experts")]
    [TestCase("num_experts")]
    public void Experts_are_found_under_each_of_their_names(string name)
    {
        var model = Parse(
            """{ "architectures": ["Qwen3MoeForCausalLM"], "hidden_size": 2048, "num_attention_heads": 32, "num_key_value_heads": 4, "num_hidden_layers": 48, "vocab_size": 1000 }""",
            $$"""{ "{{name}}": 128, "moe_top_k": 8, "moe_intermediate_size": 768, "intermediate_size": 6144 }""");

        Assert.That((model.Experts, model.ExpertsPerToken, model.ExpertIntermediateSize), Is.EqualTo((128, 8, 768L)));
    }

    [Test]
    public void Experts_are_as_wide_as_the_dense_layer_where_nothing_else_is_said() =>
        Assert.That(Parse(EngineSamples.LlamaSmall, """{ "num_local_experts": 8, "num_experts_per_tok": 2 }""").ExpertIntermediateSize, Is.EqualTo(14336));

    [TestCase("""{ "num_experts": null }""", "field 'num_experts' is missing or 0")]
    [TestCase("""{ "num_experts_per_tok": null }""", "field 'num_experts_per_tok' is 0; an integer from 1 to the 128 experts")]
    [TestCase("""{ "num_experts_per_tok": 129 }""", "field 'num_experts_per_tok' is 129; an integer from 1 to the 128 experts")]
    [TestCase("""{ "moe_intermediate_size": null, "intermediate_size": null }""", "field 'moe_intermediate_size' is missing or 0")]
    public void A_model_of_routed_experts_states_them(string fields, string message) =>
        Assert.That(() => Parse(EngineSamples.QwenExperts, fields), Throws.TypeOf<PerformanceFileException>().With.Message.Contains(message));

    [Test]
    public void A_Llama_4_with_dense_layers_states_their_width() => Assert.That(
        () => ModelConfiguration.Parse(EngineSamples.LlamaHybrid.Replace("\"intermediate_size_mlp\": 16384,", "", StringComparison.Ordinal)),
        Throws.TypeOf<PerformanceFileException>().With.Message.Contains("'intermediate_size_mlp' is missing or 0"));

    [Test]
    public void A_multimodal_wrapper_is_read_from_its_text_part()
    {
        var model = ModelConfiguration.Parse("""
            { "architectures": ["Llama4ForConditionalGeneration"],
              "text_config": { "hidden_size": 5120, "num_attention_heads": 40, "num_key_value_heads": 8, "head_dim": 128, "num_hidden_layers": 48,
                               "intermediate_size": 8192, "num_local_experts": 16, "num_experts_per_tok": 1, "vocab_size": 202048 } }
            """).Description;

        Assert.That((model.Layers, model.Heads, model.Experts, model.VocabularySize), Is.EqualTo((48, 40, 16, 202048L)));
    }

    [Test]
    public void Comments_and_trailing_commas_are_tolerated() =>
        Assert.That(ModelConfiguration.Parse("// a dense model\n" + EngineSamples.LlamaSmall.TrimEnd().TrimEnd('}') + ", /* end */ }").Architecture, Is.EqualTo("LlamaForCausalLM"));

    [Test]
    public void Missing_kv_heads_are_none_and_give_a_warning()
    {
        var model = ModelConfiguration.Parse(EngineSamples.LlamaSmall.Replace("\"num_key_value_heads\": 8,", "", StringComparison.Ordinal));

        Assert.Multiple(() =>
        {
            Assert.That(model.Description.KvHeads, Is.Zero);
            Assert.That(model.Warnings, Has.One.Contains("num_key_value_heads"));
        });
    }

    [Test]
    public void An_unknown_architecture_is_refused_with_the_known_ones() =>
        Assert.That(
            () => Parse(EngineSamples.LlamaSmall, """{ "architectures": ["MistralForCausalLM"] }"""),
            Throws.TypeOf<UnknownModelException>().With.Message.Contains("'MistralForCausalLM'").And.Message.Contains("Qwen3ForCausalLM").And.Message.Contains("DeepseekV3ForCausalLM"));

    [Test]
    public void A_family_by_name_serves_an_architecture_that_has_none()
    {
        var text = ConfigurationText.Merge(EngineSamples.LlamaSmall, """{ "architectures": ["MistralForCausalLM"] }""");

        Assert.That(ModelConfiguration.Parse(text, family: "llama").Description.Family, Is.SameAs(LlamaFamily.Instance));
    }

    [Test]
    public void A_family_that_does_not_exist_is_refused() =>
        Assert.That(
            () => ModelConfiguration.Parse(EngineSamples.LlamaSmall, family: "MAMBA"),
            Throws.TypeOf<UnknownModelException>().With.Message.Contains("'MAMBA'").And.Message.Contains("LLAMA, GPT"));

    [Test]
    public void Heads_of_the_GPT_family_are_128_wide_unless_stated() =>
        Assert.That(
            ModelConfiguration.Parse(ConfigurationText.Merge(EngineSamples.LlamaSmall, """{ "num_attention_heads": 64 }"""), family: "GPT").Description.HeadSize, Is.EqualTo(128));

    [TestCase("""{ "num_hidden_layers": null }""", "'num_hidden_layers' is missing")]
    [TestCase("""{ "num_hidden_layers": 0 }""", "'num_hidden_layers' is 0")]
    [TestCase("""{ "num_hidden_layers": 1000000 }""", "'num_hidden_layers' is 1000000")]
    [TestCase("""{ "num_attention_heads": -32 }""", "'num_attention_heads' is -32")]
    [TestCase("""{ "num_attention_heads": "32" }""", "'num_attention_heads' is \"32\"")]
    [TestCase("""{ "num_attention_heads": 32.5 }""", "'num_attention_heads' is 32.5")]
    [TestCase("""{ "num_attention_heads": [32] }""", "'num_attention_heads' is [32]")]
    [TestCase("""{ "num_attention_heads": true }""", "'num_attention_heads' is true")]
    [TestCase("""{ "num_key_value_heads": 0 }""", "'num_key_value_heads' is 0")]
    [TestCase("""{ "num_key_value_heads": 5 }""", "divisor of the 32 attention heads")]
    [TestCase("""{ "num_key_value_heads": 64 }""", "divisor of the 32 attention heads")]
    [TestCase("""{ "hidden_size": 4095 }""", "hidden_size 4095 over 32 attention heads")]
    [TestCase("""{ "hidden_size": 1e400 }""", "'hidden_size' is 1e400")]
    [TestCase("""{ "hidden_size": 9223372036854775808 }""", "'hidden_size' is 9223372036854775808")]
    [TestCase("""{ "head_dim": 0 }""", "'head_dim' is 0")]
    [TestCase("""{ "head_dim": 1000000 }""", "'head_dim' is 1000000")]
    [TestCase("""{ "intermediate_size": null }""", "'intermediate_size' is missing or 0")]
    [TestCase("""{ "intermediate_size": -1 }""", "'intermediate_size' is -1")]
    [TestCase("""{ "vocab_size": null }""", "'vocab_size' is missing")]
    [TestCase("""{ "vocab_size": {} }""", "'vocab_size' is {}")]
    [TestCase("""{ "max_position_embeddings": 0 }""", "'max_position_embeddings' is 0")]
    [TestCase("""{ "num_experts": -1 }""", "'num_experts' is -1")]
    [TestCase("""{ "architectures": [] }""", "'architectures' is missing or empty")]
    [TestCase("""{ "architectures": null }""", "'architectures' is missing or empty")]
    [TestCase("""{ "architectures": "LlamaForCausalLM" }""", "'architectures' is \"LlamaForCausalLM\"")]
    [TestCase("""{ "architectures": [1] }""", "'architectures[0]' is 1")]
    [TestCase("""{ "text_config": 7 }""", "'text_config' is 7")]
    [TestCase("""{ "quantization_config": "fp8" }""", "'quantization_config' is \"fp8\"")]
    [TestCase("""{ "quantization_config": { "quant_method": 8 } }""", "'quantization_config.quant_method' is 8")]
    [TestCase("""{ "quantization_config": { "quant_method": "fp8", "weight_block_size": [0, 128] } }""", "'quantization_config.weight_block_size' begins with 0")]
    [TestCase("""{ "quantization_config": { "quant_method": "fp8", "weight_block_size": 128 } }""", "'quantization_config.weight_block_size' is no array")]
    [TestCase("""{ "quantization_config": { "config_groups": [] } }""", "'quantization_config.config_groups' is []")]
    [TestCase("""{ "quantization_config": { "ignore": [1] } }""", "'quantization_config.ignore[0]' is 1")]
    [TestCase("""{ "quantization_config": { "config_groups": { "g": { "weights": { "type": "int", "num_bits": 0 } } } } }""", "'quantization_config.config_groups.g.weights.num_bits' is 0")]
    public void A_value_that_no_model_has_is_refused_with_file_field_and_value(string fields, string problem) =>
        Assert.That(
            () => Parse(EngineSamples.LlamaSmall, fields),
            Throws.TypeOf<PerformanceFileException>().With.Message.StartsWith("config.json: ").And.Message.Contains(problem));

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("\"text\"")]
    [TestCase("{ \"hidden_size\": NaN }")]
    [TestCase("{ \"hidden_size\": Infinity }")]
    [TestCase("{ \"architectures\": [\"LlamaForCausalLM\"]")]
    [TestCase("{ \"architectures\": [\"\\ud800\"] }")]
    [TestCase("{ \"architectures\": [\"LlamaForCausalLM\"], \"\\udc00\": 1 }")]
    [TestCase("version https://git-lfs.github.com/spec/v1")]
    public void Text_that_is_no_JSON_object_of_distinct_fields_is_refused(string text) =>
        Assert.That(() => ModelConfiguration.Parse(text), Throws.TypeOf<PerformanceFileException>().With.Message.StartsWith("config.json: "));

    [Test]
    public void A_field_that_stands_twice_is_refused() =>
        Assert.That(
            () => ModelConfiguration.Parse(EngineSamples.LlamaSmall.TrimEnd().TrimEnd('}') + ", \"vocab_size\": 2 }"),
            Throws.TypeOf<PerformanceFileException>().With.Message.Contains("vocab_size"));

    [Test]
    public void A_document_that_is_nested_without_end_is_refused() =>
        Assert.That(
            () => ModelConfiguration.Parse($$"""{ "x": {{new string('[', 10000)}}{{new string(']', 10000)}} }"""), Throws.TypeOf<PerformanceFileException>());

    [Test]
    public void An_error_in_the_quantization_file_names_that_file() =>
        Assert.That(
            () => ModelConfiguration.Parse(EngineSamples.LlamaSmall, """{ "quantization": { "quant_algo": 8 } }"""),
            Throws.TypeOf<PerformanceFileException>().With.Message.StartsWith("hf_quant_config.json: field 'quantization.quant_algo' is 8"));

    private static ModelDescription Parse(string configuration, string fields) => ModelConfiguration.Parse(ConfigurationText.Merge(configuration, fields)).Description;
}
