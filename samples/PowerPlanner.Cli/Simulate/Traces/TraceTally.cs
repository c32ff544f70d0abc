using System.Collections.Immutable;
using PowerPlanner.Cli.Simulate.Report;
using PowerPlanner.Control;
using PowerPlanner.Hosting;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Cli.Simulate.Traces;

/// <summary>Adds a run up, tick by tick.</summary>
internal sealed class TraceTally(PowerPlannerOptions options, TimeSpan tick)
{
    private const int Decimals = 6;
    private const double JoulesPerMegajoule = 1e6;

    private readonly List<TimelineSample> _samples = [];
    private double _requests;
    private double _served;
    private double _withinTtft;
    private double _withinItl;
    private double _withinBoth;
    private double _servedTokens;
    private double _joules;
    private long _maxPeakWatts;
    private int _ticksOverBudget;
    private int _replicaChanges;
    private int _capChanges;
    private int? _disabledAtTick;

    public IReadOnlyList<TimelineSample> Samples => _samples;

    public void Add(in TimelineSample sample, ImmutableArray<RecordedCommand> commands, bool isDisabled)
    {
        var truth = sample.Truth;
        var served = truth.ServedRequestsPerSecond * tick.TotalSeconds;
        _requests += truth.Load.RequestsPerSecond * tick.TotalSeconds;
        _served += served;
        _servedTokens += served * (truth.Load.Isl + truth.Load.Osl);
        _joules += truth.FleetWatts * tick.TotalSeconds;

        // The two roles queue independently of each other; an engine that runs both phases has one queue, which is late for both at once.
        var ttft = LatencyTail.ShareWithin(truth.TtftMs, truth.PrefillUtilization, options.TtftMs);
        var itl = LatencyTail.ShareWithin(truth.ItlMs, truth.DecodeUtilization, options.ItlMs);
        _withinTtft += served * ttft;
        _withinItl += served * itl;
        _withinBoth += served * (sample.Fleet.Aggregated is null ? ttft * itl : Math.Min(ttft, itl));

        _maxPeakWatts = Math.Max(_maxPeakWatts, sample.PeakWatts);
        _ticksOverBudget += sample.BudgetWatts is { } budget && (sample.PeakWatts > budget || truth.FleetWatts > budget * (1 + 1e-9)) ? 1 : 0;
        _replicaChanges += commands.Count(command => command.Kind == CommandKind.SetReplicas);
        _capChanges += commands.Count(command => command.Kind == CommandKind.SetCap);
        _disabledAtTick ??= isDisabled ? _samples.Count : null;
        _samples.Add(sample);
    }

    public TraceOutput Output(string trace, string policy, double scale, ulong seed, int sweeps) => new(
        trace,
        policy,
        scale,
        seed,
        _samples.Count,
        Rounded(_requests),
        Rounded(_served),
        Share(_withinTtft),
        Share(_withinItl),
        Share(_withinBoth),
        Rounded(_joules / (tick.TotalSeconds * _samples.Count)),
        Rounded(_joules / JoulesPerMegajoule),
        _servedTokens > 0 ? Rounded(_joules / _servedTokens) : null,
        _maxPeakWatts,
        options.TotalGpuPowerLimitWatts,
        _ticksOverBudget,
        sweeps,
        _replicaChanges,
        _capChanges,
        _disabledAtTick);

    private double Share(double requests) => Rounded(requests / _requests);

    private static double Rounded(double value) => Math.Round(value, Decimals);
}
