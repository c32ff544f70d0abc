using PowerPlanner.Control.Loop;

namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>Between two ticks: the world, what the process in charge knows, and whether it has begun.</summary>
internal sealed record Node(TinyWorld World, LoopState State, bool HasBegun)
{
    public UInt128 Key => StateKey.Of(World, State, HasBegun);
}
