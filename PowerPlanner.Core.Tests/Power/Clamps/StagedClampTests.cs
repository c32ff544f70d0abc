using PowerPlanner.Power.Clamps;
using static PowerPlanner.Tests.Power.Clamps.ClampCases;

namespace PowerPlanner.Tests.Power.Clamps;

internal sealed class StagedClampTests
{
    private const int None = -1;

    private static readonly object[][] Rows =
    [
        ["Q4", 2, 2, 2, 2, 700, 1200, 100_000, 2, 2, ClampReason.None],
        ["Q5", 3, 3, 2, 2, 700, 1200, 5000, 2, 3, ClampReason.PowerBudgetClamped],
        ["Q6", 1, 1, 5, 5, 700, 1200, 100_000, 1, 1, ClampReason.None],
        ["Q7", 4, None, 2, 2, 700, 1200, 5000, 3, None, ClampReason.PowerBudgetClamped],
        ["Q8", 4, None, 1, 5, 700, 1200, 5500, 1, None, ClampReason.PowerBudgetScaleUpSuppressed],
        ["Q9", 4, None, None, 5, 700, 1200, 5500, 0, None, ClampReason.PowerBudgetScaleUpSuppressed],
        ["Q11", 4, 1, 1, 4, 1000, 1000, 5000, 1, 1, ClampReason.PowerRebalanceStaged],
        ["Q11, next tick", 4, None, 1, 1, 1000, 1000, 5000, 4, None, ClampReason.None],
        ["Q12", 5, 5, 4, 1, 1000, 1000, 5000, 4, 1, ClampReason.PowerBudgetClamped],
        ["Q12b", 9, 22, 1, 22, 4, 1, 26, 1, 22, ClampReason.PowerBudgetClamped],
        ["Q13", 4, 1, None, 4, 1000, 1000, 5000, 0, 1, ClampReason.PowerRebalanceStaged],
        ["Q14", 5, 5, 5, 5, 2000, 2000, 1000, 0, 0, ClampReason.PowerBudgetInfeasible],
        ["Q15", 3, 10, 3, 10, 100, 1, 200, 1, 10, ClampReason.PowerBudgetClamped],
        ["Q16", None, None, 10, 10, 700, 1200, 100, None, None, ClampReason.None],
        ["Q20", 4, None, 2, 2, 700, 1200, 6000, 4, None, ClampReason.None],
        ["Q22", 5, None, 2, 2, 700, 1200, 5000, 3, None, ClampReason.PowerBudgetClamped],
        ["Q23", None, 5, 2, 2, 700, 1200, 5000, None, 3, ClampReason.PowerBudgetClamped],
        ["Q25", 2, None, 4, 4, 700, 1200, 5000, 2, None, ClampReason.None],
        ["Rebalance from a state that is over budget", 2, 8, 1, 10, 1000, 1000, 4000, 1, 3, ClampReason.PowerBudgetClamped],
        ["Growth beside a shrinking role that is over budget", 5, 10, 0, 10, 1000, 1000, 4000, 0, 3, ClampReason.PowerBudgetClamped],
    ];

    [TestCaseSource(nameof(Rows))]
    public void Rows_of_the_phase_1_clamp(
        string row, int prefill, int decode, int currentPrefill, int currentDecode, int prefillWatts, int decodeWatts, int budget, int expectedPrefill, int expectedDecode, ClampReason reason)
    {
        var answer = Staged((Opinion(prefill), Opinion(decode)), (Opinion(currentPrefill), Opinion(currentDecode)), prefillWatts, decodeWatts, budget);

        Assert.That((answer.Counts(), answer.Reason), Is.EqualTo(((Opinion(expectedPrefill), Opinion(expectedDecode)), reason)), row);
    }

    [Test]
    public void Q1_watts_are_projected_over_the_roles_that_exist()
    {
        static long Project(int? prefill, int? decode, int? gpus) => BudgetClamp.Apply(new ClampCase(
            new(prefill, decode),
            default,
            new(prefill is null ? 0 : gpus, 700),
            new(decode is null ? 0 : gpus, 1200))).ProjectedWatts;

        Assert.That((Project(2, 3, 1), Project(2, null, 1), Project(null, 3, 1), Project(2, 3, null)), Is.EqualTo((5000L, 1400L, 3600L, 0L)));
    }

    [TestCase(5000, 1, 1, true)]
    [TestCase(1900, 1, 1, true)]
    [TestCase(1899, 1, 1, false)]
    [TestCase(1000, 2, 2, false)]
    [TestCase(2600, 2, 1, true)]
    [TestCase(2599, 2, 1, false)]
    public void Q2_and_Q3_the_minima_fit_or_they_do_not(int budget, int prefillMinimum, int decodeMinimum, bool fits)
    {
        var clampCase = new ClampCase(default, default, new(1, 700, prefillMinimum), new(1, 1200, decodeMinimum), budget);

        Assert.That(clampCase.MinimumFits, Is.EqualTo(fits));
    }

    [Test]
    public void Q2_an_absent_role_needs_nothing()
    {
        Assert.That(new ClampCase(default, default, ClampRole.Absent, new(1, 1200), 2000).MinimumWatts, Is.EqualTo(1200));
    }

    [Test]
    [Property("Defect", "D-34")]
    public void Q10_the_peak_of_a_rebalance_counts_both_roles_at_their_larger_count()
    {
        var answer = Staged((4, 1), (1, 4), 1000, 1000, null);

        Assert.That((answer.ProjectedWatts, answer.PeakWatts), Is.EqualTo((5000L, 8000L)));
    }

