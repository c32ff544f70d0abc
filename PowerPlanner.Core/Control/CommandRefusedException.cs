namespace PowerPlanner.Control;

/// <summary>
/// A command that was refused: nothing has changed and nothing will. After it a controller charges for what was in effect before; after
/// any other failure of a command it charges for what may have come into effect.
/// </summary>
public sealed class CommandRefusedException : Exception
{
    /// <summary>Creates the exception without a reason.</summary>
    public CommandRefusedException()
        : this("The command was refused.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which command, on what, and why.</param>
    public CommandRefusedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception around its cause.</summary>
    /// <param name="message">Which command, on what, and why.</param>
    /// <param name="innerException">The cause.</param>
    public CommandRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
