using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Tests.Power.Clamps;

/// <summary>Cases as the tables write them: one GPU a replica, so that a cap is a replica's watts.</summary>
internal static class ClampCases
{
    public static ClampCase TwoRoles(
        (int? Prefill, int? Decode) proposed,
        (int? Prefill, int? Decode) current,
        int prefillWatts,
        int decodeWatts,
        long? budget,
        int minimum = 1,
        ClampPolicy policy = ClampPolicy.Pair,
        int? maxGpus = null,
        int? minGpus = null) =>
        new(
            new ReplicaCounts(proposed.Prefill, proposed.Decode),
            new ReplicaCounts(current.Prefill, current.Decode),
            new ClampRole(1, prefillWatts, minimum),
            new ClampRole(1, decodeWatts, minimum),
            budget,
            maxGpus,
            minGpus,
            policy: policy);

    public static ClampAnswer Pair((int?, int?) proposed, int prefillWatts, int decodeWatts, long? budget, int minimum = 1, int? maxGpus = null, int? minGpus = null) =>
        BudgetClamp.Apply(TwoRoles(proposed, (null, null), prefillWatts, decodeWatts, budget, minimum, ClampPolicy.Pair, maxGpus, minGpus));

    public static ClampAnswer Staged((int?, int?) proposed, (int?, int?) current, int prefillWatts, int decodeWatts, long? budget, int minimum = 1, int? maxGpus = null, int? minGpus = null) =>
        BudgetClamp.Apply(TwoRoles(proposed, current, prefillWatts, decodeWatts, budget, minimum, ClampPolicy.Staged, maxGpus, minGpus));

    public static (int?, int?) Counts(this ClampAnswer answer) => (answer.Prefill, answer.Decode);
}