    [Test]
    public void Q12_the_peak_is_what_runs()
    {
        Assert.That(Staged((5, 5), (4, 1), 1000, 1000, 5000).PeakWatts, Is.EqualTo(5000));
    }

    [TestCase(400, 1200)]
    [TestCase(300, 900)]
    [Property("Defect", "D-33")]
    public void Q17_and_Q18_a_single_role_is_clamped_too(int watts, int budget)
    {
        var prefillOnly = new ClampCase(new(6, null), new(2, null), new(1, watts), ClampRole.Absent, budget, policy: ClampPolicy.Staged);
        var decodeOnly = new ClampCase(new(null, 6), new(null, 2), ClampRole.Absent, new(1, watts), budget, policy: ClampPolicy.Staged);

        Assert.Multiple(() =>
        {
            Assert.That(BudgetClamp.Apply(prefillOnly), Is.EqualTo(new ClampAnswer(3, null, ClampReason.PowerBudgetClamped, budget, budget)));
            Assert.That(BudgetClamp.Apply(decodeOnly), Is.EqualTo(new ClampAnswer(null, 3, ClampReason.PowerBudgetClamped, budget, budget)));
        });
    }

    [TestCase(5000, 1, ClampReason.PowerBudgetClamped)]
    [TestCase(4999, 2, ClampReason.PowerBudgetScaleUpSuppressed)]
    [TestCase(3000, 2, ClampReason.PowerBudgetScaleUpSuppressed)]
    public void Beside_a_role_without_a_proposal_the_other_takes_what_is_left_or_holds_what_runs(int budget, int expected, ClampReason reason) => Assert.Multiple(() =>
    {
        var besidePrefill = Staged((null, 5), (4, 2), 1000, 1000, budget);
        var besideDecode = Staged((5, null), (2, 4), 1000, 1000, budget);

        Assert.That((besidePrefill.Counts(), besidePrefill.Reason), Is.EqualTo((((int?)null, (int?)expected), reason)));
        Assert.That((besideDecode.Counts(), besideDecode.Reason), Is.EqualTo((((int?)expected, (int?)null), reason)));
    });

    [Test]
    public void A_role_without_a_proposal_counts_as_one_from_1_W_on() => Assert.Multiple(() =>
    {
        // Four replicas of 1 W leave no room for one of 1000 W: two of them run, and hold.
        var besideDecode = Staged((5, null), (2, 4), 1000, 1, 900);
        var besidePrefill = Staged((null, 5), (4, 2), 1, 1000, 900);

        Assert.That((besideDecode.Counts(), besideDecode.Reason), Is.EqualTo((((int?)2, (int?)null), ClampReason.PowerBudgetScaleUpSuppressed)));
        Assert.That((besidePrefill.Counts(), besidePrefill.Reason), Is.EqualTo((((int?)null, (int?)2), ClampReason.PowerBudgetScaleUpSuppressed)));
    });

    [Test]
    public void A_single_GPU_is_raised_to_the_floor() =>
        Assert.That(Staged((null, 1), (null, 1), 400, 400, null, minGpus: 4).Counts(), Is.EqualTo(((int?)null, (int?)4)));

    [Test]
    public void A_single_role_whose_minimum_does_not_fit_ends_at_zero() => Assert.Multiple(() =>
    {
        var prefillOnly = new ClampCase(new(6, null), new(2, null), new(1, 400), ClampRole.Absent, 300, policy: ClampPolicy.Staged);
        var decodeOnly = new ClampCase(new(null, 6), new(null, 2), ClampRole.Absent, new(1, 400), 300, policy: ClampPolicy.Staged);

        Assert.That(BudgetClamp.Apply(prefillOnly), Is.EqualTo(new ClampAnswer(0, null, ClampReason.PowerBudgetInfeasible, 0, 800)));
        Assert.That(BudgetClamp.Apply(decodeOnly), Is.EqualTo(new ClampAnswer(null, 0, ClampReason.PowerBudgetInfeasible, 0, 800)));
    });

    [Test]
    public void A_rebalance_whose_peak_takes_the_whole_budget_goes_ahead() =>
        Assert.That(Staged((3, 1), (1, 3), 1000, 1000, 6000).Counts(), Is.EqualTo(((int?)3, (int?)1)));

    [Test]
    public void A_rebalance_that_takes_the_whole_budget_while_it_is_held_is_staged()
    {
        var answer = Staged((5, 1), (3, 4), 1000, 1000, 4000);

        Assert.That((answer.Counts(), answer.Reason), Is.EqualTo((((int?)3, (int?)1), ClampReason.PowerRebalanceStaged)));
    }

    [Test]
    public void The_power_clamp_follows_the_GPU_floor()
    {
        var clampCase = new ClampCase(new(null, 2), new(null, 2), ClampRole.Absent, new(1, 400), 1200, minGpuBudget: 8, policy: ClampPolicy.Staged);

        Assert.That(BudgetClamp.Apply(clampCase), Is.EqualTo(new ClampAnswer(null, 3, ClampReason.PowerBudgetClamped, 1200, 1200)));
    }

    [Test]
    public void Nothing_changed_means_no_reason_even_where_two_clamps_cancel()
    {
        // The floor asks for 8, the watts allow the 3 that were proposed.
        var clampCase = new ClampCase(new(null, 3), new(null, 3), ClampRole.Absent, new(1, 400), 1200, minGpuBudget: 8, policy: ClampPolicy.Staged);

        Assert.That(BudgetClamp.Apply(clampCase).Reason, Is.EqualTo(ClampReason.None));
    }

    private static int? Opinion(int value) => value == None ? null : value;
}
