using PowerPlanner.Planning.Search;
using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Tests.Planning;

/// <summary>The end of the total order, key by key.</summary>
internal sealed class TotalOrderTests
{
    private static readonly string[] PairKeys = ["batch", "prefill replicas", "prefill cap", "ITL", "TTFT", "prefill point", "decode point", "decode cap"];
    private static readonly string[] EngineKeys = ["batch", "decode cap", "ITL", "TTFT", "decode point"];

    [TestCaseSource(nameof(PairKeys))]
    public void Of_a_pair_a_key_decides_against_all_later_ones(string key) => Decides(isPair: true, PairKeys, key);

    [TestCaseSource(nameof(EngineKeys))]
    public void Of_an_engine_a_key_decides_against_all_later_ones(string key) => Decides(isPair: false, EngineKeys, key);

    [Test]
    public void No_plan_comes_before_itself([Values] bool isPair)
    {
        var plan = Plan("batch", 3);

        Assert.That(TotalOrder.IsBefore(isPair, plan, plan), Is.False);
    }

    private static void Decides(bool isPair, string[] keys, string key)
    {
        var place = Array.IndexOf(keys, key);
        var first = keys.Skip(place + 1).Aggregate(Plan(key, 1), (plan, later) => With(plan, later, 9));
        var second = keys.Skip(place + 1).Aggregate(Plan(key, 9), (plan, later) => With(plan, later, 1));

        Assert.That((TotalOrder.IsBefore(isPair, first, second), TotalOrder.IsBefore(isPair, second, first)), Is.EqualTo((true, false)));
    }

    private static SearchOutcome Plan(string key, int value) => With(new SearchOutcome { Prefill = Middle, Decode = Middle, PrefillReplicas = 5, DecodeReplicas = 5 }, key, value);

    private static RolePoint Middle => new(Position: 5, Index: 5, Batch: 5, CapWatts: 5, NaturalWatts: 5, IsOfGrid: false, Rate: 5, TtftMs: 5, ItlMs: 5);

    // Lower is earlier for each key: of prefill replicas more come first.
    private static SearchOutcome With(SearchOutcome plan, string key, int value) => key switch
    {
        "batch" => plan with { Decode = plan.Decode with { Batch = value } },
        "prefill replicas" => plan with { PrefillReplicas = 10 - value },
        "prefill cap" => plan with { Prefill = plan.Prefill with { CapWatts = value } },
        "ITL" => plan with { Decode = plan.Decode with { ItlMs = value } },
        "TTFT" => plan with { Prefill = plan.Prefill with { TtftMs = value }, Decode = plan.Decode with { TtftMs = value } },
        "prefill point" => plan with { Prefill = plan.Prefill with { Index = value } },
        "decode point" => plan with { Decode = plan.Decode with { Index = value } },
        _ => plan with { Decode = plan.Decode with { CapWatts = value } },
    };
}
