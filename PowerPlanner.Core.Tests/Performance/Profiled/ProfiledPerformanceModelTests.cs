using CsCheck;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Profiled;

namespace PowerPlanner.Tests.Performance.Profiled;

internal sealed class ProfiledPerformanceModelTests
{
    private static readonly ProfiledPrefillPoint[] Prefill = [new(1000, 50, 600), new(2000, 110, 650), new(4000, 260, 690), new(8000, 700)];

    private static readonly ProfiledDecodePoint[] Decode =
    [
        new(1, 1000, 8, 250), new(32, 1000, 12, 400), new(64, 1000, 16, 500),
        new(1, 4000, 9, 260), new(32, 4000, 20, 420), new(64, 4000, 32, 520),
    ];

    private static readonly ProfiledPerformanceModel Model = new(Prefill, Decode, 100_000, 700);

    // Increasing steps make a monotone curve; a step of 0 makes a plateau.
    private static readonly Gen<ProfiledPrefillPoint[]> GenPrefill =
        Gen.Select(Gen.Int[1, 5000], Gen.Frequency((4, Gen.Double[0, 100]), (1, Gen.Const(0.0)))).Array[1, 8].Select(steps =>
        {
            var isl = 0;
            var latency = 1.0;
            return Array.ConvertAll(steps, step => new ProfiledPrefillPoint(isl += step.Item1, latency += step.Item2));
        });

    private static readonly Gen<ProfiledDecodePoint[]> GenCompleteGrid = Gen.Select(
        Gen.Int[1, 100].Array[1, 6],
        Gen.Int[1, 3000].Array[1, 5],
        Gen.Double[0, 20].Array[6],
        Gen.Double[0, 20].Array[5],
        (batchSteps, contextSteps, batchCosts, contextCosts) =>
        {
            var points = new List<ProfiledDecodePoint>();
            var context = 0;
            var contextCost = 1.0;
            for (var j = 0; j < contextSteps.Length; j++)
            {
                context += contextSteps[j];
                contextCost += contextCosts[j];
                var batch = 0;
                var batchCost = 0.0;
                for (var i = 0; i < batchSteps.Length; i++)
                {
                    batch += batchSteps[i];
                    batchCost += batchCosts[i];
                    points.Add(new ProfiledDecodePoint(batch, context, contextCost + batchCost + (contextCost * batchCost / 10)));
                }
            }

            return points.ToArray();
        });

    [Test]
    public void The_longest_steps_are_extrapolated_to_finite_latencies()
    {
        var model = new ProfiledPerformanceModel(
            [new(1, 1e9), new(2, 1e-300), new(3, 1e9), new(4, 1e9)],
            [new(1, 1, 1e9), new(2, 1, 1e-300), new(2, 3, 1e9)],
            1);

        Assert.Multiple(() =>
        {
            Assert.That(model.EstimatePrefill(new(int.MaxValue, Batch: int.MaxValue)).LatencyMs, Is.Positive.And.LessThan(double.PositiveInfinity));
            Assert.That(model.EstimateDecode(new(int.MaxValue, long.MaxValue)).LatencyMs, Is.Positive.And.LessThan(double.PositiveInfinity));
        });
    }

    [TestCase(1.01e9)]
    [TestCase(1e308)]
    public void A_step_longer_than_eleven_days_is_no_measurement(double latencyMs) => Assert.Multiple(() =>
    {
        Assert.That(() => new ProfiledPrefillPoint(1, latencyMs), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ProfiledDecodePoint(1, 1, latencyMs), Throws.TypeOf<ArgumentOutOfRangeException>());
    });

    [Test]
    [Property("Rule", "LIB-5.3-c")]
    public void A_measured_point_is_answered_exactly() => Assert.Multiple(() =>
    {
        Assert.That(Model.EstimatePrefill(new(2000)), Is.EqualTo(new StepEstimate(110, 650, 1, Provenance.Measured)));
        Assert.That(Model.EstimateDecode(new(32, 4000)), Is.EqualTo(new StepEstimate(20, 420, 1, Provenance.Measured)));
    });

    [Test]
    [Property("Rule", "LIB-5.3-a")]
    public void Between_points_an_answer_is_interpolated()
    {
        var prefill = Model.EstimatePrefill(new(3000));
        var decode = Model.EstimateDecode(new(48, 2500));

        Assert.Multiple(() =>
        {
            Assert.That(prefill.LatencyMs, Is.InRange(110, 260));
            Assert.That((prefill.ActivePowerWatts, prefill.Provenance), Is.EqualTo((670.0, Provenance.Interpolated)));
            Assert.That(decode, Is.EqualTo(new StepEstimate((14 + 26) / 2.0, (450 + 470) / 2.0, 1, Provenance.Interpolated)));
        });
    }

    [Test]
    public void Below_the_shortest_input_the_edge_is_held_and_flagged()
    {
        Assert.That(Model.EstimatePrefill(new(10)), Is.EqualTo(new StepEstimate(50, 600, 1, Provenance.Extrapolated)));
    }

