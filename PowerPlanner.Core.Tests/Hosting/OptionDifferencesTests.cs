using System.Text.Json;
using PowerPlanner.Hosting;

namespace PowerPlanner.Tests.Hosting;

internal sealed class OptionDifferencesTests
{
    [Test]
    public void Every_option_is_compared() =>
        Assert.That(OptionDifferences.Names, Is.EqualTo(typeof(PowerPlannerOptions).GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))));

    [Test]
    public void Options_of_one_document_do_not_differ() =>
        Assert.That(OptionDifferences.Between(Parse(OptionSamples.Json), Parse(OptionSamples.Json)), Is.Empty);

    [TestCase("\"isl\": 1024", "\"isl\": 1025", "isl")]
    [TestCase("\"decodeEngine\": { \"tp\": 8 }", "\"decodeEngine\": { \"tp\": 4 }", "decodeEngine")]
    [TestCase("\"maxWatts\": 700", "\"maxWatts\": 600", "gpuLimits")]
    [TestCase("\"prefillPowerW\": 603", "\"prefillPowerW\": 604", "performance")]
    [TestCase("\"osl\": 200", "\"osl\": 200, \"initialCorrections\": { \"itl\": 1.5 }", "initialCorrections")]
    public void A_difference_is_named_as_in_a_file(string old, string changed, string field) =>
        Assert.That(OptionDifferences.Between(Parse(OptionSamples.Json), Parse(OptionSamples.Json.Replace(old, changed, StringComparison.Ordinal))), Is.EqualTo(new[] { field }));

    private static PowerPlannerOptions Parse(string json) => PowerPlannerOptionsJson.Parse(json, "sample");
}
