using PowerPlanner.Control.Sweeps;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Control.Sweeps;

internal sealed class InfeasibilityTests
{
    private static readonly Infeasibility First = new(InfeasibleReason.PowerBudgetInfeasible, "1,000 W of 2,000 W", 2000, 16);

    private static readonly TestCaseData[] Others =
    [
        new TestCaseData(First with { Detail = "999 W of 2,000 W" }, true).SetArgDisplayNames("other words"),
        new TestCaseData(First with { Reason = InfeasibleReason.GpuBudgetInfeasible }, false).SetArgDisplayNames("another reason"),
        new TestCaseData(First with { MinimumBudgetWatts = 2001 }, false).SetArgDisplayNames("another budget that would do"),
        new TestCaseData(First with { MinimumGpus = null }, false).SetArgDisplayNames("other GPUs that would do"),
        new TestCaseData(null, false).SetArgDisplayNames("none before"),
    ];

    [TestCaseSource(nameof(Others))]
    public void An_answer_is_like_another_whose_reason_and_numbers_are_the_same(object? other, bool expected) =>
        Assert.That(First.IsLike((Infeasibility?)other), Is.EqualTo(expected));
}