    [Test]
    public void Above_the_longest_input_latency_grows_with_its_square()
    {
        Assert.That(Model.EstimatePrefill(new(16000)), Is.EqualTo(new StepEstimate(2800, null, 0, Provenance.Extrapolated)));
    }

    [Test]
    public void A_batch_beyond_the_measured_gains_no_throughput()
    {
        var estimate = Model.EstimateDecode(new(128, 1000));

        Assert.That(estimate, Is.EqualTo(new StepEstimate(32, 500, 1, Provenance.Extrapolated)));
    }

    [Test]
    public void A_context_beyond_the_measured_grows_in_proportion()
    {
        Assert.That(Model.EstimateDecode(new(64, 8000)), Is.EqualTo(new StepEstimate(64, 520, 1, Provenance.Extrapolated)));
    }

    [Test]
    public void A_context_below_the_measured_is_held()
    {
        Assert.That(Model.EstimateDecode(new(32, 10)), Is.EqualTo(new StepEstimate(12, 400, 1, Provenance.Extrapolated)));
    }

    [Test]
    public void Several_prefills_in_a_step_are_charged_one_after_the_other()
    {
        Assert.That(Model.EstimatePrefill(new(2000, 0, 3)), Is.EqualTo(new StepEstimate(330, 650, 1, Provenance.Extrapolated)));
    }

    [Test]
    public void A_cached_prefix_is_charged_as_if_it_were_not()
    {
        Assert.That(Model.EstimatePrefill(new(2000, 1000)), Is.EqualTo(new StepEstimate(110, 650, 1, Provenance.Extrapolated)));
    }

    [Test]
    public void Draw_beside_an_unknown_point_is_unknown()
    {
        Assert.That(Model.EstimatePrefill(new(6000)).ActivePowerWatts, Is.Null);
    }

    [Test]
    public void A_missing_corner_is_not_faster_than_the_shorter_context()
    {
        // Batch 64 was measured at context 1,000 only; at 4,000 the row ends at batch 2 with 9 ms.
        var ragged = new ProfiledPerformanceModel(Prefill, [new(1, 1000, 8), new(64, 1000, 400), new(1, 4000, 8.5), new(2, 4000, 9)], 100_000);

        var estimate = ragged.EstimateDecode(new(64, 2500));

        Assert.That(estimate, Is.EqualTo(new StepEstimate(400, null, 0, Provenance.Extrapolated)));
    }

    [Test]
    public void One_point_of_each_is_enough()
    {
        var single = new ProfiledPerformanceModel([new(1000, 50)], [new(8, 1000, 10)], 100_000);

        Assert.Multiple(() =>
        {
            Assert.That(single.EstimatePrefill(new(1000)).Provenance, Is.EqualTo(Provenance.Measured));
            Assert.That(single.EstimatePrefill(new(2000)).LatencyMs, Is.EqualTo(200));
            Assert.That(single.EstimateDecode(new(16, 3000)).LatencyMs, Is.EqualTo(60));
        });
    }

    [Test]
    public void Prefill_never_leaves_the_values_of_its_two_neighbours() => Gen.Select(
        Gen.Select(Gen.Int[1, 3000], Gen.Double[0.1, 500]).Array[2, 8],
        Gen.Double[0, 1]).Holds(
        (steps, place) =>
        {
            // Not monotone: a noisy profile must not ripple either.
            var isl = 0;
            var points = Array.ConvertAll(steps, step => new ProfiledPrefillPoint(isl += step.Item1, step.Item2));
            var model = new ProfiledPerformanceModel(points, Decode, 1);
            var asked = points[0].Isl + (int)(place * (points[^1].Isl - points[0].Isl));
            var above = Array.FindIndex(points, point => point.Isl >= asked);
            var (from, to) = (points[Math.Max(0, above - 1)].TtftMs, points[above].TtftMs);
            var latency = model.EstimatePrefill(new(asked)).LatencyMs;
            return latency >= Math.Min(from, to) && latency <= Math.Max(from, to);
        },
        iter: 20_000);

    [Test]
    [Property("Rule", "LIB-5.3-a")]
    public void On_a_monotone_profile_a_longer_input_is_never_faster() => Gen.Select(GenPrefill, Gen.Int[1, 60_000], Gen.Int[1, 5000]).Holds(
        (points, isl, more) =>
        {
            var model = new ProfiledPerformanceModel(points, Decode, 1);
            return model.EstimatePrefill(new(isl)).LatencyMs <= model.EstimatePrefill(new(isl + more)).LatencyMs * (1 + 1e-12);
        },
        iter: 20_000);

    [Test]
    [Property("Rule", "LIB-5.3-a")]
    public void On_a_complete_monotone_grid_decode_is_monotone_along_both_axes() => Gen.Select(GenCompleteGrid, Gen.Int[1, 700], Gen.Int[1, 200], Gen.Int[1, 18_000], Gen.Int[1, 3000]).Holds(
        (points, batch, moreBatch, context, moreContext) =>
        {
            var model = new ProfiledPerformanceModel(Prefill, points, 1);
            var latency = model.EstimateDecode(new(batch, context)).LatencyMs;
            return latency <= model.EstimateDecode(new(batch + moreBatch, context)).LatencyMs * (1 + 1e-12)
                && latency <= model.EstimateDecode(new(batch, context + moreContext)).LatencyMs * (1 + 1e-12);
        },
        iter: 20_000);

