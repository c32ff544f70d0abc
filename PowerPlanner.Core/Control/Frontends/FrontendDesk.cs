using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PowerPlanner.Admission;

namespace PowerPlanner.Control.Frontends;

/// <summary>
/// The admission thresholds that frontends are to have, the generation that each has acknowledged, and what is still due. Thresholds that
/// fall go out before a transition, those that rise after it. An immutable value; the default knows nothing.
/// </summary>
internal readonly record struct FrontendDesk
{
    private readonly ImmutableArray<FrontendState> _frontends;

    /// <summary>The frontends as last read or answered, each name once.</summary>
    [JsonIgnore]
    public ImmutableArray<FrontendState> Frontends
    {
        get => _frontends.IsDefault ? [] : _frontends;
        init => _frontends = value;
    }

    /// <summary>What the actuator said last: the same array says nothing new.</summary>
    [JsonIgnore]
    public ImmutableArray<FrontendState> LastRead { get; init; }

    /// <summary>The newest generation that any frontend ever acknowledged.</summary>
    public long Newest { get; init; }

    /// <summary>The newest generation that was sent to all that were behind.</summary>
    public long LastSent { get; init; }

    /// <summary>What frontends are to have now; null before the first plan.</summary>
    public AdmissionThresholds? Current { get; init; }

    /// <summary>What they are to have once the plan's capacity is there.</summary>
    public AdmissionThresholds? Final { get; init; }

    /// <summary>The generation of <see cref="Current"/>.</summary>
    public long Generation { get; init; }

    /// <summary>Whether the current generation has not been sent yet: who is behind it is not to blame.</summary>
    public bool IsNew => LastSent != Generation;

    public int Count => Frontends.Length;

    /// <summary>Frontends that have not acknowledged the current generation.</summary>
    public int Unacknowledged
    {
        get
        {
            var behind = 0;
            foreach (var frontend in Frontends)
            {
                behind += IsBehind(frontend) ? 1 : 0;
            }

            return behind;
        }
    }

    /// <summary>The thresholds that all frontends have acknowledged; null where they have none in common.</summary>
    public AdmissionThresholds? Acknowledged => Current is not null && Count > 0 && Unacknowledged == 0 ? InForce() : null;

    /// <summary>An absolute threshold that frontends keep although the plan has none now; null where there is none.</summary>
    public long? StalePrefillTokens
    {
        get
        {
            if (Current is not { PrefillTokensThreshold: null })
            {
                return null;
            }

            foreach (var frontend in Frontends)
            {
                if (frontend.Thresholds?.PrefillTokensThreshold is { } tokens)
                {
                    return tokens;
                }
            }

            return null;
        }
    }

    public bool IsBehind(FrontendState frontend) => frontend.AcknowledgedGeneration < Generation;

    /// <summary>Takes over what the actuator reads. A frontend that restarted is behind again; one that is gone is forgotten.</summary>
    public FrontendDesk Reading(ImmutableArray<FrontendState> frontends)
    {
        if (frontends == LastRead)
        {
            return this;
        }

        var known = Distinct(frontends);
        var newest = Newest;
        foreach (var frontend in known)
        {
            newest = Math.Max(newest, frontend.AcknowledgedGeneration);
        }

        // A process before this one may have told them more than this one remembers: they have thresholds of another plan.
        var generation = Current is not null && newest > Generation ? newest + 1 : Generation;
        return this with { LastRead = frontends, Frontends = known, Newest = newest, Generation = generation };
    }

    /// <summary>New thresholds. What falls is due at once, what rises with <see cref="Loosened"/>.</summary>
    /// <param name="next">The thresholds of the plan.</param>
    public FrontendDesk Planning(in AdmissionThresholds next)
    {
        var planned = this with { Final = next };

        // Where nothing is in force there is nothing to tighten: the first thresholds go out with the first capacity.
        return Current is null ? planned : planned.Adopting(AdmissionThresholds.Tightened(Current, next));
    }

    /// <summary>The plan's capacity is there: all its thresholds are due.</summary>
    public FrontendDesk Loosened() => Final is { } final ? Adopting(final) : this;

    /// <summary>The current generation is sent to all that are behind; from now on they lag.</summary>
    public FrontendDesk Sent() => this with { LastSent = Generation };

    /// <summary>Takes over what a frontend answered.</summary>
    public FrontendDesk Answered(FrontendState frontend)
    {
        for (var i = 0; i < Frontends.Length; i++)
        {
            if (Frontends[i].Name == frontend.Name)
            {
                return this with { Frontends = Frontends.SetItem(i, frontend) };
            }
        }

        return this;
    }

    private static ImmutableArray<FrontendState> Distinct(ImmutableArray<FrontendState> frontends)
    {
        if (frontends.IsDefaultOrEmpty)
        {
            return [];
        }

        var names = new HashSet<string>(frontends.Length, StringComparer.Ordinal);
        foreach (var frontend in frontends)
        {
            if (frontend?.Name is not { Length: > 0 } name || !names.Add(name))
            {
                return [.. frontends.Where(state => state?.Name is { Length: > 0 }).DistinctBy(state => state.Name, StringComparer.Ordinal)];
            }
        }

        return frontends;
    }

    private AdmissionThresholds InForce()
    {
        var current = Current!.Value;
        return current.PrefillTokensThreshold is null ? current with { PrefillTokensThreshold = StalePrefillTokens } : current;
    }

    private FrontendDesk Adopting(in AdmissionThresholds thresholds) =>
        Current == thresholds ? this : this with { Current = thresholds, Generation = Math.Max(Generation, Newest) + 1 };
}
