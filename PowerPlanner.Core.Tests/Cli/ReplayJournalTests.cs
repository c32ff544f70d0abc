using System.Text;
using System.Text.RegularExpressions;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Tests.Control.Journals;

namespace PowerPlanner.Tests.Cli;

/// <summary>A controller's decisions made again from its journal: exit code 0 the same, 1 others, 2 a journal that is damaged.</summary>
internal sealed class ReplayJournalTests
{
    [Test]
    public async Task The_same_decisions_are_exit_code_0()
    {
        var run = await CliRun.On(await JournalAsync(), "replay", "--journal", "FILE", "--json");

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        Assert.That(run.Json["equal"]!.GetValue<bool>());
        Assert.That(run.Json["equalDecisions"]!.GetValue<long>(), Is.EqualTo(run.Json["decisions"]!.GetValue<long>()).And.GreaterThan(20));
        Assert.That(run.Json["differences"]!.AsArray(), Is.Empty);
    }

    [Test]
    public async Task Other_decisions_are_exit_code_1_and_told()
    {
        // As another version would have written it: with another threshold among its options, and checksums that are right.
        var lines = JournalLines.Split(await JournalAsync());
        lines[0] = Regex.Replace(lines[0], "\"powerLimitedBand\":[0-9.]+", "\"powerLimitedBand\":0.9");
        var text = string.Join('\n', JournalLines.Summed(lines));
        var run = await CliRun.On(text, "replay", "--journal", "FILE", "--json");
        var people = await CliRun.On(text, "replay", "--journal", "FILE");

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((1, string.Empty)));
        Assert.That(run.Json["differences"]![0]!["line"]!.GetValue<long>(), Is.GreaterThan(1));
        Assert.That(people.ExitCode, Is.EqualTo(1));
        Assert.That(people.Output, Does.Contain("different").And.Contain("tick"));
    }

    [Test]
    public async Task A_damaged_journal_is_exit_code_2_and_names_its_line()
    {
        var lines = JournalLines.Split(await JournalAsync());
        lines[4] = lines[4].Replace("\"hash\":\"", "\"hash\":\"0", StringComparison.Ordinal);
        var run = await CliRun.On(string.Join('\n', lines), "replay", "--journal", "FILE", "--json");

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, string.Empty)));
        Assert.That(run.Error, Does.Contain("line 5: its checksum is"));
    }

    [Test]
    public async Task A_last_line_that_was_cut_short_is_told()
    {
        var journal = await JournalAsync();
        var run = await CliRun.On(journal[..^20], "replay", "--journal", "FILE");

        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Output, Does.Contain("cut short"));
    }

    [TestCase("replay", "--json", "'--config' is required")]
    [TestCase("replay", "--journal", "nowhere.jsonl", "does not exist")]
    [TestCase("replay", "--journal", "j", "--config", "c", "'--config' does not go with '--journal'")]
    public async Task What_does_not_go_together_is_exit_code_2(params string[] argumentsAndMessage)
    {
        var run = await CliRun.Of(argumentsAndMessage[..^1]);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain(argumentsAndMessage[^1]));
    }

    private static async Task<string> JournalAsync()
    {
        var journal = new MemoryDecisionJournal();
        await JournalledLife.RunAsync(31, 40, journal);
        return Encoding.UTF8.GetString(journal.ToArray());
    }
}
