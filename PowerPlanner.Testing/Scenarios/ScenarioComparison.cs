namespace PowerPlanner.Testing.Scenarios;

/// <summary>How an assertion compares a signal with its value.</summary>
public enum ScenarioComparison
{
    /// <summary>Equal within the tolerance.</summary>
    Equal,

    /// <summary>Not equal within the tolerance.</summary>
    NotEqual,

    /// <summary>Less.</summary>
    Less,

    /// <summary>Less, or equal within the tolerance.</summary>
    AtMost,

    /// <summary>Greater, or equal within the tolerance.</summary>
    AtLeast,

    /// <summary>Greater.</summary>
    Greater,
}
