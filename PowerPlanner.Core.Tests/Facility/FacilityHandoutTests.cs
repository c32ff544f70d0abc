using CsCheck;
using PowerPlanner.Facility;

namespace PowerPlanner.Tests.Facility;

/// <summary>Handing shares out to deployments that are slow, deaf or broken.</summary>
internal sealed class FacilityHandoutTests
{
    [Test]
    public async Task Shares_fall_first_and_rise_when_the_falls_are_confirmed()
    {
        var (a, b) = (new SlowBudget(60), new SlowBudget(20));
        var handout = Of(("a", a), ("b", b));
        FacilityShare[] shares = [new("a", 30, 1), new("b", 40, 1)];

        Assert.That(await handout.AdvanceAsync(shares, 70), Is.EqualTo(new[] { "a", "b" }));
        Assert.That((a.Ordered, b.Ordered), Is.EqualTo((30L, 20L)), "Falls only.");
        a.Confirm();
        Assert.That(await handout.AdvanceAsync(shares, 70), Is.EqualTo(new[] { "b" }));
        Assert.That(b.Ordered, Is.EqualTo(40));
        b.Confirm();
        Assert.That(await handout.AdvanceAsync(shares, 70), Is.Empty);
    }

    [Test]
    public async Task Nothing_rises_while_a_fall_is_never_confirmed()
    {
        var (a, b) = (new SlowBudget(60), new SlowBudget(20));
        var handout = Of(("a", a), ("b", b));
        for (var round = 0; round < 20; round++)
        {
            Assert.That(await handout.AdvanceAsync([new("a", 30, 1), new("b", 40, 1)], 70), Is.EqualTo(new[] { "a", "b" }));
        }

        Assert.That(b.Ordered, Is.EqualTo(20));
    }

    [Test]
    public async Task A_rise_under_way_is_in_force_for_the_next_division()
    {
        var (a, b) = (new SlowBudget(10), new SlowBudget(10));
        var handout = Of(("a", a), ("b", b));
        await handout.AdvanceAsync([new("a", 50, 1), new("b", 10, 1)], 60);
        Assert.That(a.Ordered, Is.EqualTo(50));

        // It has not answered, and may take the 50 W at any moment.
        await handout.AdvanceAsync([new("a", 10, 1), new("b", 50, 1)], 60);

        Assert.That((a.Ordered, b.Ordered), Is.EqualTo((10L, 10L)));
    }

