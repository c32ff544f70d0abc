namespace PowerPlanner.Planning;

/// <summary>Which decode batches are candidates.</summary>
public enum BatchPolicy
{
    /// <summary>All from 1 to what the KV cache holds. The default: a smaller batch may meet a target that the largest misses, or draw less.</summary>
    All,

    /// <summary>Only the largest that the KV cache holds, as the reference planner does.</summary>
    Largest,
}
