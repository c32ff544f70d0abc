using Microsoft.Extensions.Logging;

namespace PowerPlanner.Diagnostics;

internal static partial class PlannerLog
{
    /// <summary>Charged or measured draw is above the budget.</summary>
    [LoggerMessage(501, LogLevel.Error, "{Deployment}: over budget: {BudgetWatts} W allowed, {LedgerWatts} W charged, {MeasuredWatts:0} W measured; policy {Policy}")]
    public static partial void OverBudget(this ILogger logger, string deployment, long budgetWatts, long ledgerWatts, double? measuredWatts, string policy);

    /// <summary>Draw is still above the budget.</summary>
    [LoggerMessage(502, LogLevel.Error, "{Deployment}: over budget for {Duration}: {BudgetWatts} W allowed, {LedgerWatts} W charged, {MeasuredWatts:0} W measured")]
    public static partial void StillOverBudget(this ILogger logger, string deployment, TimeSpan duration, long budgetWatts, long ledgerWatts, double? measuredWatts);

    /// <summary>Draw is within the budget again.</summary>
    [LoggerMessage(503, LogLevel.Information, "{Deployment}: within the budget again after {Duration}: {BudgetWatts} W allowed, {LedgerWatts} W charged")]
    public static partial void WithinBudget(this ILogger logger, string deployment, TimeSpan duration, long? budgetWatts, long ledgerWatts);

    /// <summary>A new budget takes effect.</summary>
    [LoggerMessage(504, LogLevel.Information, "{Deployment}: budget {OldBudgetWatts} → {NewBudgetWatts} W")]
    public static partial void BudgetChanged(this ILogger logger, string deployment, long? oldBudgetWatts, long? newBudgetWatts);
}
