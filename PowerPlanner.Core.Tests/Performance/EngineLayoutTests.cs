using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Performance;

internal sealed class EngineLayoutTests
{
    [TestCase(0, 1, 1, 1, 1, "tensorParallel")]
    [TestCase(-8, 1, 1, 1, 1, "tensorParallel")]
    [TestCase(1, 0, 1, 1, 1, "pipelineParallel")]
    [TestCase(1, 1, 0, 1, 1, "attentionDataParallel")]
    [TestCase(1, 1, 1, 0, 1, "moeTensorParallel")]
    [TestCase(1, 1, 1, 1, int.MinValue, "moeExpertParallel")]
    public void A_size_below_1_is_refused_by_its_name(int tp, int pp, int dp, int moeTp, int moeEp, string name) =>
        Assert.That(
            () => new EngineLayout(tp, pp, dp, moeTp, moeEp), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property(nameof(ArgumentException.ParamName)).EqualTo(name));

    [Test]
    public void More_GPUs_than_can_be_counted_are_refused_with_their_number() =>
        Assert.That(
            () => new EngineLayout(int.MaxValue, int.MaxValue, int.MaxValue),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("= 9903520300447984150353281023 GPUs; at most 2147483647 are allowed"));

    [Test]
    public void Ranks_that_share_a_prefill_are_GPUs_and_named()
    {
        var layout = new EngineLayout(pipelineParallel: 2, contextParallel: 4);

        Assert.That(layout.Gpus, Is.EqualTo(8));
        Assert.That(layout.ToString(), Does.EndWith(", cp 4"));
        Assert.That(new EngineLayout(8).ToString(), Does.Not.Contain("cp"));
        Assert.That(() => new EngineLayout(contextParallel: 0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property(nameof(ArgumentException.ParamName)).EqualTo("contextParallel"));
    }

    [Test]
    public void The_largest_size_alone_is_a_layout() => Assert.That(new EngineLayout(int.MaxValue).Gpus, Is.EqualTo(int.MaxValue));
}
