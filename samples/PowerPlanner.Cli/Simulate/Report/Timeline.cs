namespace PowerPlanner.Cli.Simulate.Report;

/// <summary>One simulated run as the report shows it: panels over the same ticks, and what happened when.</summary>
internal sealed record Timeline
{
    public required string Name { get; init; }

    public required string Title { get; init; }

    /// <summary>Whether it went as it should; null where nothing was asked.</summary>
    public bool? Passed { get; init; }

    /// <summary>Label and value of each number that sums the run up.</summary>
    public required IReadOnlyList<(string Label, string Value)> Facts { get; init; }

    /// <summary>What does not hold, in words.</summary>
    public IReadOnlyList<string> Violations { get; init; } = [];

    /// <summary>Length of a tick, s.</summary>
    public required double TickSeconds { get; init; }

    public required int Ticks { get; init; }

    public required IReadOnlyList<TimelinePanel> Panels { get; init; }

    public IReadOnlyList<TimelineMark> Marks { get; init; } = [];
}

/// <summary>Quantities of one unit over time.</summary>
internal sealed record TimelinePanel(string Title, string Unit, IReadOnlyList<TimelineLine> Lines)
{
    /// <summary>Whether the axis starts at 0.</summary>
    public bool FromZero { get; init; } = true;
}

/// <summary>One quantity, a value a tick; NaN and infinities leave a gap.</summary>
internal sealed record TimelineLine(string Name, TimelineStyle Style, IReadOnlyList<double> Values);

/// <summary>How a line is drawn: its colour, and whether it moves in steps or is a bound.</summary>
internal enum TimelineStyle
{
    First,
    Second,
    Third,
    Fourth,
    FirstSteps,
    SecondSteps,
    ThirdSteps,
    Bound,
}

/// <summary>What happened from one tick until another; the same tick twice = a change, which has no length.</summary>
internal sealed record TimelineMark(string Label, int FromTick, int ToTick);
