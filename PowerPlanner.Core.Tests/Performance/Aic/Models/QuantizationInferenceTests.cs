using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;

namespace PowerPlanner.Tests.Performance.Aic.Models;

internal sealed class QuantizationInferenceTests
{
    // Specification 5.3, "checked outcomes", for the models whose configurations are at hand.
    [TestCase("Qwen/Qwen3-32B", AicBackend.Vllm, "bfloat16 / bfloat16 / bfloat16 / bfloat16")]
    [TestCase("Qwen/Qwen3-32B-FP8", AicBackend.Vllm, "fp8_block / fp8_block / fp8 / bfloat16")]
    [TestCase("Qwen/Qwen3-32B-FP8", AicBackend.Sglang, "fp8_block / fp8_block / fp8 / fp8")]
    [TestCase("nvidia/Llama-3.1-70B-Instruct-FP8", AicBackend.TensorRtLlm, "fp8_static / fp8 / fp8 / fp8")]
    [TestCase("MiniMaxAI/MiniMax-M2.5", AicBackend.Vllm, "fp8_block / fp8_block / fp8 / bfloat16")]
    [TestCase("moonshotai/Kimi-K2.5", AicBackend.Vllm, "bfloat16 / int4_wo / bfloat16 / bfloat16")]
    [TestCase("openai/gpt-oss-20b", AicBackend.Vllm, "bfloat16 / w4a16_mxfp4 / bfloat16 / bfloat16")]
    [TestCase("deepseek-ai/DeepSeek-V3", AicBackend.Vllm, "fp8_block / fp8_block / fp8 / bfloat16")]
    [TestCase("deepseek-ai/DeepSeek-R1", AicBackend.Sglang, "fp8_block / fp8_block / fp8 / fp8")]
    public async Task Real_checkpoints_run_in_the_formats_that_AIC_gives_them(string model, AicBackend backend, string expected)
    {
        var configuration = await ModelConfiguration.FindAsync(RealTables.ModelsDirectory, model);

        Assert.That(Shown(QuantizationInference.Infer(configuration.Description, QuantizationSettings.Inferred, backend)), Is.EqualTo(expected));
    }

    // The other checked outcomes, from the fields that their checkpoints carry.
    [TestCase("""{ "quant_method": "fp8", "activation_scheme": "static" }""", null, AicBackend.Vllm, "fp8_static / fp8 / fp8 / bfloat16")]
    [TestCase(null, """{ "quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8" }""", AicBackend.TensorRtLlm, "nvfp4 / nvfp4 / fp8 / fp8")]
    [TestCase(null, """{ "quant_algo": "NVFP4" }""", AicBackend.Vllm, "nvfp4 / nvfp4 / fp8 / bfloat16")]
    public void Declared_algorithms_give_the_formats_of_the_table(string? embedded, string? separate, AicBackend backend, string expected) =>
        Assert.That(Infer(embedded, separate, backend), Is.EqualTo(expected));

    [TestCase("""{ "quant_method": "fp8", "activation_scheme": "dynamic" }""", "fp8 / fp8 / fp8 / fp8")]
    [TestCase("""{ "quant_method": "fp8", "config_groups": { "a": { "weights": { "dynamic": false } }, "b": { "input_activations": { "dynamic": true } } } }""", "fp8 / fp8 / fp8 / fp8")]
    [TestCase("""{ "quant_method": "fp8" }""", "fp8_static / fp8 / fp8 / fp8")]
    [TestCase("""{ "quant_method": "fp8", "weight_block_size": [] }""", "fp8_static / fp8 / fp8 / fp8")]
    [TestCase("""{ "quantization_method": "FP8" }""", "fp8_static / fp8 / fp8 / fp8")]
    [TestCase("""{ "quant_algo": "NVFP4", "quant_method": "modelopt" }""", "nvfp4 / nvfp4 / fp8 / fp8")]
    [TestCase("""{ "quant_method": "w4a16_mxfp4" }""", "bfloat16 / w4a16_mxfp4 / bfloat16 / bfloat16")]
    [TestCase("""{ "quant_method": "none" }""", "bfloat16 / bfloat16 / bfloat16 / bfloat16")]
    [TestCase("{}", "bfloat16 / bfloat16 / bfloat16 / bfloat16")]
    public void Static_scales_are_assumed_unless_the_checkpoint_says_dynamic(string embedded, string expected) =>
        Assert.That(Infer(embedded, null, AicBackend.TensorRtLlm), Is.EqualTo(expected));

