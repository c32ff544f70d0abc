using System.Diagnostics;

namespace PowerPlanner.Diagnostics;

/// <summary>The planner's traces: one activity source, three kinds of activity. docs/events.md lists names and tags.</summary>
internal static class PlannerActivity
{
    /// <summary>One tick: observe, learn, look for drift, perhaps plan and act. Parent of the others.</summary>
    public const string Tick = "powerplanner.tick";

    /// <summary>One search for the best plan, the model's answers included.</summary>
    public const string Sweep = "powerplanner.sweep";

    /// <summary>One step of a transition: one command to the actuator.</summary>
    public const string Step = "powerplanner.step";

    /// <summary>Name of the deployment; on every activity.</summary>
    public const string DeploymentTag = "powerplanner.deployment";

    /// <summary>State of the loop after the tick; on ticks.</summary>
    public const string StateTag = "powerplanner.state";

    /// <summary>What made the tick sweep, signals separated by commas; on ticks that sweep.</summary>
    public const string TriggerTag = "powerplanner.trigger";

    /// <summary><c>ok</c>, <c>infeasible</c> or <c>failed</c>; on sweeps.</summary>
    public const string OutcomeTag = "powerplanner.outcome";

    /// <summary>What a command does: <c>setCap</c>, <c>setReplicas</c> or <c>setThresholds</c>; on steps.</summary>
    public const string CommandTag = "powerplanner.command.kind";

    /// <summary>The role or the frontend that a command is for; on steps.</summary>
    public const string TargetTag = "powerplanner.command.target";

    /// <summary>The cap in watts or the replica count; on steps that set one.</summary>
    public const string ValueTag = "powerplanner.command.value";

    private static readonly ActivitySource Source = new(PlannerInstruments.ActivitySourceName, typeof(PlannerActivity).Assembly.GetName().Version?.ToString(3));

    /// <summary>Starts an activity; it ends when the span is disposed. Costs nothing while no one listens. Never throws.</summary>
    public static PlannerSpan Start(string name, string deployment)
    {
        var parent = Activity.Current;
        try
        {
            var activity = Source.StartActivity(name);
            activity?.SetTag(DeploymentTag, deployment);
            return new PlannerSpan(activity);
        }
        catch (Exception)
        {
            // A listener's failure is not the planner's; what it was told of must not become the parent of what follows.
            Activity.Current = parent;
            return default;
        }
    }
}
