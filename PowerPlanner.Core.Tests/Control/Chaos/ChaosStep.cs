namespace PowerPlanner.Tests.Control.Chaos;

/// <summary>One event of a sequence. What its numbers mean depends on the action; any numbers are valid, so that steps can be left out at will.</summary>
internal readonly record struct ChaosStep(ChaosAction Action, int A, int B, int C)
{
    public override string ToString() => $"{Action}({A}, {B}, {C})";
}