    [TestCase("""{ "quant_method": "fp8", "kv_cache_dtype": "bfloat16" }""", "fp8_static / fp8 / fp8 / fp8")]
    [TestCase("""{ "quant_method": "mxfp4", "kv_cache_dtype": "fp8" }""", "bfloat16 / w4a16_mxfp4 / fp8 / fp8")]
    [TestCase("""{ "quant_method": "mxfp4", "kv_cache_dtype": "e5m2" }""", "bfloat16 / w4a16_mxfp4 / fp8 / fp8")]
    [TestCase("""{ "quant_method": "mxfp4", "kv_cache_quant_method": "fp16" }""", "bfloat16 / w4a16_mxfp4 / bfloat16 / bfloat16")]
    [TestCase("""{ "quant_method": "mxfp4", "kv_cache_scheme": { "type": "fp8_e4m3" } }""", "bfloat16 / w4a16_mxfp4 / fp8 / fp8")]
    [TestCase("""{ "quant_method": "mxfp4", "kv_cache_scheme": { "type": "float", "num_bits": 8 } }""", "bfloat16 / w4a16_mxfp4 / fp8 / fp8")]
    [TestCase("""{ "quant_method": "mxfp4", "kv_cache_scheme": { "type": "float", "num_bits": 16 } }""", "bfloat16 / w4a16_mxfp4 / bfloat16 / bfloat16")]
    [TestCase("""{ "quant_method": "mxfp4", "kv_cache_scheme": { "type": "int", "num_bits": 8 } }""", "bfloat16 / w4a16_mxfp4 / bfloat16 / bfloat16")]
    [TestCase("""{ "quant_method": "mxfp4", "kv_cache_dtype": "auto" }""", "bfloat16 / w4a16_mxfp4 / bfloat16 / bfloat16")]
    public void An_fp8_algorithm_or_cache_brings_the_cache_and_attention_to_fp8(string embedded, string expected) =>
        Assert.That(Infer(embedded, null, AicBackend.TensorRtLlm), Is.EqualTo(expected));

    [TestCase("""{ "type": "int", "num_bits": 4 }""", "[]", "int4_wo / int4_wo")]
    [TestCase("""{ "type": "int", "num_bits": 8 }""", "[]", "int8_wo / -")]
    [TestCase("""{ "type": "float", "num_bits": 8, "strategy": "block" }""", "[]", "fp8_block / fp8_block")]
    [TestCase("""{ "type": "float", "num_bits": 8, "block_structure": [128, 128] }""", "[]", "fp8_block / fp8_block")]
    [TestCase("""{ "type": "float", "num_bits": 8, "strategy": "channel" }""", "[]", "fp8_static / fp8")]
    [TestCase("""{ "type": "float", "num_bits": 8, "dynamic": true }""", "[]", "fp8 / fp8")]
    [TestCase("""{ "type": "float", "num_bits": 4 }""", "[]", "bfloat16 / w4a16_mxfp4")]
    [TestCase("""{ "type": "int", "num_bits": 4 }""", """["re:.*self_attn.*"]""", "bfloat16 / int4_wo")]
    [TestCase("""{ "type": "int", "num_bits": 4 }""", """["model.layers.0.k_proj"]""", "bfloat16 / int4_wo")]
    [TestCase("""{ "type": "int", "num_bits": 4 }""", """["re:.*experts.*"]""", "int4_wo / bfloat16")]
    [TestCase("""{ "type": "int", "num_bits": 4 }""", """["re:.*shared_experts.*"]""", "int4_wo / int4_wo")]
    public void Compressed_tensors_take_the_first_known_group_except_where_it_is_ignored(string weights, string ignore, string expected) =>
        Assert.That(
            Infer($$"""{ "quant_method": "compressed-tensors", "ignore": {{ignore}}, "config_groups": { "a": { "weights": { "type": "other" } }, "b": { "weights": {{weights}} } } }""", null, AicBackend.TensorRtLlm),
            Is.EqualTo($"{expected} / bfloat16 / bfloat16"));

    [TestCase("""{ "m.self_attn": { "quant_algo": "FP8" }, "m.experts.0": { "quant_algo": "NVFP4" } }""", "fp8_static / nvfp4")]
    [TestCase("""{ "m.mlp": { "quant_algo": "NVFP4" }, "m.mlp2": { "quant_algo": "MXFP8" }, "m.experts": { "quant_algo": "W4A16_NVFP4" } }""", "fp8_block / w4a16_nvfp4")]
    [TestCase("""{ "m.mlp": { "quant_algo": "W4A16_NVFP4" }, "m.routing_experts": { "quant_algo": "FP8" } }""", "w4a16_nvfp4 / fp8")]
    [TestCase("""{ "m.shared_expert.experts.1": { "quant_algo": "NVFP4" } }""", "nvfp4 / bfloat16")]
    [TestCase("{}", "bfloat16 / bfloat16")]
    public void Mixed_precision_is_decided_layer_by_layer(string layers, string expected) =>
        Assert.That(Infer(null, $$"""{ "quant_algo": "MIXED_PRECISION", "quantized_layers": {{layers}} }""", AicBackend.TensorRtLlm), Is.EqualTo($"{expected} / bfloat16 / bfloat16"));

