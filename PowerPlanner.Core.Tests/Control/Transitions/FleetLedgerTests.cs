using PowerPlanner.Control;
using PowerPlanner.Control.Transitions;

namespace PowerPlanner.Tests.Control.Transitions;

/// <summary>One prefill replica of 8 GPUs at 400 W, 3200 W; two decode replicas of 4 GPUs at 300 W, 2400 W.</summary>
internal sealed class FleetLedgerTests
{
    private static readonly RoleLedger Prefill = new() { Role = FleetRole.Prefill, PlannedGpusPerReplica = 8, UnknownCapWatts = 700 };
    private static readonly RoleLedger Decode = new() { Role = FleetRole.Decode, PlannedGpusPerReplica = 4, UnknownCapWatts = 700 };
    private static readonly RoleState DecodeState = new() { Ready = 2, EffectiveCapWatts = 300 };

    [Test]
    public void A_fleet_is_known_once_every_role_has_been_read()
    {
        var ledger = new FleetLedger { First = Prefill.Accepting(new RoleState { Ready = 1 }), Second = Decode, Count = 2 };
        Assert.That(ledger.IsKnown, Is.False);

        ledger = ledger.With(1, Decode.Accepting(new RoleState { Ready = 1 }));
        Assert.That(ledger.IsKnown, Is.True);
    }

    [TestCase(null, false)]
    [TestCase(5600L, false)]
    [TestCase(5599L, true)]
    public void Only_a_charge_above_the_budget_is_over_it(long? budgetWatts, bool expected)
    {
        var ledger = Fleet(budgetWatts);

        Assert.That(ledger.ChargedWatts, Is.EqualTo(5600));
        Assert.That(ledger.IsOverBudget, Is.EqualTo(expected));
    }

    [Test]
    public void The_peak_is_the_highest_charge_that_was_noted_since_the_reset()
    {
        var ledger = Fleet().WithoutPeak();

        ledger = ledger.Sending(new FleetCommand(1, CommandKind.SetReplicas, 3, 1));
        ledger = ledger.Settled(1, ledger.Second.Answered(CommandKind.SetReplicas, 1, 2, TimeSpan.Zero, TimeSpan.Zero, DecodeState with { Ready = 1, Revision = 2 }));

        Assert.That((ledger.PeakWatts, ledger.Revision), Is.EqualTo((6800L, 2L)));
        Assert.That(ledger.WithoutPeak().PeakWatts, Is.EqualTo(4400));
    }

    [TestCase(8000L, 300, 4)]
    [TestCase(7999L, 300, 3)]
    [TestCase(8000L, 400, 3)]
    [TestCase(8000L, 200, 4)]
    [TestCase(1000L, 300, 1)]
    [TestCase(null, 300, 9)]
    [Property("Rule", "LIB-12.6-b")]
    [Property("Rule", "LIB-13.2-d")]
    public void A_role_may_have_as_many_replicas_as_the_watts_beside_the_other_roles_pay_for(long? budgetWatts, int finalCapWatts, int expected) =>
        Assert.That(Fleet(budgetWatts).MostReplicas(1, wanted: 9, finalCapWatts), Is.EqualTo(expected));

    [TestCase(20L, 3)]
    [TestCase(19L, 2)]
    [TestCase(7L, 0)]
    public void A_role_may_have_as_many_replicas_as_there_are_GPUs_beside_the_other_roles(long gpus, int expected)
    {
        var ledger = Fleet() with { GpuBudget = gpus };

        Assert.That(ledger.MostReplicas(1, wanted: 9, finalCapWatts: 300), Is.EqualTo(expected));
    }

    [Test]
    public void Replicas_that_drain_take_the_place_of_others()
    {
        var ledger = Fleet(budgetWatts: 8000).With(1, Decode.Accepting(DecodeState with { Ready = 1, Terminating = 1 }));

        Assert.That(ledger.MostReplicas(1, wanted: 9, finalCapWatts: 300), Is.EqualTo(3));

        ledger = ledger with { BudgetWatts = null, GpuBudget = 20 };
        Assert.That(ledger.MostReplicas(1, wanted: 9, finalCapWatts: 300), Is.EqualTo(2));
    }

    [TestCase(null, 700, true)]
    [TestCase(6400L, 400, true)]
    [TestCase(6399L, 400, false)]
    [TestCase(5600L, 200, true)]
    public void A_cap_is_allowed_where_every_replica_fits_under_it_beside_the_other_roles(long? budgetWatts, int capWatts, bool expected) =>
        Assert.That(Fleet(budgetWatts).Allows(1, capWatts), Is.EqualTo(expected));

    [TestCase(7200L, 400, true)]
    [TestCase(7199L, 400, false)]
    [TestCase(7200L, 501, false)]
    public void A_role_that_draws_more_than_its_cap_is_charged_what_it_draws_under_any_other_cap_too(long budgetWatts, int capWatts, bool expected)
    {
        var ledger = Fleet(budgetWatts).With(1, Decode.Accepting(DecodeState) with { ChargeFloorWatts = 500 });

        Assert.That(ledger.Allows(1, capWatts), Is.EqualTo(expected));
    }

    private static FleetLedger Fleet(long? budgetWatts = null) => new()
    {
        First = Prefill.Accepting(new RoleState { Ready = 1, EffectiveCapWatts = 400 }),
        Second = Decode.Accepting(DecodeState),
        Count = 2,
        BudgetWatts = budgetWatts,
    };
}
