using PowerPlanner.Power.Clamps;
using static PowerPlanner.Tests.Power.Clamps.ClampCases;

namespace PowerPlanner.Tests.Power.Clamps;

internal sealed class PairClampTests
{
    [TestCase(2, 2, 250, 250, 100_000, 2, 2, ClampReason.None, TestName = "P3_what_fits_passes")]
    [TestCase(4, 4, 250, 250, 1500, 3, 3, ClampReason.PowerBudgetClamped, TestName = "P4_an_even_proposal_shrinks_evenly")]
    [TestCase(4, 4, 250, 250, 400, 0, 0, ClampReason.PowerBudgetInfeasible, TestName = "P7_below_the_minimum_nothing_runs")]
    [TestCase(4, 4, 250, 250, 500, 1, 1, ClampReason.PowerBudgetClamped, TestName = "P8_exactly_the_minimum_fits")]
    [TestCase(0, 0, 250, 250, 100, 0, 0, ClampReason.None, TestName = "P10_nothing_proposed_to_run_passes")]
    [TestCase(3, 3, 250, 250, 1300, 2, 3, ClampReason.PowerBudgetClamped, TestName = "Decode_takes_what_prefill_leaves")]
    [TestCase(6, 3, 900, 600, 5000, 4, 2, ClampReason.PowerBudgetClamped, TestName = "Unequal_replicas_shrink_in_proportion")]
    [TestCase(0, 20, 1000, 300, 4000, 0, 13, ClampReason.PowerBudgetClamped, TestName = "No_prefill_replica_is_invented")]
    [TestCase(5, 0, 1000, 300, 3000, 3, 0, ClampReason.PowerBudgetClamped, TestName = "No_decode_replica_is_invented")]
    public void Tables_of_the_pair_clamp(int prefill, int decode, int prefillWatts, int decodeWatts, int budget, int expectedPrefill, int expectedDecode, ClampReason reason)
    {
        var answer = Pair((prefill, decode), prefillWatts, decodeWatts, budget);

        Assert.That((answer.Counts(), answer.Reason), Is.EqualTo((((int?)expectedPrefill, (int?)expectedDecode), reason)));
    }

    [Test]
    [Property("Defect", "D-31")]
    public void A_minimum_above_the_proposal_is_not_forced_on_it()
    {
        Assert.That(Pair((1, 9), 500, 500, 4000, minimum: 3).Counts(), Is.EqualTo(((int?)1, (int?)7)));
    }

