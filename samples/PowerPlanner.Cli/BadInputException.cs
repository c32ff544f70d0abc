namespace PowerPlanner.Cli;

/// <summary>Input that cannot be used; the message names file, field, value and what is allowed.</summary>
internal sealed class BadInputException(string message, Exception? innerException = null) : Exception(message, innerException);
