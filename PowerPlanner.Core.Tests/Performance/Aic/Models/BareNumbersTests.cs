using PowerPlanner.Performance.Aic.Models;

namespace PowerPlanner.Tests.Performance.Aic.Models;

internal sealed class BareNumbersTests
{
    [TestCase("""{ "a": Infinity, "b": [-Infinity, NaN] }""", """{ "a": "Infinity", "b": ["-Infinity", "NaN"] }""")]
    [TestCase("""{ "a": [0.0, Infinity] }""", """{ "a": [0.0, "Infinity"] }""")]
    public void Numbers_that_JSON_does_not_have_become_texts(string json, string expected) => Assert.That(BareNumbers.Quoted(json), Is.EqualTo(expected));

    [TestCase("""{ "Infinity": "to NaN, \" and -Infinity" }""")]
    [TestCase("""{ "a": 1 }""")]
    public void Texts_stay_what_they_are(string json) => Assert.That(BareNumbers.Quoted(json), Is.EqualTo(json));
}
