using CsCheck;
using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Tests.Power.Clamps;

internal sealed class ClampPropertyTests
{
    private static readonly Gen<int?> GenCount = Gen.Frequency((5, Gen.Int[0, 12].Select(count => (int?)count)), (1, Gen.Const((int?)null)));

    private static readonly Gen<ReplicaCounts> GenCounts = Gen.Select(GenCount, GenCount, (prefill, decode) => new ReplicaCounts(prefill, decode));

    private static readonly Gen<ClampRole> GenRole = Gen.Frequency(
        (8, Gen.Select(Gen.Int[1, 4], Gen.Int[1, 30], Gen.Int[1, 4], (gpus, cap, minimum) => new ClampRole(gpus, cap, minimum))),
        (1, Gen.Const(ClampRole.Absent)));

    private static readonly Gen<ClampCase> GenCase = Gen.Select(
        GenCounts,
        GenCounts,
        GenRole,
        GenRole,
        Gen.Int[1, 600],
        Gen.Int[-10, 60],
        Gen.Bool,
        (proposed, current, prefill, decode, budget, ceiling, staged) => new ClampCase(
            proposed, current, prefill, decode, budget, ceiling < 0 ? null : ceiling, policy: staged ? ClampPolicy.Staged : ClampPolicy.Pair));

    [Test]
    [Property("Defect", "D-31")]
    public void No_count_is_raised_above_its_proposal() => GenCase.Holds(
        clampCase =>
        {
            var answer = BudgetClamp.Apply(clampCase);
            return !(answer.Prefill > clampCase.Proposed.Prefill) && !(answer.Decode > clampCase.Proposed.Decode)
                && answer.Prefill.HasValue == clampCase.Proposed.Prefill.HasValue
                && answer.Decode.HasValue == clampCase.Proposed.Decode.HasValue
                && !(answer.Prefill < 0) && !(answer.Decode < 0);
        },
        iter: 100_000);

    [Test]
    public void Budget_and_ceiling_hold_unless_a_role_without_a_proposal_stands_in_the_way() => GenCase.Holds(
        clampCase =>
        {
            var answer = BudgetClamp.Apply(clampCase);
            var fixedWatts = FixedCost(clampCase, clampCase.PrefillReplicaWatts, clampCase.DecodeReplicaWatts);
            var fixedGpus = FixedCost(clampCase, clampCase.Prefill.Gpus!.Value, clampCase.Decode.Gpus!.Value);

            // With a role that may not be touched, staged clamping holds what runs of the other rather than stop it.
            var heldUp = clampCase.Policy == ClampPolicy.Staged && HasUntouchableRole(clampCase) && DoesNotGrow(clampCase, answer);
            return (answer.ProjectedWatts <= clampCase.TotalGpuPowerLimitWatts || heldUp || fixedWatts > clampCase.TotalGpuPowerLimitWatts)
                && (Gpus(clampCase, answer) <= (clampCase.MaxGpuBudget ?? long.MaxValue) || fixedGpus > clampCase.MaxGpuBudget);
        },
        iter: 100_000);

    [Test]
    public void Pair_holds_the_budget_wherever_the_untouched_roles_do() => GenCase.Where(clampCase => clampCase.Policy == ClampPolicy.Pair).Holds(
        clampCase => BudgetClamp.Apply(clampCase).ProjectedWatts
            <= Math.Max(clampCase.TotalGpuPowerLimitWatts!.Value, FixedCost(clampCase, clampCase.PrefillReplicaWatts, clampCase.DecodeReplicaWatts)),
        iter: 50_000);

    [Test]
    [Property("Defect", "D-34")]
    public void Staged_never_peaks_above_the_budget_where_what_runs_fits() => GenCase
        .Where(clampCase => clampCase.Policy == ClampPolicy.Staged && CurrentWatts(clampCase) <= clampCase.TotalGpuPowerLimitWatts)
        .Holds(clampCase => BudgetClamp.Apply(clampCase).PeakWatts <= clampCase.TotalGpuPowerLimitWatts, iter: 100_000);