    [Test]
    public void P1_and_P14_without_a_watt_budget_only_the_GPU_clamp_acts()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Pair((4, 4), 250, 250, null).Counts(), Is.EqualTo(((int?)4, (int?)4)));
            Assert.That(Pair((4, 4), 250, 250, null, maxGpus: 6), Is.EqualTo(new ClampAnswer(3, 3, ClampReason.GpuBudgetClamped, 1500, 1500)));
        });
    }

    [TestCase(null, 1)]
    [TestCase(1, null)]
    [TestCase(null, null)]
    public void P2_and_P15_an_unknown_GPU_count_passes_the_whole_case(int? prefillGpus, int? decodeGpus)
    {
        var unknown = new ClampCase(new(4, 4), new(null, null), new(prefillGpus, 250), new(decodeGpus, 250), 500, maxGpuBudget: 2, minGpuBudget: 1);

        var answer = BudgetClamp.Apply(unknown);

        var knownWatts = 4 * 250 * ((prefillGpus ?? 0) + (decodeGpus ?? 0));
        Assert.That(answer, Is.EqualTo(new ClampAnswer(4, 4, ClampReason.None, knownWatts, knownWatts)));
    }

    [Test]
    public void P11_the_GPU_clamp_passes_and_the_watts_do_not()
    {
        Assert.That(Pair((4, 4), 250, 250, 400, maxGpus: 8), Is.EqualTo(new ClampAnswer(0, 0, ClampReason.PowerBudgetInfeasible, 0, 0)));
    }

    [Test]
    public void P12_both_clamps_bite()
    {
        Assert.That(Pair((4, 4), 250, 250, 1300, maxGpus: 6), Is.EqualTo(new ClampAnswer(2, 3, ClampReason.PowerBudgetClamped, 1250, 1250)));
    }

    [Test]
    public void GPU_minima_that_do_not_fit_end_at_zero_with_the_GPU_reason()
    {
        Assert.That(Pair((4, 4), 250, 250, 100_000, maxGpus: 1), Is.EqualTo(new ClampAnswer(0, 0, ClampReason.GpuBudgetClamped, 0, 0)));
    }

    [Test]
    public void A_role_without_an_opinion_is_charged_at_what_runs_and_comes_back_without_one()
    {
        var answer = BudgetClamp.Apply(TwoRoles((5, null), (2, 2), 700, 1200, 5000));

        Assert.That(answer, Is.EqualTo(new ClampAnswer(3, null, ClampReason.PowerBudgetClamped, 4500, 4500)));
    }

    [Test]
    public void A_role_without_an_opinion_that_leaves_no_room_takes_the_other_to_zero()
    {
        var answer = BudgetClamp.Apply(TwoRoles((4, null), (1, 4), 700, 1200, 5000));

        Assert.That(answer, Is.EqualTo(new ClampAnswer(0, null, ClampReason.PowerBudgetInfeasible, 4800, 5500)));
    }

    [Test]
    public void The_GPU_floor_raises_in_proportion_and_rounds_up()
    {
        Assert.That(Pair((1, 2), 100, 100, null, minGpus: 8), Is.EqualTo(new ClampAnswer(3, 6, ClampReason.GpuBudgetClamped, 900, 900)));
    }

    [Test]
    public void Beside_a_ceiling_the_floor_gives_way_by_a_replica()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Pair((3, 4), 100, 100, null, maxGpus: 8, minGpus: 8).Counts(), Is.EqualTo(((int?)3, (int?)4)));
            Assert.That(Pair((3, 3), 100, 100, null, maxGpus: 8, minGpus: 8).Counts(), Is.EqualTo(((int?)4, (int?)4)));
        });
    }

    [Test]
    public void A_floor_that_would_break_the_ceiling_changes_nothing()
    {
        // 3 + 4 = 7 GPUs are below the floor of 12 − 4, but two replicas of each would be 14.
        var clampCase = new ClampCase(new(1, 1), default, new(3, 100), new(4, 100), maxGpuBudget: 12, minGpuBudget: 12);

        var answer = BudgetClamp.Apply(clampCase);

        Assert.That(answer.Counts(), Is.EqualTo(((int?)1, (int?)1)));
    }

    [Test]
    public void The_GPU_floor_leaves_a_role_at_zero()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Pair((0, 0), 100, 100, null, minGpus: 8).Counts(), Is.EqualTo(((int?)0, (int?)0)));
            Assert.That(Pair((0, 2), 100, 100, null, minGpus: 8).Counts(), Is.EqualTo(((int?)0, (int?)8)));
        });
    }

    [Test]
    [Property("Defect", "D-33")]
    public void An_aggregated_deployment_is_one_role()
    {
        var clampCase = new ClampCase(new(0, 6), default, ClampRole.Absent, new(8, 500), 20_000);

        var answer = BudgetClamp.Apply(clampCase);

        Assert.That(answer, Is.EqualTo(new ClampAnswer(0, 5, ClampReason.PowerBudgetClamped, 20_000, 20_000)));
    }

    [Test]
    public void Watts_besides_the_board_are_charged()
    {
        var clampCase = new ClampCase(new(0, 6), default, ClampRole.Absent, new(8, 500), 20_000, nonGpuWattsPerGpu: 125);

        Assert.That(BudgetClamp.Apply(clampCase).Counts(), Is.EqualTo(((int?)0, (int?)4)));
    }

    [Test]
    public void A_case_is_needed() => Assert.That(() => BudgetClamp.Apply(null!), Throws.ArgumentNullException);

    [Test]
    public void Where_the_GPU_ceiling_clamps_and_the_watts_suffice_the_ceiling_is_the_reason() =>
        Assert.That(Pair((6, 2), 100, 100, 10_000, maxGpus: 4).Reason, Is.EqualTo(ClampReason.GpuBudgetClamped));

    [TestCase(24, 1, 2)]
    [TestCase(null, 2, 4)]
    public void Beside_a_ceiling_the_GPU_floor_gives_way_by_a_replica_of_the_larger_role(int? ceiling, int prefill, int decode)
    {
        // 12 GPUs are asked for; the floor of 20 less one prefill replica is 12.
        var clampCase = new ClampCase(new(1, 2), default, new(8, 100), new(2, 100), maxGpuBudget: ceiling, minGpuBudget: 20);

        Assert.That(BudgetClamp.Apply(clampCase).Counts(), Is.EqualTo(((int?)prefill, (int?)decode)));
    }

    [Test]
    public void The_GPU_floor_raises_no_role_without_a_proposal() => Assert.Multiple(() =>
    {
        var besidePrefill = new ClampCase(new(null, 2), new(1, 2), new(1, 100), new(1, 100), minGpuBudget: 10);
        var besideDecode = new ClampCase(new(2, null), new(2, 1), new(1, 100), new(1, 100), minGpuBudget: 10);

        Assert.That(BudgetClamp.Apply(besidePrefill), Is.EqualTo(new ClampAnswer(null, 7, ClampReason.GpuBudgetClamped, 800, 800)));
        Assert.That(BudgetClamp.Apply(besideDecode), Is.EqualTo(new ClampAnswer(7, null, ClampReason.GpuBudgetClamped, 800, 800)));
    });

    [Test]
    public void Nothing_overflows_at_the_largest_numbers()
    {
        const long Budget = long.MaxValue / 2;
        var clampCase = new ClampCase(
            new(int.MaxValue, int.MaxValue), new(int.MaxValue, int.MaxValue), new(1, int.MaxValue), new(int.MaxValue, 1), Budget, minGpuBudget: int.MaxValue);

        var answer = BudgetClamp.Apply(clampCase);

        Assert.Multiple(() =>
        {
            Assert.That(answer.ProjectedWatts, Is.InRange(Budget - int.MaxValue, Budget));
            Assert.That(answer.PeakWatts, Is.EqualTo(2L * int.MaxValue * int.MaxValue));
        });
    }

    [TestCase(ClampPolicy.Pair)]
    [TestCase(ClampPolicy.Staged)]
    public void The_largest_counts_take_no_longer_than_small_ones(ClampPolicy policy)
    {
        var clampCase = new ClampCase(new(int.MaxValue, int.MaxValue), new(0, 0), new(1, 700), new(1, 700), 1_400_000_000_000, policy: policy);

        Assert.That(BudgetClamp.Apply(clampCase).Counts(), Is.EqualTo(((int?)1_000_000_000, (int?)1_000_000_000)));
    }
}
