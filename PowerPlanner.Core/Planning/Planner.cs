namespace PowerPlanner.Planning;

/// <summary>
/// The way in: the best plan of a problem. Pure and synchronous; the same problem gives the same answer. Whatever a performance model
/// throws becomes <see cref="InfeasibleReason.ModelFailed"/>; only cancellation passes through.
/// </summary>
public static class Planner
{
    /// <summary>Sweeps the models and finds the best plan.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="cancellationToken">Polled between two questions to a model.</param>
    /// <exception cref="ArgumentException">The problem is invalid; see <see cref="PlanningProblem.Validate"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static PlanResult Plan(PlanningProblem problem, CancellationToken cancellationToken = default) => Prepare(problem, cancellationToken).Plan();

    /// <summary>
    /// Sweeps the models once and keeps what limits and corrections do not touch, so that planning again takes microseconds. A model that
    /// fails does not throw here: every plan of the result is then infeasible with its reason.
    /// </summary>
    /// <param name="problem">The problem; its limits and corrections are those of <see cref="PreparedPlanner.Plan()"/>.</param>
    /// <param name="cancellationToken">Polled between two questions to a model.</param>
    /// <exception cref="ArgumentException">The problem is invalid; see <see cref="PlanningProblem.Validate"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static PreparedPlanner Prepare(PlanningProblem problem, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        problem.Validate();
        return new PreparedPlanner(problem, cancellationToken);
    }
}