    [Test]
    public void An_incomplete_grid_stays_monotone_in_batch_and_is_never_faster_than_its_fastest_point() => Gen.Select(
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 5], Gen.Double[0, 30]).Array[1, 15],
        Gen.Int[1, 100],
        Gen.Int[1, 100],
        Gen.Int[1, 7000]).Holds(
        (cells, batch, more, context) =>
        {
            var points = cells
                .Select(cell => new ProfiledDecodePoint(cell.Item1, cell.Item2 * 1000, 5 + cell.Item1 + cell.Item2))
                .DistinctBy(point => (point.Batch, point.ContextTokens))
                .ToArray();
            var model = new ProfiledPerformanceModel(Prefill, points, 1);
            var latency = model.EstimateDecode(new(batch, context)).LatencyMs;
            return latency >= points.Min(point => point.ItlMs) && latency <= model.EstimateDecode(new(batch + more, context)).LatencyMs * (1 + 1e-12);
        },
        iter: 20_000);

    [Test]
    [Property("Rule", "LIB-5.3-b")]
    public void Outside_the_profile_nothing_is_unflagged() => Gen.Select(GenCompleteGrid, Gen.Int[1, 700], Gen.Int[1, 18_000]).Holds(
        (points, batch, context) =>
        {
            var inside = batch >= points.Min(point => point.Batch) && batch <= points.Max(point => point.Batch)
                && context >= points.Min(point => point.ContextTokens) && context <= points.Max(point => point.ContextTokens);
            return inside != (new ProfiledPerformanceModel(Prefill, points, 1).EstimateDecode(new(batch, context)).Provenance == Provenance.Extrapolated);
        },
        iter: 20_000);

    [Test]
    public void The_order_of_the_points_does_not_matter()
    {
        var reversed = new ProfiledPerformanceModel(Prefill.Reverse(), Decode.Reverse(), 100_000, 700);

        Assert.Multiple(() =>
        {
            Assert.That(reversed.EstimatePrefill(new(3000)), Is.EqualTo(Model.EstimatePrefill(new(3000))));
            Assert.That(reversed.EstimateDecode(new(48, 2500)), Is.EqualTo(Model.EstimateDecode(new(48, 2500))));
        });
    }

    [TestCase(1)]
    [TestCase(1000)]
    [TestCase(2500)]
    [TestCase(9000)]
    public void A_sweep_is_the_same_as_its_parts(long context)
    {
        var estimates = new StepEstimate[100];

        Model.EstimateDecodeSweep(context, estimates);

        Assert.That(estimates, Is.EqualTo(Enumerable.Range(1, 100).Select(batch => Model.EstimateDecode(new(batch, context)))));
    }

    [Test]
    public void Estimates_allocate_nothing()
    {
        var sink = Model.EstimatePrefill(new(1024)).LatencyMs + Model.EstimateDecode(new(1, 1024)).LatencyMs;
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var batch = 1; batch <= 1000; batch++)
        {
            sink += Model.EstimatePrefill(new(1024 + batch)).LatencyMs + Model.EstimateDecode(new(batch, 1024 + batch)).LatencyMs;
        }

        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before, double.IsFinite(sink)), Is.EqualTo((0L, true)));
    }

    [Test]
    public void A_profile_without_points_or_with_duplicates_is_refused() => Assert.Multiple(() =>
    {
        Assert.That(() => new ProfiledPerformanceModel([], Decode, 1), Throws.ArgumentException.With.Message.Contains("prefillPoints"));
        Assert.That(() => new ProfiledPerformanceModel(Prefill, [], 1), Throws.ArgumentException.With.Message.Contains("decodePoints"));
        Assert.That(() => new ProfiledPerformanceModel([null!], Decode, 1), Throws.ArgumentException.With.Message.Contains("Point 0"));
        Assert.That(() => new ProfiledPerformanceModel([new(8, 1), new(8, 2)], Decode, 1), Throws.ArgumentException.With.Message.Contains("Input length 8"));
        Assert.That(() => new ProfiledPerformanceModel(Prefill, [new(8, 9, 1), new(8, 9, 2)], 1), Throws.ArgumentException.With.Message.Contains("Batch 8 at context 9"));
        Assert.That(() => new ProfiledPerformanceModel(Prefill, Decode, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ProfiledPerformanceModel(Prefill, Decode, 1, double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
    });

    [TestCase(0, 1, 1)]
    [TestCase(1, 0, 1)]
    [TestCase(1, double.NaN, 1)]
    [TestCase(1, 1, -1)]
    [TestCase(1, 1, double.PositiveInfinity)]
    public void An_impossible_point_is_refused(int size, double latencyMs, double powerWatts) => Assert.Multiple(() =>
    {
        Assert.That(() => new ProfiledPrefillPoint(size, latencyMs, powerWatts), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ProfiledDecodePoint(size, size, latencyMs, powerWatts), Throws.InstanceOf<ArgumentOutOfRangeException>());
    });
}
