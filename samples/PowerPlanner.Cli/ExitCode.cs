namespace PowerPlanner.Cli;

/// <summary>What the process tells the shell.</summary>
internal static class ExitCode
{
    /// <summary>Done; also where single queries of a batch have errors of their own.</summary>
    public const int Success = 0;

    /// <summary>The planner says that there is no feasible plan.</summary>
    public const int Infeasible = 1;

    /// <summary>A journal's decisions come out otherwise.</summary>
    public const int Different = 1;

    /// <summary>Bad input.</summary>
    public const int BadInput = 2;

    /// <summary>Anything unexpected.</summary>
    public const int Unexpected = 3;
}
