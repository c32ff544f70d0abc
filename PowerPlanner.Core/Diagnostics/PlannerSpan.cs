using System.Diagnostics;

namespace PowerPlanner.Diagnostics;

/// <summary>An activity under way, or none where no one listens. No member throws: a listener's failure is not the planner's.</summary>
internal readonly struct PlannerSpan(Activity? activity) : IDisposable
{
    /// <summary>Whether anyone records the activity: only then is a tag worth making.</summary>
    public bool IsRecorded => activity is { IsAllDataRequested: true };

    /// <summary>Adds a tag.</summary>
    public void Set(string tag, string value) => activity?.SetTag(tag, value);

    /// <summary>Adds a tag.</summary>
    public void Set(string tag, long value) => activity?.SetTag(tag, value);

    /// <summary>Marks the activity as failed.</summary>
    public void Fail(string description) => activity?.SetStatus(ActivityStatusCode.Error, description);

    /// <summary>Ends the activity.</summary>
    public void Dispose()
    {
        try
        {
            activity?.Dispose();
        }
        catch (Exception)
        {
            // As above. What failed was on its way to making the parent current again.
            Activity.Current = activity!.Parent;
        }
    }
}
