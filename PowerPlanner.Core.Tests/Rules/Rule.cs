namespace PowerPlanner.Tests.Rules;

/// <summary>Something that the planner's design demands, or a defect of the reference planner that this one must not have.</summary>
/// <param name="Id">Stable name: the section and a letter, or the defect's number.</param>
/// <param name="Text">What holds here, in our own words.</param>
/// <param name="LeftOut">What of it is not kept, or kept otherwise, and why; null = all of it is kept.</param>
/// <param name="NeedsTest">Whether a test must name it; false only where <paramref name="LeftOut"/> says that nothing of it is kept.</param>
internal sealed record Rule(string Id, string Text, string? LeftOut = null, bool NeedsTest = true);