    [Test]
    public void Staged_never_grows_a_role_while_what_runs_is_over_the_budget() => GenCase
        .Where(clampCase => clampCase.Policy == ClampPolicy.Staged && CurrentWatts(clampCase) > clampCase.TotalGpuPowerLimitWatts)
        .Holds(
            clampCase =>
            {
                var answer = BudgetClamp.Apply(clampCase);
                var grows = answer.Prefill > (clampCase.Current.Prefill ?? 0) && clampCase.Prefill.IsPresent;
                grows |= answer.Decode > (clampCase.Current.Decode ?? 0) && clampCase.Decode.IsPresent;
                return !grows || answer.ProjectedWatts <= clampCase.TotalGpuPowerLimitWatts;
            },
            iter: 100_000);

    [Test]
    public void Clamping_an_answer_again_changes_nothing() => GenCase.Where(clampCase => clampCase.Policy == ClampPolicy.Pair).Holds(
        clampCase =>
        {
            var once = BudgetClamp.Apply(clampCase);
            var twice = BudgetClamp.Apply(new ClampCase(
                new(once.Prefill, once.Decode), clampCase.Current, clampCase.Prefill, clampCase.Decode, clampCase.TotalGpuPowerLimitWatts, clampCase.MaxGpuBudget));
            return twice.Prefill == once.Prefill && twice.Decode == once.Decode && twice.Reason == ClampReason.None
                || FixedCost(clampCase, clampCase.PrefillReplicaWatts, clampCase.DecodeReplicaWatts) > 0;
        },
        iter: 50_000);

    [Test]
    public void More_watts_never_cost_prefill_replicas_nor_turn_a_fit_into_a_misfit() => Gen.Select(GenCase, Gen.Int[0, 200]).Where((clampCase, _) => clampCase.Policy == ClampPolicy.Pair).Holds(
        (clampCase, more) =>
        {
            var small = BudgetClamp.Apply(clampCase);
            var large = BudgetClamp.Apply(new ClampCase(
                clampCase.Proposed, clampCase.Current, clampCase.Prefill, clampCase.Decode, clampCase.TotalGpuPowerLimitWatts + more, clampCase.MaxGpuBudget));
            return (large.Prefill ?? 0) >= (small.Prefill ?? 0)
                && (small.Reason is not (ClampReason.None or ClampReason.GpuBudgetClamped) || large.Reason == small.Reason)
                && (large.Reason != ClampReason.PowerBudgetInfeasible || small.Reason == ClampReason.PowerBudgetInfeasible);
        },
        iter: 50_000);

    [Test]
    public void More_watts_never_cost_replicas_of_a_single_role() => Gen.Select(Gen.Int[0, 20], Gen.Int[0, 20], Gen.Int[1, 50], Gen.Int[1, 600], Gen.Int[0, 200], Gen.Bool).Holds(
        (proposed, current, watts, budget, more, staged) =>
        {
            int Decode(long limit) => BudgetClamp.Apply(new ClampCase(
                new(null, proposed), new(null, current), ClampRole.Absent, new(1, watts), limit, policy: staged ? ClampPolicy.Staged : ClampPolicy.Pair)).Decode!.Value;

            return Decode(budget) <= Decode(budget + more);
        },
        iter: 50_000);

