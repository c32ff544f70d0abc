using PowerPlanner.Performance.Aic.Models;

namespace PowerPlanner.Tests.Performance.Aic.Models;

internal sealed class ExcludedProjectionsTests
{
    [TestCase("model.layers.0.self_attn.q_a_proj", true, false, false)]
    [TestCase("*.q_b_proj", true, false, false)]
    [TestCase("q_proj", true, false, false)]
    [TestCase("model.layers.*.self_attn.kv_a_proj_with_mqa", false, true, false)]
    [TestCase("kv_b_proj*", false, true, false)]
    [TestCase("K_PROJ", false, true, false)]
    [TestCase("v_proj", false, true, false)]
    [TestCase("re:.*self_attn.o_proj", false, false, true)]
    [TestCase("model.layers.3.self_attn*", true, true, true)]
    [TestCase("Self_Attn", true, true, true)]
    [TestCase("lm_head", false, false, false)]
    [TestCase("model.layers.0.mlp.gate_proj", false, false, false)]
    [TestCase("", false, false, false)]
    public void A_pattern_excludes_the_projections_that_it_names(string pattern, bool query, bool keyValue, bool output) =>
        Assert.That(ExcludedProjections.Of([pattern]), Is.EqualTo(new ExcludedProjections(query, keyValue, output)));

    [Test]
    public void Patterns_add_up() =>
        Assert.That(ExcludedProjections.Of(["self_attn.q_a_proj", "lm_head", "o_proj"]), Is.EqualTo(new ExcludedProjections(Query: true, KeyValue: false, Output: true)));

    [Test]
    public void No_patterns_exclude_nothing() => Assert.That(ExcludedProjections.Of([]), Is.EqualTo(default(ExcludedProjections)));

    // Of a checkpoint's fields and of ModelOpt's file beside it.
    [TestCase("modules_to_not_convert")]
    [TestCase("exclude_modules")]
    [TestCase("ignore")]
    public void Patterns_come_from_any_of_the_fields_that_state_them(string field)
    {
        var text = ConfigurationText.Merge(
            MlaFamilyTests.DeepSeek, $$"""{ "quantization_config": { "quant_method": "fp8", "weight_block_size": [128, 128], "{{field}}": ["layers.0.self_attn.o_proj"] } }""");

        Assert.That(ModelConfiguration.Parse(text).Description.Quantization.ExcludedProjections, Is.EqualTo(new ExcludedProjections(false, false, true)));
    }
}
