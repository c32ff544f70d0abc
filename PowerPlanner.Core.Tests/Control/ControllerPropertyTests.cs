using System.Diagnostics;
using System.Globalization;
using PowerPlanner.Control.Loop;
using PowerPlanner.Tests.Control.Chaos;

namespace PowerPlanner.Tests.Control;

/// <summary>
/// Random sequences of everything that can happen to a controller: after each command the promises are held against a ledger that knows
/// nothing of the controller's, and when the storm is over the fleet must come to rest at the plan.
/// </summary>
/// <remarks>A failing sequence is shrunk and printed with its seed. <c>CHAOS_SEED</c>, <c>CHAOS_CASES</c> and <c>CHAOS_MOST</c> set the first seed, how many, and how many failures to look for.</remarks>
internal sealed class ControllerPropertyTests
{
    // A sabotaged order must be found out within these.
    private const int Few = 3000;

    [Test]
    [Property("Rule", "LIB-13.2-a")]
    [Property("Defect", "D-07")]
    public void Whatever_happens_the_charge_keeps_to_the_budget_and_the_fleet_finds_its_plan()
    {
        var first = Setting("CHAOS_SEED", 1);
        var count = Setting("CHAOS_CASES", 20_000);
        var most = Setting("CHAOS_MOST", 1);
        var found = new List<string>();
        var watch = Stopwatch.StartNew();
        for (var seed = first; seed < first + count && found.Count < most; seed++)
        {
            if (ChaosRun.Violation(ChaosCase.Of(seed)) is { } violation)
            {
                var (smallest, why) = ChaosRun.Shrink(seed, violation);
                found.Add($"{why}{Environment.NewLine}{smallest}{Environment.NewLine}journal: {ChaosRun.Record(smallest)}");
            }
        }

        TestContext.Out.WriteLine($"{count / watch.Elapsed.TotalSeconds:F0} sequences/s");
        Assert.That(found, Is.Empty, string.Join(Environment.NewLine + Environment.NewLine, found));
    }

    [TestCase(nameof(Sabotage.RaisesCapsFirst))]
    [TestCase(nameof(Sabotage.CreditsReplicasThatDrain))]
    [TestCase(nameof(Sabotage.IgnoresOpenCommands))]
    [TestCase(nameof(Sabotage.GrowsBeforeCapsAreDown))]
    [Property("Rule", "LIB-13.2-a")]
    public void A_wrong_order_of_steps_is_found_out(string sabotage)
    {
        Action<ControlLoop> sabotaged = sabotage switch
        {
            nameof(Sabotage.RaisesCapsFirst) => Sabotage.RaisesCapsFirst,
            nameof(Sabotage.CreditsReplicasThatDrain) => Sabotage.CreditsReplicasThatDrain,
            nameof(Sabotage.IgnoresOpenCommands) => Sabotage.IgnoresOpenCommands,
            _ => Sabotage.GrowsBeforeCapsAreDown,
        };
        var broken = Enumerable.Range(1, Few).Select(seed => (Seed: seed, Violation: ChaosRun.Violation(ChaosCase.Of(seed), sabotaged))).FirstOrDefault(run => run.Violation?.Contains("the budget", StringComparison.Ordinal) == true);

        TestContext.Out.WriteLine($"{sabotage}, sequence {broken.Seed}: {broken.Violation}");
        Assert.That(broken.Violation, Is.Not.Null);
    }

    private static int Setting(string name, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : usual;
}
