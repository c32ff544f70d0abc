using PowerPlanner.Tests.Readme;

namespace PowerPlanner.Tests.Rules;

internal sealed class RulesDocumentTests
{
    private static readonly IReadOnlyList<Rule> All = [.. RuleRegister.Rules, .. RuleRegister.Defects];

    [Test]
    public void Every_rule_and_every_defect_is_named_by_a_test()
    {
        var named = RuleEvidence.All.Select(evidence => evidence.Id).ToHashSet(StringComparer.Ordinal);

        Assert.That(All.Where(rule => rule.NeedsTest && !named.Contains(rule.Id)).Select(rule => rule.Id), Is.Empty);
    }

    [Test]
    public void No_test_names_a_rule_or_a_defect_that_does_not_exist()
    {
        var known = RuleRegister.Rules.Select(rule => ("Rule", rule.Id)).Concat(RuleRegister.Defects.Select(defect => ("Defect", defect.Id))).ToHashSet();

        Assert.That(RuleEvidence.All.Where(evidence => !known.Contains((evidence.Property, evidence.Id))), Is.Empty);
    }

    [Test]
    public void What_needs_no_test_says_what_is_left_out() =>
        Assert.That(All.Where(rule => !rule.NeedsTest && string.IsNullOrWhiteSpace(rule.LeftOut)).Select(rule => rule.Id), Is.Empty);

    [Test]
    public void An_id_means_one_thing() => Assert.That(All.Select(rule => rule.Id), Is.Unique);

    [Test]
    public void Defects_are_numbered_from_1_to_44() =>
        Assert.That(RuleRegister.Defects.Select(defect => defect.Id), Is.EqualTo(Enumerable.Range(1, 44).Select(i => FormattableString.Invariant($"D-{i:00}"))));

    [Test]
    public void The_table_of_rules_is_that_of_the_tests() => GeneratedDocument.AssertIsCurrent("rules.md",
    [
        "# Rules and the tests that hold them",
        "",
        "What the planner owes to its design, one line a rule, and the defects of the reference planner that it must not have. A test names the",
        "rule that it holds: `[Property(\"Rule\", \"LIB-11-a\")]`, `[Property(\"Defect\", \"D-28\")]`; run those of one with",
        "`--filter \"Rule=LIB-11-a\"`. Sections are those of the design's behaviour document; letters follow its order. Tests are named by",
        "folder, class and method below `PowerPlanner.Core.Tests`, those of `PlannerHost.Tests` below `samples`.",
        "",
        "This page is written from the code by a test (`POWERPLANNER_WRITE_DOCS=1 dotnet test`); do not edit it.",
        "",
        "## Rules",
        "",
        .. Table(RuleRegister.Rules),
        "",
        "## Defects of the reference planner",
        "",
        .. Table(RuleRegister.Defects),
        "",
        "## Left out, or kept otherwise",
        "",
        .. All.Where(rule => rule.LeftOut is not null).Select(rule => $"- {rule.Id}: {rule.LeftOut}"),
    ]);

    private static IEnumerable<string> Table(IEnumerable<Rule> rules)
    {
        var tests = RuleEvidence.All.ToLookup(evidence => evidence.Id, evidence => evidence.Test, StringComparer.Ordinal);
        return
        [
            GeneratedDocument.Row("id", "what holds", "tests"),
            GeneratedDocument.Row("---", "---", "---"),
            .. from rule in rules
               select GeneratedDocument.Row(
                   rule.Id,
                   rule.LeftOut is null ? rule.Text : $"{rule.Text} (See below.)",
                   string.Join("<br>", tests[rule.Id].Distinct().Order(StringComparer.Ordinal).Select(GeneratedDocument.Code))),
        ];
    }
}
