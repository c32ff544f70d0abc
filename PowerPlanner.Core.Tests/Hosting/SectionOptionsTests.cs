using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using PowerPlanner.Hosting;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Hosting;

internal sealed class SectionOptionsTests
{
    [Test]
    public void A_section_reads_as_the_file_of_the_same_text()
    {
        var fromSection = Bind(Section(OptionSamples.Json));

        Assert.That(OptionDifferences.Between(PowerPlannerOptionsJson.Parse(OptionSamples.Json, "sample"), fromSection), Is.Empty);
    }

    [Test]
    public void Points_of_a_table_keep_their_order()
    {
        var options = Bind(Section("""
            { "isl": 1, "osl": 1, "performance": { "kind": "table", "maxKvTokens": 5, "prefill": [ { "ttftMs": 5 } ],
              "decode": [ { "batch": 1, "itlMs": 1 }, { "batch": 2, "itlMs": 2, "powerW": 400.5 } ] } }
            """));

        Assert.That(options.Performance!.Decode!.Select(point => (point.Batch, point.ItlMs, point.PowerW)), Is.EqualTo(new (int, double, double?)[] { (1, 1, null), (2, 2, 400.5) }));
    }

    [Test]
    public void Names_may_be_in_any_case_as_in_environment_variables()
    {
        var options = Bind(Memory(("PLANNER:ISL", "3000"), ("PLANNER:Osl", "300"), ("PLANNER:PREFILLENGINE:TP", "4"), ("PLANNER:mode", "agg"), ("PLANNER:ADVISORY", "True")));

        Assert.That((options.Isl, options.Osl, options.PrefillEngine!.Tp, options.Mode, options.Advisory), Is.EqualTo((3000, 300, 4, DeploymentMode.Aggregated, true)));
    }

    [Test]
    public void A_section_lies_over_what_is_set_already()
    {
        var options = new PowerPlannerOptions { Isl = 7, MaxBatch = 64, DecodeEngine = new EngineOptions { Tp = 2 } };

        new SectionOptions(string.Empty, Memory(("PLANNER:osl", "5"))).Configure(options);

        Assert.That((options.Isl, options.Osl, options.MaxBatch, options.DecodeEngine.Tp), Is.EqualTo((7, 5, 64, 2)));
    }

    [Test]
    public void Text_that_looks_like_a_number_stays_text()
    {
        var options = Bind(Section("""{ "performance": { "kind": "aic", "model": "m", "system": "s", "backend": "vllm", "version": "0.22" } }"""));

        Assert.That(options.Performance!.Version, Is.EqualTo("0.22"));
    }

    [Test]
    public void All_that_is_unknown_or_of_a_wrong_type_is_reported_at_once() =>
        Assert.That(
            () => Bind(Memory(("PLANNER:isl", "many"), ("PLANNER:watts", "5"), ("PLANNER:objective", "speed"), ("PLANNER:decodeEngine:tq", "8"))),
            Throws.TypeOf<OptionsValidationException>().With.Property("Failures").EquivalentTo(new[]
            {
                "configuration section 'PLANNER': isl: \"many\"; allowed: an integer in digits, at most 2147483647",
                "configuration section 'PLANNER': objective: \"speed\"; allowed: \"Throughput\", \"Efficiency\", \"LeastPower\", \"Cost\"",
                "configuration section 'PLANNER': decodeEngine.tq: 8 (unknown field); allowed: tp, pp, attentionDp, moeTp, moeEp, cp",
                "configuration section 'PLANNER': watts: 5 (unknown field); allowed: " + string.Join(", ", OptionDifferences.Names),
            }));

    [Test]
    public void Options_of_another_name_are_left_alone()
    {
        var options = new PowerPlannerOptions();

        new SectionOptions("east", Memory(("PLANNER:isl", "5"))).Configure("west", options);

        Assert.That(options.Isl, Is.Zero);
    }

    [Test]
    public void Every_field_has_one_spelling()
    {
        Type[] nested = [typeof(EngineOptions), typeof(GpuLimitsOptions), typeof(CorrectionOptions), typeof(PerformanceOptions), typeof(TablePrefillOptions), typeof(TableDecodeOptions)];
        var all = nested.SelectMany(type => type.GetProperties()).Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)).Distinct();

        Assert.That(ConfigurationJson.Nested, Is.EquivalentTo(all.Except(OptionDifferences.Names)));
    }

    private static PowerPlannerOptions Bind(IConfiguration section)
    {
        var options = new PowerPlannerOptions();
        new SectionOptions(string.Empty, section).Configure(options);
        return options;
    }

    private static IConfigurationRoot Section(string json) => new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();

    private static IConfigurationSection Memory(params (string Key, string Value)[] entries) =>
        new ConfigurationBuilder().AddInMemoryCollection(entries.ToDictionary(entry => entry.Key, entry => (string?)entry.Value)).Build().GetSection("PLANNER");
}
