using PowerPlanner.Control;
using PowerPlanner.Facility;

namespace PowerPlanner.Tests.Readme;

// begin
/// <summary>A controller's share: the budget of its next tick; in force when that tick is over and what it charges has come down to it.</summary>
internal sealed class ControllerBudget(PowerPlannerController controller) : IFacilityBudget
{
    public ValueTask OrderAsync(long watts, CancellationToken cancellationToken)
    {
        controller.UpdateBudget(Math.Max(1, watts));       // no replica draws 1 W: nothing runs
        return default;
    }

    public ValueTask<long?> ReadInForceAsync(CancellationToken cancellationToken)
    {
        var status = controller.Status;
        if (!status.IsFleetKnown)
        {
            return new((long?)null);                       // what runs is not known yet: nothing rises on its account
        }

        var budget = status.BudgetWatts ?? long.MaxValue;  // unbounded, until the first order comes into force
        return new(Math.Max(budget == 1 ? 0 : budget, status.LedgerWatts));
    }
}
// end
