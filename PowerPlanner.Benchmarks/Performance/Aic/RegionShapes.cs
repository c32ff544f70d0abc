using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>Random steps in each region of the attention tables.</summary>
internal static class RegionShapes
{
    public static ContextShape Context(Region region, Random random) => region switch
    {
        Region.Inside => new ContextShape(random.Next(1, 9), random.Next(100, 8000), 0),
        Region.Ragged => new ContextShape(random.Next(65, 128), random.Next(1025, 1500), 0),
        _ => new ContextShape(random.Next(1, 200), random.Next(16_500, 60_000), 0),
    };

    public static GenerationShape Generation(Region region, Random random) => region switch
    {
        Region.Inside => new GenerationShape(random.Next(1, 64), random.Next(100, 3000)),
        Region.Ragged => new GenerationShape(random.Next(130, 250), random.Next(5000, 7500)),
        _ => new GenerationShape(random.Next(1030, 3000), random.Next(1000, 9000)),
    };
}
