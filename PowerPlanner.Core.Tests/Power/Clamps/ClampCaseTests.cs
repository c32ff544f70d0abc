using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Tests.Power.Clamps;

internal sealed class ClampCaseTests
{
    private static readonly ClampRole Role = new(1, 250);

    [TestCase(-1, 1, 1, 1, "proposed.Prefill")]
    [TestCase(1, -1, 1, 1, "proposed.Decode")]
    [TestCase(1, 1, -1, 1, "current.Prefill")]
    [TestCase(1, 1, 1, -1, "current.Decode")]
    public void Negative_counts_are_refused_by_name(int prefill, int decode, int currentPrefill, int currentDecode, string name)
    {
        Assert.That(
            () => new ClampCase(new(prefill, decode), new(currentPrefill, currentDecode), Role, Role),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.StartsWith($"{name} is -1"));
    }

    [Test]
    public void A_case_needs_both_roles()
    {
        Assert.That(() => new ClampCase(default, default, null!, Role), Throws.ArgumentNullException);
        Assert.That(() => new ClampCase(default, default, Role, null!), Throws.ArgumentNullException);
    }

    [TestCase(0, null, null, 0)]
    [TestCase(-5, null, null, 0)]
    [TestCase(100, -1, null, 0)]
    [TestCase(100, null, -1, 0)]
    [TestCase(100, null, null, -1)]
    public void Impossible_budgets_are_refused(int budget, int? maxGpus, int? minGpus, int nonGpuWatts)
    {
        Assert.That(() => new ClampCase(default, default, Role, Role, budget, maxGpus, minGpus, nonGpuWatts), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_floor_above_the_ceiling_is_refused_with_both_numbers()
    {
        Assert.That(() => new ClampCase(default, default, Role, Role, 100, 8, 9), Throws.ArgumentException.With.Message.Contains("9").And.Message.Contains("8"));
    }

    [Test]
    public void A_replica_of_more_watts_than_the_arithmetic_holds_is_refused()
    {
        Assert.That(() => new ClampCase(default, default, Role, new(3, 1_000_000_000)), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("3000000000 W"));
    }

    [TestCase(-1, 250, 1)]
    [TestCase(1, 0, 1)]
    [TestCase(null, 0, 1)]
    [TestCase(1, 250, 0)]
    [TestCase(0, -1, 1)]
    public void An_impossible_role_is_refused(int? gpus, int capWatts, int minEndpoint)
    {
        Assert.That(() => new ClampRole(gpus, capWatts, minEndpoint), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void An_absent_role_has_neither_GPUs_nor_a_cap() => Assert.That(ClampRole.Absent, Is.EqualTo(new ClampRole(0, 0)));

    [Test]
    public void An_undefined_policy_is_refused()
    {
        Assert.That(() => new ClampCase(default, default, Role, Role, policy: (ClampPolicy)7), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.StartsWith("The policy is 7; it must be Pair or Staged."));
    }

    [TestCase(ClampReason.None, null)]
    [TestCase(ClampReason.GpuBudgetClamped, "gpu_budget_clamped")]
    [TestCase(ClampReason.PowerBudgetClamped, "power_budget_clamped")]
    [TestCase(ClampReason.PowerRebalanceStaged, "power_rebalance_staged")]
    [TestCase(ClampReason.PowerBudgetScaleUpSuppressed, "power_budget_scale_up_suppressed")]
    [TestCase(ClampReason.PowerBudgetInfeasible, "power_budget_infeasible")]
    public void Reasons_have_the_names_of_the_contract(ClampReason reason, string? name)
    {
        Assert.That(ClampReasonNames.Of(reason), Is.EqualTo(name));
    }
}
