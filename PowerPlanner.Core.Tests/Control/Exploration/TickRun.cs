using PowerPlanner.Control.Loop;

namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>A tick under way.</summary>
internal record struct TickRun
{
    public TinyWorld World { get; set; }

    public LoopState State { get; set; }

    /// <summary>What a process that ends now leaves behind.</summary>
    public LoopState Memory { get; set; }

    public LoopIntent Intent { get; set; }

    /// <summary>Whether the tick has read the fleet as it is.</summary>
    public bool IsFresh { get; set; }

    /// <summary>Whether the fleet settles before each answer.</summary>
    public bool IsFast { get; set; }

    /// <summary>Whether the tick has had its fault.</summary>
    public bool IsFaulty { get; set; }

    /// <summary>Whether a promise was broken.</summary>
    public bool IsBroken { get; set; }

    public bool HasBegun { get; set; }

    public int Commands { get; set; }

    /// <summary>Name of the step: the tick and its fault.</summary>
    public string Name { get; set; }

    /// <summary>What has happened, in words.</summary>
    public string What { get; set; }
}
