namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>The worlds that are explored.</summary>
internal static class TinyWorlds
{
    /// <summary>Engines of one GPU: 500 W carry one at its highest cap, 600 W two at their lowest.</summary>
    public static TinyRules Aggregated { get; } = new() { Name = "aggregated", Roles = 1, Gpus = [1], Budgets = [500, 600, 1000] };

    /// <summary>Engines of two GPUs, whose caps change one by one.</summary>
    public static TinyRules AggregatedPairsOfGpus { get; } = Aggregated with { Name = "aggregated, two GPUs each", Gpus = [2], Budgets = [1000, 1200, 2000] };

    /// <summary>With a budget that nothing fits.</summary>
    public static TinyRules AggregatedWithoutRoom { get; } = Aggregated with { Name = "aggregated, nothing fits", Budgets = [200, 1000] };

    public static TinyRules AggregatedRanges { get; } = Aggregated with { Name = "aggregated, ranges change", Budgets = [600, 1000], Ranges = [(300, 500), (300, 400), (400, 500)] };

    public static TinyRules AggregatedCounts { get; } = Aggregated with { Name = "aggregated, caps counted", CountsCaps = true };

    /// <summary>Newborn GPUs have 500 W, and there is room for one such beside the rest of every plan: else the plan cannot be reached at all.</summary>
    public static TinyRules AggregatedNewborn { get; } = Aggregated with { Name = "aggregated, newborn at 500 W", Budgets = [500, 800, 1000], NewbornWatts = 500 };

    public static TinyRules AggregatedMeter { get; } = Aggregated with { Name = "aggregated, metered", HasMeter = true, HasForeignEdits = false };

    /// <summary>Agents apply what they have read, late. What they have read before a process without memory came is not judged.</summary>
    public static TinyRules AggregatedAgents { get; } = Aggregated with { Name = "aggregated, agents not fenced", IsFenced = false, HasForeignEdits = false, HasColdStarts = false };

    public static TinyRules Pair { get; } = new() { Name = "pair", HasForeignEdits = false };

    public static TinyRules PairEdited { get; } = Pair with { Name = "pair, edited by others", HasForeignEdits = true };

    public static TinyRules PairUnequal { get; } = Pair with { Name = "pair, two GPUs a prefill replica", Gpus = [2, 1], Budgets = [1500, 1800, 3000] };

    public static TinyRules PairWithoutRoom { get; } = Pair with { Name = "pair, nothing fits", Budgets = [500, 1250, 2000] };

    public static TinyRules PairRanges { get; } = Pair with { Name = "pair, ranges change", Budgets = [1250, 2000], Ranges = [(300, 500), (300, 400), (400, 500)] };

    public static TinyRules PairCounts { get; } = Pair with { Name = "pair, caps counted", CountsCaps = true };

    /// <summary>Under 1,600 W two roles of two fit, but the last newborn only beside caps that are lowered for it.</summary>
    public static TinyRules PairNewborn { get; } = Pair with { Name = "pair, newborn at 500 W", NewbornWatts = 500, Budgets = [1000, 1600, 2000] };

    public static TinyRules PairMeter { get; } = Pair with { Name = "pair, metered", HasMeter = true };

    public static TinyRules PairAgents { get; } = Pair with { Name = "pair, agents not fenced", IsFenced = false, HasColdStarts = false };

    /// <summary>Each with the depth that a few seconds allow.</summary>
    public static IEnumerable<TestCaseData> Shallow =>
    [
        Case(Aggregated, 3), Case(AggregatedPairsOfGpus, 2), Case(AggregatedWithoutRoom, 3), Case(AggregatedRanges, 2), Case(AggregatedCounts, 2), Case(AggregatedNewborn, 3), Case(AggregatedMeter, 2), Case(AggregatedAgents, 3),
        Case(Pair, 2), Case(PairEdited, 1), Case(PairUnequal, 2), Case(PairWithoutRoom, 2), Case(PairRanges, 2), Case(PairCounts, 2), Case(PairNewborn, 2), Case(PairMeter, 1), Case(PairAgents, 2),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<TinyRules> All => Shallow.Select(shallow => (TinyRules)shallow.Arguments[0]!);

    private static TestCaseData Case(TinyRules rules, int depth) => new TestCaseData(rules, depth).SetArgDisplayNames(rules.Name);
}
