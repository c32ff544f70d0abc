using System.Text;
using System.Text.Json.Nodes;
using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Journals;

/// <summary>A journal holds all that its decisions were made of, and whoever changes it is found out.</summary>
internal sealed class DecisionReplayTests
{
    [Test]
    public async Task Every_decision_comes_out_again([Range(1, 20)] int seed) => await Replays(seed);

    [Test, Explicit("On request: a thousand lives of 200 ticks, a minute or more.")]
    public async Task Every_decision_of_a_thousand_lives_comes_out_again()
    {
        for (var seed = 1000; seed < 2000; seed++)
        {
            await Replays(seed);
        }
    }

    [Test]
    public async Task Parts_that_begin_in_the_middle_of_a_life_replay_by_themselves([Values(3, 4, 7)] int seed)
    {
        // A part is full after a tick: each begins with the state that the one before has left.
        var journal = new ListJournal(maxLines: 1);
        await JournalledLife.RunAsync(seed, 60, journal);

        Assert.That(journal.Parts, Has.Count.GreaterThan(50));
        foreach (var part in journal.Parts)
        {
            var result = Replay(string.Join('\n', part));
            Assert.That((result.IsEqual, result.Parts), Is.EqualTo((true, 1L)), Story(result));
        }
    }

    [Test]
    public async Task A_journal_changes_no_decision([Values(5, 6)] int seed)
    {
        var without = await JournalledLife.RunAsync(seed, 100, null);
        var with = await JournalledLife.RunAsync(seed, 100, new MemoryDecisionJournal());
        var failing = await JournalledLife.RunAsync(seed, 100, new FailingJournal(every: 3));

        Assert.That(Essence(with), Is.EqualTo(Essence(without)));
        Assert.That(Essence(failing), Is.EqualTo(Essence(without)));

        static string Essence(ControllerStatus status) => $"{status with { Commands = [], Plan = null }} {status.Plan?.TotalWatts} {status.Commands.Length}".Replace(status.Detail ?? "-", string.Empty, StringComparison.Ordinal);
    }

    [Test]
    public async Task A_line_that_was_changed_left_out_or_moved_is_named()
    {
        var lines = await LinesAsync(seed: 11, ticks: 20);
        for (var i = 0; i < lines.Length; i += 3)
        {
            var digit = lines[i].IndexOfAny([.. "12345678"], 20);
            var changed = lines[i][..digit] + (char)(lines[i][digit] + 1) + lines[i][(digit + 1)..];
            Assert.That(() => Replay([.. lines[..i], changed, .. lines[(i + 1)..]]), Throws.TypeOf<InvalidJournalException>().With.Property("Line").EqualTo(i + 1));
        }

        Assert.That(() => Replay([.. lines[..5], .. lines[6..]]), Throws.TypeOf<InvalidJournalException>().With.Message.StartsWith("line 6: ").And.Message.Contains("missing"));
        Assert.That(() => Replay([.. lines[..5], lines[6], lines[5], .. lines[7..]]), Throws.TypeOf<InvalidJournalException>().With.Property("Line").EqualTo(6));
        Assert.That(() => Replay(lines[1..]), Throws.TypeOf<InvalidJournalException>().With.Property("Line").EqualTo(1));
    }

    [Test]
    public async Task A_last_line_that_was_cut_short_is_tolerated_and_told()
    {
        var lines = await LinesAsync(seed: 12, ticks: 10);
        var cut = Replay([.. lines[..^1], lines[^1][..^9]]);

        Assert.That((cut.IsEqual, cut.CutLines.Single()), Is.EqualTo((true, (long)lines.Length)));

        // A process that starts after it begins a part of its own.
        var restarted = Replay([.. lines[..^1], lines[^1][..40], .. lines]);
        Assert.That((restarted.IsEqual, restarted.CutLines.Length), Is.EqualTo((true, 1)));

        Assert.That(() => Replay([.. lines[..3], lines[3][..40], .. lines[4..]]), Throws.TypeOf<InvalidJournalException>().With.Property("Line").EqualTo(4));
    }

