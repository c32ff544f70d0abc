using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;

namespace PowerPlanner.Tests.Performance.Fixed;

internal sealed class TablePerformanceModelTests
{
    private static readonly TablePrefillPoint Prefill = new(50, 603);

    [Test]
    public void A_query_gets_the_point_of_exactly_its_batch()
    {
        var model = new TablePerformanceModel([Prefill], [new(32, 38, 500), new(63, 60, 550), new(8, 20)], 50_000);

        var estimate = model.EstimateDecode(new DecodeQuery(32, 1125));

        Assert.That(estimate, Is.EqualTo(new StepEstimate(38, 500, 1, Provenance.Measured)));
    }

    [Test]
    public void Nothing_lies_between_the_points()
    {
        var model = new TablePerformanceModel([Prefill], [new(32, 38), new(63, 60)], 50_000);

        Assert.That(
            () => model.EstimateDecode(new DecodeQuery(33, 1125)),
            Throws.TypeOf<NoPerformanceDataException>().With.Message.Contains("batch 33").And.Message.Contains("32, 63"));
    }

    [Test]
    public void A_sweep_has_data_at_the_points_only()
    {
        IPerformanceModel model = new TablePerformanceModel([Prefill], [new(63, 60), new(2, 10), new(3, 11, null, 400)], 50_000);
        var estimates = new StepEstimate[5];

        model.EstimateDecodeSweep(1125, estimates);

        Assert.That(Array.ConvertAll(estimates, estimate => estimate.HasData), Is.EqualTo(new[] { false, true, false, false, false }));
    }

    [Test]
    public void Points_under_a_cap_do_not_answer_for_an_engine_without_one()
    {
        var model = new TablePerformanceModel([new(80, 300, 300)], [new(8, 30, 300, 300)], 50_000);

        Assert.Multiple(() =>
        {
            Assert.That(() => model.EstimatePrefill(new PrefillQuery(1024)), Throws.TypeOf<NoPerformanceDataException>());
            Assert.That(() => model.EstimateDecode(new DecodeQuery(8, 1125)), Throws.TypeOf<NoPerformanceDataException>());
        });
    }

    [Test]
    public void The_faster_then_the_thriftier_of_equal_points_answers()
    {
        var model = new TablePerformanceModel(
            [new(60, 500), new(50, 650), new(50, 603), new(50)],
            [new(8, 20, 400), new(8, 20, 380), new(8, 25, 100)],
            50_000);

        Assert.Multiple(() =>
        {
            Assert.That(model.EstimatePrefill(new PrefillQuery(1024)).ActivePowerWatts, Is.EqualTo(603));
            Assert.That(model.EstimateDecode(new DecodeQuery(8, 1125)).ActivePowerWatts, Is.EqualTo(380));
        });
    }

    [Test]
    public void The_lists_keep_their_order_and_their_duplicates()
    {
        TableDecodePoint[] points = [new(8, 20), new(4, 10), new(8, 20)];

        var model = new TablePerformanceModel([Prefill], points, 50_000);

        Assert.That(model.DecodePoints, Is.EqualTo(points));
    }

    [Test]
    public void An_empty_list_is_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => new TablePerformanceModel([], [new(1, 1)], 1), Throws.ArgumentException.With.Message.Contains("prefillPoints"));
            Assert.That(() => new TablePerformanceModel([Prefill], [], 1), Throws.ArgumentException.With.Message.Contains("decodePoints"));
            Assert.That(() => new TablePerformanceModel([Prefill], [null!], 1), Throws.ArgumentException.With.Message.Contains("Point 0"));
        });
    }

    [TestCase(0, 10, 1, 1)]
    [TestCase(1, 0, 1, 1)]
    [TestCase(1, double.NaN, 1, 1)]
    [TestCase(1, 10, -5, 1)]
    [TestCase(1, 10, 1, 0)]
    public void Impossible_numbers_are_refused(int batch, double itlMs, double powerWatts, int capWatts)
    {
        Assert.That(() => new TableDecodePoint(batch, itlMs, powerWatts, capWatts), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
