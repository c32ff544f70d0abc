namespace PowerPlanner.Facility;

/// <summary>
/// A tier's relaxation: deployments may take any point between two neighbours on the concave hull of their choices. Its optimum is the
/// greedy walk along all hulls in order of value per watt; the step that no longer fits sets the price of a watt, and value less price
/// bounds every division.
/// </summary>
internal sealed class TierRelaxation
{
    private readonly List<Step> _steps = [];
    private readonly TierGroup[] _groups;

    public TierRelaxation(TierGroup[] groups, long budgetWatts)
    {
        _groups = groups;
        Counts = Array.ConvertAll(groups, group => new int[group.Choices.Watts.Length]);
        for (var g = 0; g < groups.Length; g++)
        {
            Counts[g][0] = groups[g].Members.Length;
            UsedWatts += groups[g].Members.Length * groups[g].Choices.Watts[0];
            AddSteps(g);
        }

        _steps.Sort((a, b) => a.Slope != b.Slope ? b.Slope.CompareTo(a.Slope) : a.Group != b.Group ? a.Group.CompareTo(b.Group) : a.From.CompareTo(b.From));
        foreach (var step in _steps)
        {
            var watts = groups[step.Group].Choices.Watts;
            var needed = watts[step.To] - watts[step.From];
            var takers = (int)Math.Min(Counts[step.Group][step.From], (budgetWatts - UsedWatts) / needed);
            if (takers < Counts[step.Group][step.From] && BreakGroup < 0)
            {
                (BreakGroup, BreakFrom, BreakTo, Price) = (step.Group, step.From, step.To, step.Slope);
            }

            Counts[step.Group][step.From] -= takers;
            Counts[step.Group][step.To] += takers;
            UsedWatts += takers * needed;
        }

        for (var g = 0; g < groups.Length; g++)
        {
            for (var k = 0; k < Counts[g].Length; k++)
            {
                Value += Counts[g][k] * groups[g].Choices.Values[k];
            }
        }
    }

    /// <summary>Value of a watt at the break; 0 where everything fits.</summary>
    public double Price { get; }

    /// <summary>Group of the step that did not fit for all its members, or -1.</summary>
    public int BreakGroup { get; } = -1;

    public int BreakFrom { get; }

    public int BreakTo { get; }

    /// <summary>The greedy division: by group, how many members take each choice.</summary>
    public int[][] Counts { get; }

    public long UsedWatts { get; }

    public double Value { get; }

    private void AddSteps(int g)
    {
        var hull = new List<int>();
        for (var k = 0; k < _groups[g].Choices.Watts.Length; k++)
        {
            while (hull.Count > 1 && Slope(g, hull[^2], hull[^1]) <= Slope(g, hull[^1], k))
            {
                hull.RemoveAt(hull.Count - 1);
            }

            hull.Add(k);
        }

        for (var h = 1; h < hull.Count; h++)
        {
            _steps.Add(new Step(Slope(g, hull[h - 1], hull[h]), g, hull[h - 1], hull[h]));
        }
    }

    private double Slope(int g, int from, int to)
    {
        var own = _groups[g].Choices;
        return (own.Values[to] - own.Values[from]) / (own.Watts[to] - own.Watts[from]);
    }

    private readonly record struct Step(double Slope, int Group, int From, int To);
}