    [TestCase("", 0)]
    [TestCase("hello", 0)]
    [TestCase("{}", 0)]
    public void What_is_no_journal_has_no_decisions(string text, long decisions) => Assert.That(Replay(text).Decisions, Is.EqualTo(decisions));

    [Test]
    public async Task Another_version_of_the_format_is_refused()
    {
        var lines = await LinesAsync(seed: 12, ticks: 2);
        var header = lines[0].Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal);

        Assert.That(() => Replay(JournalLines.Summed([header])), Throws.TypeOf<InvalidJournalException>().With.Message.EqualTo("line 1: field 'version' is 2; allowed: 1, which this library reads"));
    }

    [Test]
    public async Task Other_options_show_where_they_decide_differently()
    {
        var journal = new MemoryDecisionJournal();
        await JournalledLife.RunAsync(14, 100, journal);
        var recorded = JsonNode.Parse(Lines(journal)[0])!["options"]!.AsObject();
        var options = new ControlOptions { DriftConsecutiveTicks = recorded["driftConsecutiveTicks"]!.GetValue<int>() + 3, SweepTimeout = TimeSpan.FromSeconds(5), PowerLimitedBand = 0.5, MeterAccuracy = 0.4 };
        var result = DecisionReplay.Run(new MemoryStream(journal.ToArray()), options, mostDifferences: 5);

        Assert.That(result.Different, Is.GreaterThan(5));
        Assert.That(result.Differences, Has.Length.EqualTo(5));
        Assert.That(result.Equal + result.Different + result.Skipped, Is.EqualTo(result.Decisions));
        Assert.That(result.Differences, Has.All.Matches<JournalDifference>(difference => difference!.Recorded != difference.Replayed || difference.Fields.Length > 0));
    }

    [Test]
    public async Task A_changed_intent_is_told_with_what_is_decided_now()
    {
        var lines = await LinesAsync(seed: 11, ticks: 40);
        var at = Array.FindIndex(lines, line => line.Contains("\"intent\":{\"command\"", StringComparison.Ordinal));
        lines[at] = lines[at].Replace("\"command\":{\"role\":", "\"command\":{\"role\":1", StringComparison.Ordinal);
        var difference = Replay(JournalLines.Summed(lines)).Differences.First();

        Assert.That((difference.Line, difference.Kind), Is.EqualTo((at + 1, "decision")));
        Assert.That(difference.Recorded.Replace("\"role\":1", "\"role\":", StringComparison.Ordinal), Is.EqualTo(difference.Replayed));
    }

    private static async Task Replays(int seed)
    {
        var journal = new MemoryDecisionJournal();
        await JournalledLife.RunAsync(seed, 200, journal);
        var result = DecisionReplay.Run(new MemoryStream(journal.ToArray()));

        Assert.That(result.IsEqual, Story(result) + (result.IsEqual ? string.Empty : $"; {journal.Save($"life-{seed}")}"));
        Assert.That(result.Ticks, Is.GreaterThan(100));
        Assert.That((result.Equal, result.CutLines.Length), Is.EqualTo((result.Decisions, 0)));
    }

    private static async Task<string[]> LinesAsync(int seed, int ticks)
    {
        var journal = new MemoryDecisionJournal();
        await JournalledLife.RunAsync(seed, ticks, journal);
        return Lines(journal);
    }

    private static string[] Lines(MemoryDecisionJournal journal) => JournalLines.Split(Encoding.UTF8.GetString(journal.ToArray()));

    private static DecisionReplayResult Replay(string[] lines) => Replay(string.Join('\n', lines));

    private static DecisionReplayResult Replay(string text) => DecisionReplay.Run(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private static string Story(DecisionReplayResult result) => result.Differences.IsEmpty ? $"{result}" : $"{result.Differences[0]} {string.Join("; ", result.Differences[0].Fields)}";
}
