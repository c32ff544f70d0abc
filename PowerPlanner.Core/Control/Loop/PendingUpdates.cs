using PowerPlanner.Planning;

namespace PowerPlanner.Control.Loop;

/// <summary>What others have told the controller since its last tick. Thread-safe; nothing waits in it.</summary>
internal sealed class PendingUpdates
{
    private readonly Lock _lock = new();
    private bool _hasBudget;
    private long? _budget;
    private PlanningProblem? _problem;
    private bool _reset;

    public void SetBudget(long? watts)
    {
        lock (_lock)
        {
            _hasBudget = true;
            _budget = watts;
        }
    }

    public void SetProblem(PlanningProblem problem)
    {
        lock (_lock)
        {
            _problem = problem;
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            _reset = true;
        }
    }

    /// <summary>Takes a reset that has come since the last call, and leaves the rest for the next tick.</summary>
    public bool TakeReset()
    {
        lock (_lock)
        {
            var reset = _reset;
            _reset = false;
            return reset;
        }
    }

    /// <summary>Takes everything that has come since the last call.</summary>
    public Update Take()
    {
        lock (_lock)
        {
            var update = new Update(_hasBudget, _budget, _problem, _reset);
            _hasBudget = false;
            _problem = null;
            _reset = false;
            return update;
        }
    }

    /// <summary>What has come.</summary>
    internal readonly record struct Update(bool HasBudget, long? BudgetWatts, PlanningProblem? Problem, bool Reset);
}
