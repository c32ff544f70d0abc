using Microsoft.Extensions.Logging;

namespace PowerPlanner.Diagnostics;

internal static partial class PlannerLog
{
    /// <summary>The host's options have another budget: the controller is told.</summary>
    [LoggerMessage(701, LogLevel.Information, "{Deployment}: options changed; budget {OldBudgetWatts} → {NewBudgetWatts} W from the next tick on")]
    public static partial void BudgetTakenOver(this ILogger logger, string deployment, long? oldBudgetWatts, long? newBudgetWatts);

    /// <summary>Options changed that a running planner does not take over.</summary>
    [LoggerMessage(702, LogLevel.Warning, "{Deployment}: options changed that take effect after a restart only: {Fields}")]
    public static partial void RestartNeeded(this ILogger logger, string deployment, string fields);

    /// <summary>Changed options are invalid: the planner goes on with those that it has.</summary>
    [LoggerMessage(703, LogLevel.Error, "{Deployment}: changed options are refused, the old ones stay: {Detail}")]
    public static partial void OptionsRefused(this ILogger logger, string deployment, string detail);
}