    [Test]
    public async Task An_order_that_may_have_been_lost_counts_until_another_one_arrives()
    {
        var (a, b) = (new SlowBudget(10), new SlowBudget(10));
        var handout = Of(("a", a), ("b", b));
        a.IsDeaf = true;
        await handout.AdvanceAsync([new("a", 50, 1), new("b", 10, 1)], 60);
        await handout.AdvanceAsync([new("a", 10, 1), new("b", 50, 1)], 60);
        await handout.AdvanceAsync([new("a", 10, 1), new("b", 50, 1)], 60);
        Assert.That(b.Ordered, Is.EqualTo(10), "The 50 W may yet reach a.");

        a.IsDeaf = false;
        await handout.AdvanceAsync([new("a", 10, 1), new("b", 50, 1)], 60);
        await handout.AdvanceAsync([new("a", 10, 1), new("b", 50, 1)], 60);

        Assert.That(b.Ordered, Is.EqualTo(50));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Nothing_rises_while_a_deployment_cannot_be_read_and_falls_go_on(bool throws)
    {
        var (a, b, c) = (new SlowBudget(60), new SlowBudget(20), new SlowBudget(30));
        c.IsUnreadable = true;
        c.Throws = throws;
        var handout = Of(("a", a), ("b", b), ("c", c));
        await handout.AdvanceAsync([new("a", 30, 1), new("b", 40, 1), new("c", 30, 1)], 110);
        a.Confirm();

        Assert.That(await handout.AdvanceAsync([new("a", 30, 1), new("b", 40, 1), new("c", 30, 1)], 110), Is.EqualTo(new[] { "b", "c" }));
        Assert.That((a.Ordered, b.Ordered, c.Ordered), Is.EqualTo((30L, 20L, 30L)));
    }

    [Test]
    public void What_may_be_drawn_falls_or_fits_whatever_is_lost_or_late() => Gen.Select(Gen.Int[2, 5], Gen.Int[0, 1_000_000]).Holds(
        (count, seed) =>
        {
            var random = new Random(seed);
            var budgets = Enumerable.Range(0, count).Select(_ => new SlowBudget(random.Next(50))).ToArray();
            var handout = Of([.. budgets.Select((own, i) => ($"d{i}", own))]);
            var shares = Array.Empty<FacilityShare>();
            var budget = 0L;
            for (var round = 0; round < 30; round++)
            {
                if (round % 10 == 0)
                {
                    shares = [.. budgets.Select((_, i) => new FacilityShare($"d{i}", random.Next(50), 1))];
                    budget = shares.Sum(share => share.Watts);
                }

                var before = budgets.Sum(own => own.Most);
                foreach (var own in budgets)
                {
                    (own.IsDeaf, own.IsUnreadable, own.Throws) = (random.Next(4) == 0, random.Next(6) == 0, random.Next(2) == 0);
                }

                var pending = handout.AdvanceAsync(shares, budget);
                if (!pending.IsCompletedSuccessfully || (budgets.Sum(own => own.Most) > before && budgets.Sum(own => own.Most) > budget))
                {
                    return false;
                }

                foreach (var own in budgets.Where(_ => random.Next(2) == 0))
                {
                    own.Confirm();
                }
            }

            for (var round = 0; round < 6; round++)
            {
                foreach (var own in budgets)
                {
                    (own.IsDeaf, own.IsUnreadable) = (false, false);
                    own.Confirm();
                }

                if (handout.AdvanceAsync(shares, budget).AsTask().GetAwaiter().GetResult().Count == 0)
                {
                    return budgets.Select(own => own.Most).SequenceEqual(shares.Select(share => share.Watts));
                }
            }

            return false;
        },
        iter: 2_000);

    [Test]
    public void A_deployment_without_a_share_is_named() =>
        Assert.That(async () => await Of(("a", new SlowBudget(1)), ("b", new SlowBudget(1))).AdvanceAsync([new("a", 1, 1)], 2), Throws.ArgumentException.With.Message.Contains("'b' has no share"));

    [Test]
    public void A_share_of_an_unknown_deployment_is_refused() =>
        Assert.That(async () => await Of(("a", new SlowBudget(1))).AdvanceAsync([new("x", 1, 1)], 2), Throws.ArgumentException.With.Message.Contains("'x'; the known ones are a"));

    [Test]
    public void A_second_share_of_a_deployment_is_refused() =>
        Assert.That(async () => await Of(("a", new SlowBudget(1))).AdvanceAsync([new("a", 1, 1), new("a", 1, 1)], 2), Throws.ArgumentException.With.Message.Contains("'a' has two shares"));

    [Test]
    public void A_cancelled_call_orders_nothing()
    {
        var budget = new SlowBudget(1);

        Assert.That(async () => await Of(("a", budget)).AdvanceAsync([new("a", 2, 1)], 2, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(budget.Ordered, Is.EqualTo(1));
    }

    private static FacilityHandout Of(params (string Name, SlowBudget Budget)[] budgets) =>
        new(budgets.Select(own => KeyValuePair.Create<string, IFacilityBudget>(own.Name, own.Budget)));

    /// <summary>A share in memory that takes effect when the test says so.</summary>
    private sealed class SlowBudget(long inForce) : IFacilityBudget
    {
        private long _inForce = inForce;
        private long _mayArrive = inForce;

        /// <summary>Whether orders are lost, or arrive without an answer.</summary>
        public bool IsDeaf { get; set; }

        public bool IsUnreadable { get; set; }

        /// <summary>How it says that it cannot be read.</summary>
        public bool Throws { get; set; }

        public long Ordered { get; private set; } = inForce;

        /// <summary>The most that can be drawn until the next order, whatever arrives when.</summary>
        public long Most => Math.Max(_inForce, _mayArrive);

        public ValueTask OrderAsync(long watts, CancellationToken cancellationToken)
        {
            if (IsDeaf)
            {
                _mayArrive = Math.Max(_mayArrive, watts);
                throw new TimeoutException("No answer.");
            }

            (Ordered, _mayArrive) = (watts, watts);
            return default;
        }

        public ValueTask<long?> ReadInForceAsync(CancellationToken cancellationToken) =>
            !IsUnreadable ? new(_inForce) : Throws ? throw new TimeoutException("No answer.") : new((long?)null);

        /// <summary>The latest order takes effect.</summary>
        public void Confirm() => _inForce = Ordered;
    }
}
