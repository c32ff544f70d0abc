using PowerPlanner.Performance.Aic.Compiled;

namespace PowerPlanner.Tests.Performance.Aic.Compiled;

/// <summary>Which measured model stands for a model by its heads (specification 4.8).</summary>
internal sealed class MlaModuleRowsTests
{
    [TestCase(128, 128)]
    [TestCase(64, 64)]
    [TestCase(96, 64)]
    [TestCase(127, 64)]
    [TestCase(200, 128)]
    [TestCase(16, 32)]
    public void The_bucket_of_its_own_heads_or_the_largest_below_or_the_smallest(int heads, long bucket) =>
        Assert.That(MlaModuleRows.Bucket([32, 64, 128], heads), Is.EqualTo(bucket));

    [TestCase(1)]
    [TestCase(64)]
    [TestCase(1000)]
    public void The_only_bucket_serves_all(int heads) => Assert.That(MlaModuleRows.Bucket([128], heads), Is.EqualTo(128));

    [Test]
    public void Without_buckets_nothing_is_found() => Assert.That(MlaModuleRows.Bucket([], 128), Is.Zero);
}
