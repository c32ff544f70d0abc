using System.Text.Json.Serialization;
using PowerPlanner.Control.Frontends;
using PowerPlanner.Control.Transitions;

namespace PowerPlanner.Control.Loop;

/// <summary>
/// All that one deployment's loop knows, wants and is about to do: what was learnt, planned and targeted, drift, backoffs, causes, the clock,
/// and the ledger. An immutable value: <see cref="LoopCore.Decide"/> makes the next one of it, and a snapshot is nothing but this value.
/// </summary>
/// <remarks>Instants are elapsed times on the controller's clock; <see cref="Now"/> and <see cref="Taken"/> say when the value was made.</remarks>
internal readonly record struct LoopState
{
    /// <summary>What the state is about: problem and options that a snapshot's may differ from.</summary>
    public ProblemFacts Facts { get; init; }

    /// <summary>When the value was made, by the wall clock.</summary>
    public DateTimeOffset Taken { get; init; }

    /// <summary>When the value was made, on the controller's clock.</summary>
    public TimeSpan Now { get; init; }

    public bool IsStarted { get; init; }

    /// <summary>Whether an earlier process has left this state: the first sweep looks at what has changed since.</summary>
    public bool IsInherited { get; init; }

    /// <summary>What observations taught.</summary>
    public Learnt Learnt { get; init; }

    /// <summary>Prefill, or the aggregated engines.</summary>
    public SideState First { get; init; }

    /// <summary>Decode; the default in aggregated mode.</summary>
    public SideState Second { get; init; }

    /// <summary>When to sweep.</summary>
    public Watch Watch { get; init; }

    /// <summary>What the last sweeps found.</summary>
    public Course Course { get; init; }

    /// <summary>What the roles are to become, caps on trial apart.</summary>
    public FleetTargets Targets { get; init; }

    public FleetLedger Fleet { get; init; }

    public FrontendDesk Desk { get; init; }

    public ControllerCounters Counters { get; init; }

    /// <summary>What belongs to the tick under way.</summary>
    [JsonIgnore]
    public TickState Tick { get; init; }

    public bool IsAggregated => Fleet.Count == 1;

    public bool IsDisabled => Watch.DisabledReason != DisabledReason.None;

    /// <summary>One side.</summary>
    public SideState Side(int index) => index == 0 ? First : Second;

    /// <summary>With one side replaced.</summary>
    public LoopState WithSide(int index, in SideState side) => index == 0 ? this with { First = side } : this with { Second = side };

    /// <summary>With one role of the ledger replaced.</summary>
    public LoopState WithRole(int index, in RoleLedger role) => this with { Fleet = Fleet.With(index, role) };

    /// <summary>What the roles are to have now: the targets, and caps on trial.</summary>
    public FleetTargets Wanted
    {
        get
        {
            var wanted = Targets;
            for (var i = 0; i < Fleet.Count; i++)
            {
                if (Side(i).Probe is { IsPending: true, TrialCapWatts: var trial })
                {
                    wanted = wanted.With(i, wanted[i] with { CapWatts = trial });
                }
            }

            return wanted;
        }
    }
}