    [Test]
    public void The_closest_pair_is_the_one_that_trying_all_pairs_finds() => Gen.Select(
        Gen.Select(Gen.Int[0, 8], Gen.Int[0, 8]),
        Gen.Select(Gen.Int[0, 14], Gen.Int[0, 14]),
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 12]),
        Gen.Int[0, 150]).Holds(
        (current, way, watts, slack) =>
        {
            var budget = (current.Item1 * watts.Item1) + (current.Item2 * watts.Item2) + slack;
            var proposed = (Prefill: current.Item1 + way.Item1, Decode: current.Item2 + way.Item2);
            if (budget == 0 || (proposed.Prefill * watts.Item1) + (proposed.Decode * watts.Item2) <= budget)
            {
                return true;
            }

            var answer = ClampCases.Staged((proposed.Prefill, proposed.Decode), (current.Item1, current.Item2), watts.Item1, watts.Item2, budget);
            return (answer.Prefill, answer.Decode) == BestOfAllPairs(current, proposed, watts, budget) && answer.Reason == ClampReason.PowerBudgetClamped;
        },
        iter: 30_000);

    [Test]
    public void Growth_beside_a_shrinking_role_waits_for_it() => Gen.Select(
        Gen.Select(Gen.Int[0, 6], Gen.Int[1, 6]),
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 8]),
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 12]),
        Gen.Int[0, 100]).Holds(
        (current, step, watts, slack) =>
        {
            var proposed = (Prefill: current.Item1 + step.Item1, Decode: Math.Max(0, current.Item2 - step.Item2));
            var budget = (current.Item1 * watts.Item1) + (current.Item2 * watts.Item2) + slack;

            var answer = ClampCases.Staged((proposed.Prefill, proposed.Decode), (current.Item1, current.Item2), watts.Item1, watts.Item2, budget);

            return (proposed.Prefill * watts.Item1) + (current.Item2 * watts.Item2) <= budget
                ? answer.Reason == ClampReason.None
                : answer.Reason == ClampReason.PowerRebalanceStaged && answer.Counts() == (current.Item1, proposed.Decode);
        },
        iter: 20_000);

    [Test]
    public void The_GPU_floor_is_reached_or_nothing_is_raised() => Gen.Select(GenCounts, GenRole, GenRole, Gen.Int[0, 60], Gen.Int[0, 60]).Where((_, _, _, floor, ceiling) => floor <= ceiling).Holds(
        (proposed, prefill, decode, floor, ceiling) =>
        {
            var clampCase = new ClampCase(proposed, default, prefill, decode, null, ceiling, floor);
            var answer = BudgetClamp.Apply(clampCase);
            var raised = (answer.Prefill > proposed.Prefill && prefill.IsPresent) || (answer.Decode > proposed.Decode && decode.IsPresent);
            var reached = Gpus(clampCase, answer) >= floor - Math.Max(prefill.Gpus!.Value, decode.Gpus!.Value);
            return !raised || (reached && Gpus(clampCase, answer) <= ceiling);
        },
        iter: 50_000);

    // The stated order, tried on every pair, in exact fractions: distance, skew, progress, prefill, decode.
    private static (int?, int?) BestOfAllPairs((int, int) current, (int Prefill, int Decode) proposed, (int, int) watts, int budget)
    {
        var prefillWay = Math.Max(1, proposed.Prefill - current.Item1);
        var decodeWay = Math.Max(1, proposed.Decode - current.Item2);
        var pairs = from prefill in Enumerable.Range(current.Item1, proposed.Prefill - current.Item1 + 1)
                    from decode in Enumerable.Range(current.Item2, proposed.Decode - current.Item2 + 1)
                    where (prefill * watts.Item1) + (decode * watts.Item2) <= budget
                    let prefillShare = (prefill - current.Item1) * decodeWay
                    let decodeShare = (decode - current.Item2) * prefillWay
                    orderby proposed.Prefill - prefill + proposed.Decode - decode,
                        Math.Abs(prefillShare - decodeShare),
                        -(prefillShare + decodeShare),
                        prefill,
                        decode
                    select ((int?)prefill, (int?)decode);
        return pairs.First();
    }

    private static long CurrentWatts(ClampCase clampCase) =>
        ((clampCase.Current.Prefill ?? 0) * clampCase.PrefillReplicaWatts) + ((clampCase.Current.Decode ?? 0) * clampCase.DecodeReplicaWatts);

    private static long FixedCost(ClampCase clampCase, long prefillCost, long decodeCost) =>
        (clampCase.Proposed.Prefill is null ? (clampCase.Current.Prefill ?? 0) * prefillCost : 0)
        + (clampCase.Proposed.Decode is null ? (clampCase.Current.Decode ?? 0) * decodeCost : 0);

    private static long Gpus(ClampCase clampCase, ClampAnswer answer) =>
        ((answer.Prefill ?? clampCase.Current.Prefill ?? 0) * clampCase.Prefill.Gpus!.Value) + ((answer.Decode ?? clampCase.Current.Decode ?? 0) * clampCase.Decode.Gpus!.Value);

    private static bool HasUntouchableRole(ClampCase clampCase) =>
        (clampCase.Prefill.IsPresent && clampCase.Proposed.Prefill is null) || (clampCase.Decode.IsPresent && clampCase.Proposed.Decode is null);

    private static bool DoesNotGrow(ClampCase clampCase, ClampAnswer answer) =>
        (answer.Prefill is null || answer.Prefill <= (clampCase.Current.Prefill ?? 0)) && (answer.Decode is null || answer.Decode <= (clampCase.Current.Decode ?? 0));
}
