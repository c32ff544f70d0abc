namespace PowerPlanner.Control.Transitions;

/// <summary>A lower replica count that was asked for and replaced before any state has shown what became of it. The default is none.</summary>
/// <param name="Replicas">The count.</param>
/// <param name="Revision">The revision of the command that replaced it: a state of that revision, or a later one, shows what is going.</param>
internal readonly record struct ShrunkCount(int Replicas, long Revision)
{
    public bool Exists => Revision != 0;
}
