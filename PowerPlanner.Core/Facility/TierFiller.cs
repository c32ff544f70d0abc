namespace PowerPlanner.Facility;

/// <summary>
/// The identical deployments at the break. Moving one of them along the choices that lose nothing at the price of a watt is worth the price
/// of the watts it takes, so however the others end, as many such moves as fit are best: they need no branching.
/// </summary>
internal sealed class TierFiller
{
    private readonly int[] _ladder;

    /// <param name="choices">Choices of one member.</param>
    /// <param name="losses">What each choice loses at the price of a watt.</param>
    /// <param name="from">Lower end of the step at the break.</param>
    /// <param name="to">Upper end of it.</param>
    /// <param name="nothing">A loss of at most this is none.</param>
    public TierFiller(FacilityChoices choices, double[] losses, int from, int to, double nothing)
    {
        int[] free = [.. Enumerable.Range(0, losses.Length).Where(k => losses[k] <= nothing || k == from || k == to)];
        _ladder = IsEven(choices.Watts, free) ? free : [from, to];
        StepWatts = choices.Watts[_ladder[1]] - choices.Watts[_ladder[0]];
        StepValue = (choices.Values[_ladder[^1]] - choices.Values[_ladder[0]]) / Steps;
    }

    /// <summary>Choice of a member that takes no step.</summary>
    public int Bottom => _ladder[0];

    /// <summary>Choice of a member that takes all steps.</summary>
    public int Top => _ladder[^1];

    /// <summary>Steps that one member can take.</summary>
    public int Steps => _ladder.Length - 1;

    public long StepWatts { get; }

    public double StepValue { get; }

    public bool Has(int choice) => Array.IndexOf(_ladder, choice) >= 0;

    public int After(int steps) => _ladder[steps];

    private static bool IsEven(long[] watts, int[] choices)
    {
        for (var k = 2; k < choices.Length; k++)
        {
            if (watts[choices[k]] - watts[choices[k - 1]] != watts[choices[1]] - watts[choices[0]])
            {
                return false;
            }
        }

        return true;
    }
}
