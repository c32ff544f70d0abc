using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

/// <summary>What decides how a loop behaves, and never changes while it runs.</summary>
/// <param name="Deployment">Name of the deployment; frontends are asked at instants that it decides.</param>
/// <param name="Options">The options.</param>
/// <param name="IsFenced">Whether the actuator fences caps by revision.</param>
internal sealed record LoopRules(string Deployment, ControlOptions Options, bool IsFenced)
{
    public FeedbackOptions Feedback { get; } = Options.ToFeedback();

    /// <summary>How long a cap that was replaced may still come.</summary>
    public TimeSpan CapSettleTime => IsFenced ? TimeSpan.Zero : Options.CapSettleTime;
}
