using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

internal sealed class Pep440VersionTests
{
    // The order of PEP 440's own examples, AIC's version folders among them.
    private static readonly string[] Ascending =
    [
        "0.1.dev19262", "0.1", "0.5.6", "0.5.6.post2", "0.5.9", "0.5.10", "0.14.0", "0.22.0",
        "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2", "1.0b2.post345.dev456", "1.0b2.post345",
        "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5", "1.0+5.1", "1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1",
        "1.3.0rc2", "1.3.0rc10", "1.3.0rc15", "1.3.0", "2013.10", "99999999999999999999.1", "1!0.1.dev1", "1!1.0",
    ];

    [Test]
    public void Versions_are_in_the_order_of_PEP_440([Range(0, 34)] int index)
    {
        var lower = Parse(Ascending[index]);
        var higher = Parse(Ascending[index + 1]);

        Assert.That(lower.CompareTo(higher), Is.Negative, $"{Ascending[index]} < {Ascending[index + 1]}");
        Assert.That(higher.CompareTo(lower), Is.Positive, $"{Ascending[index + 1]} > {Ascending[index]}");
    }

    [Test]
    public void The_order_is_total_over_all_pairs()
    {
        for (var i = 0; i < Ascending.Length; i++)
        {
            for (var j = 0; j < Ascending.Length; j++)
            {
                Assert.That(Math.Sign(Parse(Ascending[i]).CompareTo(Parse(Ascending[j]))), Is.EqualTo(Math.Sign(i - j)), $"{Ascending[i]} and {Ascending[j]}");
            }
        }
    }

    [TestCase("1.0", "1")]
    [TestCase("1.0.0", "1.0")]
    [TestCase("v1.0", "1.0")]
    [TestCase("1.0RC2", "1.0rc2")]
    [TestCase("1.0c2", "1.0rc2")]
    [TestCase("1.0-preview_2", "1.0rc2")]
    [TestCase("1.0alpha", "1.0a0")]
    [TestCase("1.0.beta.3", "1.0b3")]
    [TestCase("1.0-1", "1.0.post1")]
    [TestCase("1.0rev4", "1.0.post4")]
    [TestCase("1.0-r4", "1.0.post4")]
    [TestCase("1.0.DEV", "1.0.dev0")]
    [TestCase("01.002", "1.2")]
    [TestCase("0!1.0", "1.0")]
    [TestCase("1.0+ubuntu-1", "1.0+ubuntu.1")]
    [TestCase(" 1.0 ", "1.0")]
    public void Spellings_of_one_version_are_equal(string spelling, string normal) =>
        Assert.That(Parse(spelling).CompareTo(Parse(normal)), Is.Zero);

    [TestCase("")]
    [TestCase("main")]
    [TestCase("1.0.x")]
    [TestCase("1..0")]
    [TestCase("1.0+")]
    [TestCase("1.0+a..b")]
    [TestCase("1.0rc1a1")]
    [TestCase("1.0.post1.post2")]
    [TestCase("!1.0")]
    [TestCase("1!")]
    [TestCase("-1.0")]
    public void What_is_no_version_does_not_parse(string text) =>
        Assert.That(Pep440Version.TryParse(text, out _), Is.False);

    private static Pep440Version Parse(string text) =>
        Pep440Version.TryParse(text, out var version) ? version : throw new AssertionException($"'{text}' does not parse.");
}
