using System.Collections.Concurrent;
using CsCheck;

namespace PowerPlanner.Tests;

/// <summary>The runner of the properties, itself.</summary>
internal sealed class HoldingTests
{
    private static readonly Gen<int> GenInputs = Gen.Int[0, 1_000_000];

    [Test]
    public void Every_run_draws_the_same_inputs()
    {
        var first = Inputs();

        Assert.That(Inputs(), Is.EqualTo(first));
    }

    [Test]
    public void As_many_inputs_as_asked_for_are_drawn_and_they_differ()
    {
        var inputs = Inputs();
        Assert.That((inputs.Length, inputs.Distinct().Count()), Is.EqualTo((1_000, 1_000)).Or.EqualTo((1_000, 999)));
    }

    [Test]
    public void A_property_that_breaks_for_one_input_in_a_thousand_is_caught_and_its_seed_named() =>
        Assert.That(() => GenInputs.Holds(value => value % 1_000 != 7, iter: 20_000), Throws.TypeOf<CsCheckException>().With.Message.Contains("seed"));

    [Test]
    public void An_exception_is_a_failure() =>
        Assert.That(() => GenInputs.Holds(value => { _ = 1 / (value / 900_000); }, iter: 1_000), Throws.TypeOf<CsCheckException>());

    private static int[] Inputs()
    {
        var inputs = new ConcurrentBag<int>();
        GenInputs.Holds(inputs.Add, iter: 1_000);
        return [.. inputs.Order()];
    }
}
