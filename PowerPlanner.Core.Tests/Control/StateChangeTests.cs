using PowerPlanner.Control;

namespace PowerPlanner.Tests.Control;

internal sealed class StateChangeTests
{
    [Test]
    [Property("Rule", "LIB-16-f")]
    public async Task Every_change_of_state_is_one_event_and_they_form_a_chain()
    {
        using var bench = new ControlBench(options: new ControlOptions { MaxConsecutiveFailures = 2, HalfOpenAfter = null });
        var changes = new List<(ControllerState From, ControllerState To)>();
        bench.Controller.StateChanged += (_, change) => changes.Add((change.From, change.To));
        var seen = new List<ControllerState> { bench.Controller.Status.State };

        Note(await bench.Start());
        Note(await bench.Ticks(6));
        bench.Controller.UpdateBudget(100);
        Note(await bench.Tick());
        bench.Controller.UpdateBudget(8000);
        Note(await bench.Tick());
        bench.Model.Failure = () => new InvalidOperationException("gone");
        Note(await bench.Controller.ReplanAsync());
        Note(await bench.Controller.ReplanAsync());
        bench.Model.Failure = null;
        bench.Controller.Reset();
        Note(bench.Controller.Status);

        Assert.That(changes.Select(change => change.From), Is.EqualTo(changes.Select(change => change.To).Prepend(ControllerState.Cold).SkipLast(1)), "each begins where the last ended");
        Assert.That(changes.Select(change => change.To), Is.SupersetOf(seen.Skip(1).Distinct()));
        Assert.That(seen, Does.Contain(ControllerState.Infeasible).And.Contain(ControllerState.Failing).And.Contain(ControllerState.Disabled));
        Assert.That(changes.Select(change => change.From == change.To), Is.All.False);

        void Note(ControllerStatus status) => seen.Add(status.State);
    }
}
