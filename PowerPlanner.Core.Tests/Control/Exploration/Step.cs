namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>What leads from one state to the next, in words.</summary>
/// <param name="Name">What the world did: the same whatever the controller decides.</param>
/// <param name="Text">With all that the controller sent.</param>
internal readonly record struct Step(string Name, string Text)
{
    public static implicit operator Step(string text) => new(text, text);
}
