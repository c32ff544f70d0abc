namespace PowerPlanner.Hosting;

/// <summary>One thing that is wrong with an option or a field of a file.</summary>
/// <param name="Field">Where: the JSON path in camelCase, e.g. <c>prefillEngine.tp</c> or <c>[3].ttftMs</c>; empty for the whole document.</param>
/// <param name="Value">What is there, as text; <c>missing</c> where nothing is.</param>
/// <param name="Allowed">What is allowed there, with its unit.</param>
public sealed record OptionViolation(string Field, string Value, string Allowed)
{
    /// <summary>One line: field, value and what is allowed.</summary>
    public override string ToString() => Field.Length == 0 ? $"{Value}; allowed: {Allowed}" : $"{Field}: {Value}; allowed: {Allowed}";
}
