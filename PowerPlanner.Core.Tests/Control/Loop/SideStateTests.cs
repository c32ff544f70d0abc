using PowerPlanner.Control;
using PowerPlanner.Control.Loop;
using PowerPlanner.Feedback;

namespace PowerPlanner.Tests.Control.Loop;

/// <summary>Which differences between two states make the windows across them worthless.</summary>
internal sealed class SideStateTests
{
    private static readonly RoleState Before = new() { Ready = 2, Starting = 1, EffectiveCapWatts = 400 };
    private static readonly TimeSpan At = TimeSpan.FromMinutes(5);

    private static readonly TestCaseData[] Changes =
    [
        new TestCaseData(Before with { Ready = 3 }, true).SetArgDisplayNames("more replicas"),
        new TestCaseData(Before with { Ready = 1 }, true).SetArgDisplayNames("fewer replicas"),
        new TestCaseData(Before with { EffectiveCapWatts = 401 }, true).SetArgDisplayNames("another cap"),
        new TestCaseData(Before with { EffectiveCapWatts = null }, true).SetArgDisplayNames("a cap that is not known"),
        new TestCaseData(Before with { Starting = 2, Terminating = 1, Revision = 7 }, false).SetArgDisplayNames("what does not serve"),
    ];

    [TestCaseSource(nameof(Changes))]
    public void A_change_of_what_serves_or_of_its_cap_is_noted_and_no_other(RoleState after, bool isNoted)
    {
        var side = default(SideState).Noting(Before, after, At);

        Assert.That(side.Changes.Newest, Is.EqualTo(isNoted ? At : (TimeSpan?)null));
    }

    [Test]
    public void What_is_seen_for_the_first_time_is_no_change()
    {
        var side = default(SideState).Noting(null, Before, At);

        Assert.That(side.Changes, Is.EqualTo(default(SideChanges)));
    }
}
