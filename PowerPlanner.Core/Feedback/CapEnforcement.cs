namespace PowerPlanner.Feedback;

/// <summary>
/// Whether a side's cap holds, and what a GPU is charged at least while it seems not to. Immutable; <c>default</c> has seen nothing and charges
/// nothing. One for each side; start again from <c>default</c> when the role is empty: it has no caps then that could fail to hold.
/// </summary>
/// <remarks>
/// Two witnesses are heard: the draw, and the limit that a metrics source reports. One reading of a draw above the cap (by more than the meter
/// errs) is an alarm and stops growth; the next that is not ends both. Watts take more: <see cref="Proof"/> fresh windows in a row that agree,
/// and then only what the least of them shows, so that no single reading can take a replica off a plan. As many windows that show cap and
/// witness in agreement lift the charge again. Windows that show nothing of a witness, straddle a change or have no read-back cap neither count
/// nor end a row.
/// </remarks>
internal readonly record struct CapEnforcement
{
    /// <summary>Fresh windows in a row that prove something: two that are wrong alike are rare, and three ticks is how long caps may take.</summary>
    public const int Proof = 3;

    /// <summary>More than any board draws or is limited to, W, where its nameplate is not known.</summary>
    public const double AbsurdWatts = 10_000;

    /// <summary>Whether the last window showed a draw that its cap holds down.</summary>
    public bool IsPowerLimited { get; init; }

    /// <summary>Whether the last draw that was read was above the cap. Outlasts silence, which proves nothing.</summary>
    public bool IsNotEnforced { get; init; }

    /// <summary>What the draws prove a GPU to take, W; 0 = nothing.</summary>
    public int DrawFloorWatts { get; init; }

    /// <summary>What the metered limits prove a GPU to be allowed, W; 0 = nothing.</summary>
    public int LimitFloorWatts { get; init; }

    /// <summary>Draws above the cap, in a row with those to come.</summary>
    public ExcessRun Draws { get; init; }

    /// <summary>Metered limits above the cap, in a row with those to come.</summary>
    public ExcessRun Limits { get; init; }

    /// <summary>Windows in a row whose draw was within its cap and whose metered limit, if there was one, did not contradict it.</summary>
    public int AgreeingDraws { get; init; }

    /// <summary>Windows in a row that agreed about the limit: a metered one that is the cap, or none and a draw within the cap.</summary>
    public int AgreeingLimits { get; init; }

    /// <summary>The least that a GPU of the side is charged, W, whatever its cap; 0 = its cap.</summary>
    public int FloorWatts => Math.Max(DrawFloorWatts, LimitFloorWatts);

    /// <summary>Whether replicas may be added: not under caps that seem not to hold.</summary>
    public bool MayGrow => !IsNotEnforced && FloorWatts == 0;

    /// <summary>Looks at one fresh window.</summary>
    /// <param name="evidence">The window.</param>
    /// <param name="options">The band around a cap (0 = draws are not judged), and how far meters err.</param>
    public CapEnforcement Advance(in CapEvidence evidence, FeedbackOptions options)
    {
        if (evidence.IsStraddled || evidence.CapWatts is not (>= 1 and var cap))
        {
            return this with { IsPowerLimited = false };
        }

        var most = evidence.NameplateWatts is > 0 and var nameplate ? ReadingGuard.AbsurdNameplateFactor * nameplate : AbsurdWatts;
        var draw = Plausible(evidence.WattsPerGpu, 0, most);
        var limit = Plausible(evidence.MeteredLimitWatts, 1, most);
        var reading = PowerReading.Classify(draw, cap, options.PowerLimitedBand, options.MeterAccuracy);

        // Caps are whole watts; a metered limit that is higher by a fraction is the same one.
        bool? isDrawAbove = draw is null ? null : reading == PowerReadingKind.CapNotEnforced;
        bool? isLimitAbove = limit is { } watts ? Threshold.IsAtLeast(watts, cap + 1.0) : null;
        var next = this with
        {
            IsPowerLimited = reading == PowerReadingKind.PowerLimited,
            IsNotEnforced = isDrawAbove ?? IsNotEnforced,
            Draws = Draws.Next(draw, isDrawAbove),
            Limits = Limits.Next(limit, isLimitAbove),
            AgreeingDraws = Agreeing(AgreeingDraws, isDrawAbove, isLimitAbove, isDrawAbove == false),
            AgreeingLimits = Agreeing(AgreeingLimits, isDrawAbove, isLimitAbove, isLimitAbove == false || isDrawAbove == false),
        };
        return next with
        {
            DrawFloorWatts = next.AgreeingDraws == Proof ? 0 : Math.Max(DrawFloorWatts, isDrawAbove == true ? Draws.ProvenBy(draw!.Value) : 0),
            LimitFloorWatts = next.AgreeingLimits == Proof ? 0 : Math.Max(LimitFloorWatts, isLimitAbove == true ? Limits.ProvenBy(limit!.Value) : 0),
        };
    }

    private static double? Plausible(double? watts, double least, double most) => watts is { } value && value >= least && value <= most ? value : null;

    private static int Agreeing(int windows, bool? isDrawAbove, bool? isLimitAbove, bool agrees) =>
        isDrawAbove == true || isLimitAbove == true ? 0 : agrees ? Math.Min(windows + 1, Proof) : windows;
}