    [TestCase("""{ "quant_algo": "mixed_precision", "quant_method": "fp8", "weight_block_size": [128, 128] }""", "fp8_block / bfloat16")]
    [TestCase("""{ "quant_algo": "mixed-precision", "quant_method": "fp8", "activation_scheme": "dynamic" }""", "fp8 / bfloat16")]
    [TestCase("""{ "quant_algo": "mixed_precision", "config_groups": { "a": { "targets": ["m.experts.0"], "weights": { "type": "float", "num_bits": 4 } }, "b": { "targets": ["Linear"], "quant_algo": "FP8" } } }""", "fp8_static / nvfp4")]
    public void Mixed_precision_knows_base_methods_and_groups(string embedded, string expected) =>
        Assert.That(Infer(embedded, null, AicBackend.TensorRtLlm), Is.EqualTo($"{expected} / bfloat16 / bfloat16"));

    [TestCase("""{ "quant_method": "awq" }""", "'awq'")]
    [TestCase("""{ "quant_method": "modelopt" }""", "'modelopt'")]
    [TestCase("""{ "quant_method": "int4_wo" }""", "'int4_wo'")]
    [TestCase("""{ "quant_method": "compressed-tensors" }""", "none of the compressed-tensors weight groups")]
    public void An_unknown_algorithm_is_refused(string embedded, string message) =>
        Assert.That(() => Infer(embedded, null, AicBackend.Vllm), Throws.TypeOf<UnknownModelException>().With.Message.Contains(message));

    [Test]
    public void Settings_win_one_by_one()
    {
        var settings = QuantizationSettings.Parse("fp8", null, "BFLOAT16", null);

        var modes = QuantizationInference.Infer(Model("""{ "quant_method": "fp8", "weight_block_size": [128, 128] }""", null), settings, AicBackend.TensorRtLlm);

        Assert.That(Shown(modes), Is.EqualTo("fp8 / fp8_block / bfloat16 / fp8"));
    }

    [Test]
    public void Settings_for_all_weights_make_an_unknown_algorithm_usable()
    {
        var settings = QuantizationSettings.Parse("int4_wo", "int4_wo", null, null);

        Assert.That(Shown(QuantizationInference.Infer(Model("""{ "quant_method": "awq" }""", null), settings, AicBackend.Vllm)), Is.EqualTo("int4_wo / int4_wo / bfloat16 / bfloat16"));
    }

    [TestCase("int3", null, null, null, "GEMM")]
    [TestCase(null, "int8_wo", null, null, "expert")]
    [TestCase(null, null, "nvfp4", null, "KV cache")]
    [TestCase(null, null, null, "int8", "attention")]
    public void A_setting_that_is_no_format_is_refused_with_the_known_ones(string? gemm, string? moe, string? kvCache, string? attention, string what) =>
        Assert.That(
            () => QuantizationSettings.Parse(gemm, moe, kvCache, attention), Throws.TypeOf<UnknownModelException>().With.Message.Contains($"No {what} format").And.Message.Contains("bfloat16"));

    [TestCase(90, "nvfp4_wo / nvfp4_wo")]
    [TestCase(null, "nvfp4_wo / nvfp4_wo")]
    [TestCase(100, "nvfp4 / nvfp4")]
    public void Hardware_without_nvfp4_runs_it_for_weights_only(int? smVersion, string expected)
    {
        var modes = QuantizationInference.Infer(Model(null, """{ "quant_algo": "NVFP4" }"""), QuantizationSettings.Inferred, AicBackend.Vllm);

        var corrected = QuantizationInference.CorrectForHardware(modes, EngineSamples.System("other", 1e11, smVersion));

        Assert.That($"{corrected.Gemm.Name} / {corrected.Moe!.Name}", Is.EqualTo(expected));
    }

    private static string Infer(string? embedded, string? separate, AicBackend backend) =>
        Shown(QuantizationInference.Infer(Model(embedded, separate), QuantizationSettings.Inferred, backend));

    private static ModelDescription Model(string? embedded, string? separate) => ModelConfiguration.Parse(
        embedded is null ? EngineSamples.LlamaSmall : ConfigurationText.Merge(EngineSamples.LlamaSmall, $$"""{ "quantization_config": {{embedded}} }"""),
        separate is null ? null : $$"""{ "producer": { "name": "modelopt" }, "quantization": {{separate}} }""").Description;

    private static string Shown(QuantizationModes modes) => $"{modes.Gemm.Name} / {modes.Moe?.Name ?? "-"} / {modes.KvCache.Name} / {modes.Attention.Name}";
}
