using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Tests.Testing;

internal sealed class FaultyPerformanceModelTests
{
    private static readonly PrefillQuery Prompt = new(3000);

    [Test]
    public void Without_a_fault_it_answers_as_the_model_inside()
    {
        using var model = Model();

        Assert.That(model.EstimatePrefill(Prompt).LatencyMs, Is.EqualTo(120));
        Assert.That((model.KvCapacityTokens, model.NameplateWatts), Is.EqualTo((200_000L, 700.0)));
    }

    [Test]
    public void Each_fault_fails_in_its_own_way_and_ends()
    {
        using var model = Model();

        model.Fail(ModelFailureMode.NoData);
        Assert.That(() => model.EstimatePrefill(Prompt), Throws.TypeOf<NoPerformanceDataException>());
        model.Fail(ModelFailureMode.Throws);
        Assert.That(() => model.EstimatePrefill(Prompt), Throws.InvalidOperationException);
        model.Fail(ModelFailureMode.HugeLatencies);
        Assert.That(model.EstimateDecode(new DecodeQuery(1, 3000)).LatencyMs, Is.EqualTo(999_999));
        model.Fail(null);
        Assert.That(model.EstimateDecode(new DecodeQuery(1, 3000)).LatencyMs, Is.EqualTo(8));
    }

    [Test]
    public async Task What_hangs_is_let_go_when_the_fault_ends()
    {
        using var model = Model();
        model.Fail(ModelFailureMode.Hangs);

        var call = Task.Run(() => model.EstimatePrefill(Prompt));
        SpinWait.SpinUntil(() => model.IsHanging);
        var wasDone = call.IsCompleted;
        model.Fail(null);

        Assert.That(wasDone, Is.False);
        Assert.That((await call).LatencyMs, Is.EqualTo(120));
    }

    [Test]
    public void A_replaced_model_answers_from_then_on()
    {
        using var model = Model();

        model.Replace(new FixedPerformanceModel(60, 4, 100_000));

        Assert.That(model.EstimatePrefill(Prompt).LatencyMs, Is.EqualTo(60));
    }

    private static FaultyPerformanceModel Model() => new(new FixedPerformanceModel(120, 8, 200_000, 450, 360, 700));
}
