namespace PowerPlanner.Feedback;

/// <summary>Which signals a tick violated, and which it did not show. The rest are fine.</summary>
/// <param name="Violated">Signals in violation.</param>
/// <param name="Absent">Signals without a usable reading.</param>
public readonly record struct DriftJudgement(DriftSignals Violated, DriftSignals Absent)
{
    internal DriftJudgement With(DriftSignals signal, bool? isViolated) => isViolated switch
    {
        null => this with { Absent = Absent | signal },
        true => this with { Violated = Violated | signal },
        false => this,
    };
}
