using PowerPlanner.Admission;
using PowerPlanner.Control;

namespace PowerPlanner.Testing.InMemory;

/// <summary>One frontend: what it has been told and has acknowledged. Not thread-safe.</summary>
internal sealed class FrontendMachine(string name)
{
    private FrontendState _state = new() { Name = name };

    public FrontendState State => _state;

    /// <summary>Takes thresholds over; a null absolute threshold keeps the one in force, as frontends do. Whether anything changed.</summary>
    public bool Set(in AdmissionThresholds thresholds, long generation)
    {
        var next = _state with
        {
            AcknowledgedGeneration = generation,
            Thresholds = thresholds with { PrefillTokensThreshold = thresholds.PrefillTokensThreshold ?? _state.Thresholds?.PrefillTokensThreshold },
        };
        var changed = next != _state;
        _state = next;
        return changed;
    }

    /// <summary>Forgets everything.</summary>
    public void Restart() => _state = new FrontendState { Name = _state.Name };
}
