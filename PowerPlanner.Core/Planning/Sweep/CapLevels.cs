using PowerPlanner.Performance.PowerScaling;
using PowerPlanner.Power;

namespace PowerPlanner.Planning.Sweep;

/// <summary>The grid of caps of one role, and how much longer the role's steps take under them.</summary>
internal sealed class CapLevels
{
    private const int MostLevels = 1024;
    private const double RelativeTolerance = 1e-9;

    private readonly Side? _prefill;
    private readonly Side? _decode;
    private readonly int _decodeCount;

    private CapLevels(int[] watts, Side? prefill, Side? decode, int decodeCount)
    {
        Watts = watts;
        _prefill = prefill;
        _decode = decode;
        _decodeCount = decodeCount;
    }

    /// <summary>Caps, W, highest first.</summary>
    public int[] Watts { get; }

    public static CapLevels? ForPrefill(PlanningProblem problem, DeploymentSweep sweep, GpuPowerLimits? limits) =>
        Create(problem, sweep.PrefillCaps is { } caps ? new Side(sweep.Prefill, caps) : null, null, needsBoth: false, limits);

    public static CapLevels? ForDecode(PlanningProblem problem, DeploymentSweep sweep, GpuPowerLimits? limits) =>
        Create(problem, null, sweep.DecodeCaps is { } caps ? new Side(sweep.Decode, caps) : null, needsBoth: false, limits);

    /// <summary>An engine that runs both phases has a grid where both are known.</summary>
    public static CapLevels? ForAggregated(PlanningProblem problem, DeploymentSweep sweep, GpuPowerLimits? limits) => Create(
        problem,
        sweep.PrefillCaps is { } prefill ? new Side(sweep.Prefill, prefill) : null,
        sweep.DecodeCaps is { } decode ? new Side(sweep.Decode, decode) : null,
        needsBoth: true,
        limits);

    /// <summary>Whether a point of the sweep may run under a cap of the grid: its power must be known.</summary>
    public bool Covers(int index) =>
        _prefill is { } prefill && _decode is { } decode ? prefill.Points.IsPredicted(index / _decodeCount) && decode.Points.IsPredicted(index % _decodeCount)
        : (_prefill ?? _decode!.Value).Points.IsPredicted(index);

    /// <summary>How many times as long the step of a role's point takes under a cap as with none.</summary>
    /// <param name="index">The point's place in the sweep.</param>
    /// <param name="naturalWatts">What it draws with no cap, W.</param>
    /// <param name="capWatts">Cap, W.</param>
    public double Factor(int index, double naturalWatts, int capWatts) => (_prefill ?? _decode!.Value).Factor(index, naturalWatts, capWatts);

    /// <summary>The same of both phases of an aggregated engine.</summary>
    /// <param name="index">The pair's place in the sweep.</param>
    /// <param name="engineWatts">Power that the engine's cap is made from, W: what a phase draws beyond it, its cap takes away anyway.</param>
    /// <param name="powerFactor">Live draw over modelled draw, at least 1.</param>
    /// <param name="capWatts">Cap, W.</param>
    public (double Prefill, double Decode) Factors(int index, double engineWatts, double powerFactor, int capWatts)
    {
        var (p, d) = (index / _decodeCount, index % _decodeCount);
        var (prefill, decode) = (_prefill!.Value, _decode!.Value);
        return (
            prefill.Factor(p, Math.Min(prefill.Points.Watts[p], engineWatts) * powerFactor, capWatts),
            decode.Factor(d, Math.Min(decode.Points.Watts[d], engineWatts) * powerFactor, capWatts));
    }

    private static CapLevels? Create(PlanningProblem problem, Side? prefill, Side? decode, bool needsBoth, GpuPowerLimits? limits)
    {
        if (problem.CapGrid is not { } grid || (needsBoth ? prefill is null || decode is null : prefill is null && decode is null))
        {
            return null;
        }

        var lowest = Math.Max(prefill?.LowestCapWatts ?? 1, decode?.LowestCapWatts ?? 1);
        var most = Math.Max(prefill?.MostWatts ?? 0, decode?.MostWatts ?? 0) * Performance.Corrections.Maximum;
        var first = limits?.MinWatts ?? lowest;
        var last = (int)Math.Min(limits?.MaxWatts ?? int.MaxValue, Math.Min(most, int.MaxValue));
        if (last < first)
        {
            return null;
        }

        var step = Math.Max(grid.StepWatts, (int)Math.Ceiling(((double)last - first) / (MostLevels - 1)));
        var watts = new List<int>();
        for (long cap = first; cap <= last; cap += step)
        {
            if (cap >= lowest)
            {
                watts.Add((int)cap);
            }
        }

        watts.Reverse();
        return watts.Count == 0 ? null : new CapLevels([.. watts], prefill, decode, decode?.Points.Count ?? 1);
    }

    private readonly record struct Side(SweptPoints Points, CapLatency Caps)
    {
        /// <summary>Whole watts that power scaling answers for, forgiving the last bits of a share.</summary>
        public int LowestCapWatts => Math.Max(1, (int)Math.Ceiling(Math.Min(Caps.LowestCapWatts * (1 - RelativeTolerance), int.MaxValue)));

        public double MostWatts
        {
            get
            {
                var most = 0.0;
                foreach (var watts in Points.Watts.AsSpan(0, Points.Count))
                {
                    most = Math.Max(most, watts);
                }

                return most;
            }
        }

        public double Factor(int index, double naturalWatts, int capWatts) => Caps.Factor(Points.Balances![index], naturalWatts, capWatts);
    }
}
