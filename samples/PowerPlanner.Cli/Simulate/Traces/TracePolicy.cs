using PowerPlanner.Performance;

namespace PowerPlanner.Cli.Simulate.Traces;

/// <summary>Who controls the fleet.</summary>
internal enum TracePolicyKind
{
    Library,
    Reference,
}

/// <summary>The names of the policies.</summary>
internal static class TracePolicies
{
    /// <exception cref="BadInputException">No such policy.</exception>
    public static TracePolicyKind Parse(string name) => name switch
    {
        "library" => TracePolicyKind.Library,
        "reference" => TracePolicyKind.Reference,
        _ => throw new BadInputException($"--policy: {name}; allowed: library, reference"),
    };

    public static string Name(TracePolicyKind kind) => kind == TracePolicyKind.Library ? "library" : "reference";
}

/// <summary>A controller in the loop, whichever it is.</summary>
internal interface ITracePolicy : IDisposable
{
    /// <summary>Sequences per attention rank that it has decode engines run.</summary>
    int DecodeBatch { get; }

    Corrections Corrections { get; }

    bool IsDisabled { get; }

    /// <summary>Times that it asked its model, failed ones included.</summary>
    int Sweeps { get; }

    Task StartAsync(CancellationToken cancellationToken);

    Task TickAsync(CancellationToken cancellationToken);
}
