namespace PowerPlanner.Testing.Conformance;

/// <summary>An actuator or a metrics source breaks its contract.</summary>
public sealed class ConformanceException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="rule">The rule that is broken.</param>
    /// <param name="detail">What was done, what came back, and what was expected.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ConformanceException(string rule, string detail, Exception? innerException = null)
        : base($"{rule} {detail}", innerException)
    {
        Rule = rule;
        Detail = detail;
    }

    /// <summary>The rule that is broken, one sentence.</summary>
    public string Rule { get; }

    /// <summary>What was done, what came back, and what was expected.</summary>
    public string Detail { get; }
}
