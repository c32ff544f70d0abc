using PlannerHost.Nvml;
using PowerPlanner.Control;
using PowerPlanner.Hosting;
using PowerPlanner.Planning;

namespace PlannerHost.Tests.Nvml;

/// <summary>One prefill engine of two GPUs and three decode engines of one, that are there and stay.</summary>
[TestFixture]
internal sealed class NvmlPlannerRulesTests
{
    [Test]
    public void Counts_that_can_be_no_others_are_accepted() => Assert.That(Violations(_ => { }), Is.Empty);

    [Test]
    public void Equal_counts_need_no_ceiling_of_GPUs()
    {
        var nvml = new NvmlOptions { Aggregated = Role(2) };

        Assert.That(new NvmlPlannerRules("", nvml).Violations(new PowerPlannerOptions { Mode = DeploymentMode.Aggregated, AggEngine = new EngineOptions(), MinEndpoint = 2, MaxReplicas = 2, OverBudgetPolicy = OverBudgetPolicy.Hold }), Is.Empty);
    }

    [Test]
    public void Fewer_engines_than_there_are_may_not_be_planned() => Assert.That(
        Violations(planner => planner.DecodeMinEndpoint = 2),
        Is.EqualTo(new[] { "Nvml:Decode has GPUs for 3 engines, which nobody starts or stops, and the planner may plan at least 2 and at most 3; set decodeMinEndpoint to 3, maxReplicas to 3 and maxGpuBudget to 5." }));

    [Test]
    public void More_engines_than_there_are_may_not_be_planned_of_either_role()
    {
        var violations = Violations(planner => planner.MaxGpuBudget = -1);

        Assert.That(violations, Has.Exactly(1).Items);
        Assert.That(violations[0], Does.StartWith("Nvml:Prefill has GPUs for 1 engines").And.Contain("at most 3").And.Contain("maxGpuBudget to 5"));
    }

    [Test]
    public void A_ceiling_that_has_no_room_for_the_engines_is_refused() =>
        Assert.That(Violations(planner => planner.MaxGpuBudget = 4), Has.Exactly(2).Items.And.All.Contain("maxGpuBudget to 5"));

    [Test]
    public void An_engine_of_another_size_is_refused() => Assert.That(
        Violations(planner => planner.PrefillEngine = new EngineOptions { Tp = 2, AttentionDp = 2 }),
        Is.EqualTo(new[] { "Nvml:Prefill:GpusPerReplica is 2, and the planner's engine has 4 GPUs (tp · pp · attentionDp); they must be the same." }));

    [Test]
    public void Roles_of_another_mode_are_refused() => Assert.That(
        Violations(planner => planner.Mode = DeploymentMode.Aggregated),
        Is.EqualTo(new[] { "Nvml has GPUs for Prefill and Decode, and the planner's mode is agg: Nvml:Aggregated alone is needed." }));

    [Test]
    public void A_policy_that_stops_engines_is_refused() =>
        Assert.That(Violations(planner => planner.OverBudgetPolicy = OverBudgetPolicy.ScaleDown), Has.Exactly(1).Items.And.One.StartsWith("overBudgetPolicy is ScaleDown"));

    [Test]
    public void Another_deployment_s_options_are_none_of_its_business() =>
        Assert.That(new NvmlPlannerRules("a", Machine()).Validate("b", new PowerPlannerOptions()).Skipped, Is.True);

    private static List<string> Violations(Action<PowerPlannerOptions> change)
    {
        var planner = new PowerPlannerOptions
        {
            PrefillEngine = new EngineOptions { Tp = 2 },
            DecodeEngine = new EngineOptions(),
            PrefillMinEndpoint = 1,
            DecodeMinEndpoint = 3,
            MaxReplicas = 3,
            MaxGpuBudget = 5,
            OverBudgetPolicy = OverBudgetPolicy.TightenCaps,
        };
        change(planner);
        return [.. new NvmlPlannerRules("", Machine()).Violations(planner)];
    }

    private static NvmlOptions Machine() => new() { Prefill = Role(2, gpusPerReplica: 2), Decode = Role(3) };

    private static NvmlRoleOptions Role(int gpus, int gpusPerReplica = 1) => new() { Gpus = [.. Enumerable.Range(0, gpus).Select(gpu => $"GPU-{gpu}")], GpusPerReplica = gpusPerReplica };
}
