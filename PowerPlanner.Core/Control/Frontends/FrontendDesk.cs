using System.Collections.Immutable;
using PowerPlanner.Admission;

namespace PowerPlanner.Control.Frontends;

/// <summary>
/// The admission thresholds that frontends are to have, the generation that each has acknowledged, and what is still due. Thresholds that
/// fall go out before a transition, those that rise after it. Not thread-safe.
/// </summary>
internal sealed class FrontendDesk
{
    private readonly Dictionary<string, FrontendState> _known = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private ImmutableArray<FrontendState> _lastRead;
    private long _newest;
    private long _fannedOut;

    /// <summary>What frontends are to have now; null before the first plan.</summary>
    public AdmissionThresholds? Current { get; private set; }

    /// <summary>What they are to have once the plan's capacity is there.</summary>
    public AdmissionThresholds? Final { get; private set; }

    /// <summary>The generation of <see cref="Current"/>.</summary>
    public long Generation { get; private set; }

    /// <summary>Whether the current generation has not been sent yet: who is behind it is not to blame.</summary>
    public bool IsNew => _fannedOut != Generation;

    public int Count => _names.Count;

    /// <summary>Frontends that have not acknowledged the current generation.</summary>
    public int Unacknowledged
    {
        get
        {
            var behind = 0;
            foreach (var name in _names)
            {
                behind += _known[name].AcknowledgedGeneration < Generation ? 1 : 0;
            }

            return behind;
        }
    }

    /// <summary>The thresholds that all frontends have acknowledged; null where they have none in common.</summary>
    public AdmissionThresholds? Acknowledged => Current is not null && _names.Count > 0 && Unacknowledged == 0 ? InForce() : null;

    /// <summary>An absolute threshold that frontends keep although the plan has none now; null where there is none.</summary>
    public long? StalePrefillTokens
    {
        get
        {
            if (Current is not { PrefillTokensThreshold: null })
            {
                return null;
            }

            foreach (var name in _names)
            {
                if (_known[name].Thresholds?.PrefillTokensThreshold is { } tokens)
                {
                    return tokens;
                }
            }

            return null;
        }
    }

    /// <summary>Takes over what the actuator reads. A frontend that restarted is behind again; one that is gone is forgotten.</summary>
    public void Read(ImmutableArray<FrontendState> frontends)
    {
        if (frontends == _lastRead)
        {
            return;
        }

        _lastRead = frontends;
        _names.Clear();
        _known.Clear();
        if (frontends.IsDefault)
        {
            return;
        }

        foreach (var frontend in frontends)
        {
            if (frontend?.Name is { Length: > 0 } name && _known.TryAdd(name, frontend))
            {
                _names.Add(name);
                _newest = Math.Max(_newest, frontend.AcknowledgedGeneration);
            }
        }

        if (Current is not null && _newest > Generation)
        {
            // A process before this one told them more than this one remembers: they have thresholds of another plan.
            Generation = _newest + 1;
        }
    }

    /// <summary>New thresholds. What falls is due at once, what rises with <see cref="Loosen"/>.</summary>
    /// <param name="next">The thresholds of the plan.</param>
    public void Plan(in AdmissionThresholds next)
    {
        Final = next;
        if (Current is null)
        {
            // Nothing is in force that could be tightened: the first thresholds go out with the first capacity.
            return;
        }

        Adopt(AdmissionThresholds.Tightened(Current, next));
    }

    /// <summary>The plan's capacity is there: all its thresholds are due.</summary>
    public void Loosen()
    {
        if (Final is { } final)
        {
            Adopt(final);
        }
    }

    /// <summary>The frontends that are behind, in the actuator's order, into <paramref name="names"/>.</summary>
    public void CollectBehind(List<string> names)
    {
        names.Clear();
        foreach (var name in _names)
        {
            if (_known[name].AcknowledgedGeneration < Generation)
            {
                names.Add(name);
            }
        }
    }

    /// <summary>The current generation is sent to all that are behind; from now on they lag.</summary>
    public void FannedOut() => _fannedOut = Generation;

    /// <summary>Takes over what a frontend answered.</summary>
    public void Answered(FrontendState frontend)
    {
        if (_known.ContainsKey(frontend.Name))
        {
            _known[frontend.Name] = frontend;
        }
    }

    /// <summary>Takes the state of a snapshot over.</summary>
    public void Restore(AdmissionThresholds? current, AdmissionThresholds? final, long generation)
    {
        Current = current;
        Final = final;
        Generation = generation;
        _fannedOut = generation;
    }

    private AdmissionThresholds InForce()
    {
        var current = Current!.Value;
        return current.PrefillTokensThreshold is null ? current with { PrefillTokensThreshold = StalePrefillTokens } : current;
    }

    private void Adopt(in AdmissionThresholds thresholds)
    {
        if (Current != thresholds)
        {
            Current = thresholds;
            Generation = Math.Max(Generation, _newest) + 1;
        }
    }
}
