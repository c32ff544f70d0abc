using System.Buffers;
using System.Collections.Immutable;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Planning.Sweep;

/// <summary>
/// Asks the models for the operating points of a workload: one prefill step at batch 1, decode steps at all candidate batches with
/// context <c>ISL + OSL // 2 + 1</c>. Whatever a model does wrong becomes a <see cref="SweepFailure"/>; only cancellation passes through.
/// </summary>
internal static class ModelSweeper
{
    /// <summary>More candidates than any engine schedules; beyond it a KV capacity is a mistake or needs an explicit batch limit.</summary>
    internal const int MaximumBatchCandidates = 1 << 20;

    private static readonly SweptPoints Nothing = new(0);

    public static DeploymentSweep Sweep(PlanningProblem problem, CancellationToken cancellationToken)
    {
        try
        {
            return problem.Mode == DeploymentMode.Disaggregated
                ? Sweep(problem, problem.PrefillEngine!.Model, problem.DecodeEngine!.Model, composition: null, cancellationToken)
                : Sweep(problem, problem.AggregatedEngine!.Model, problem.AggregatedEngine.Model, problem.AggregatedEngine.Model as IAggregatedPerformanceModel, cancellationToken);
        }
        catch (SweepFailureException failed)
        {
            return new DeploymentSweep { Failure = failed.Failure, Prefill = Nothing, Decode = Nothing };
        }
    }

    private static DeploymentSweep Sweep(PlanningProblem problem, IPerformanceModel prefillModel, IPerformanceModel decodeModel, IAggregatedPerformanceModel? composition, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var prefillPower = new PowerRule(problem, Ask("prefill", prefillModel, static model => model.NameplateWatts), problem.PrefillFallbackCapWatts, "prefill");
        var decodePower = new PowerRule(problem, Ask("decode", decodeModel, static model => model.NameplateWatts), problem.DecodeFallbackCapWatts, "decode");

        var prefill = SweepPrefill(problem, prefillModel, prefillPower);
        var kvTokens = Ask("decode", decodeModel, static model => model.KvCapacityTokens);
        if (kvTokens < 0)
        {
            throw ModelFailed(FormattableString.Invariant($"The decode model answers {kvTokens} tokens of KV capacity; a capacity is at least 0."));
        }

        var sequenceTokens = (long)problem.Isl + problem.Osl;
        var kvBatch = kvTokens / sequenceTokens;
        if (kvBatch == 0)
        {
            throw new SweepFailureException(
                InfeasibleReason.KvInfeasible,
                FormattableString.Invariant($"No plan: the KV cache of an attention rank holds {kvTokens} tokens; one sequence needs {problem.Isl} + {problem.Osl} = {sequenceTokens}."));
        }

        cancellationToken.ThrowIfCancellationRequested();
        var maxBatch = problem.MaxBatch is { } limit ? Math.Min(limit, kvBatch) : kvBatch;
        var decode = decodeModel is IListedPerformanceModel
            ? ListDecode(problem, Listed("decode", decodeModel, static model => ((IListedPerformanceModel)model).DecodePoints), maxBatch, kvBatch, decodePower)
            : SweepDecode(problem, decodeModel, maxBatch, decodePower, keepMisses: composition is not null);
        if (problem.Mode == DeploymentMode.Aggregated && !HaveCommonCap(prefill, decode))
        {
            throw ModelFailed("No prefill point and decode point of the table run under the same cap, and an aggregated engine has one.");
        }

        var aggregated = composition is null ? null : Compose(problem, composition, ref decode, cancellationToken);
        return new DeploymentSweep
        {
            Prefill = prefill,
            Decode = decode,
            Aggregated = aggregated,
            PrefillCaps = CapsOf(problem, problem.CapGrid?.Scaling.PrefillCurve, prefillPower.NameplateWatts, prefillModel, points => BalancePrefill(problem, prefillModel, points), prefill),
            DecodeCaps = CapsOf(problem, problem.CapGrid?.Scaling.DecodeCurve, decodePower.NameplateWatts, decodeModel, points => BalanceDecode(problem, decodeModel, points), decode),
            KvTokensPerRank = kvTokens,
            KvBatch = kvBatch,
        };
    }

    /// <summary>What caps do to the steps of one side, and what those steps are made of; null where nobody can tell.</summary>
    private static CapLatency? CapsOf(PlanningProblem problem, CapCurve? curve, double? nameplateWatts, IPerformanceModel model, Action<SweptPoints> balance, SweptPoints points)
    {
        if (problem.CapGrid is not { } grid || nameplateWatts is not { } nameplate)
        {
            return null;
        }

        if (curve is not null)
        {
            points.Balances = new StepBalance[points.Count];
        }
        else if (model is ICapAwarePerformanceModel)
        {
            try
            {
                balance(points);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                throw ModelFailed("cap-aware", failure);
            }
        }

        return points.Balances is null ? null : new CapLatency(nameplate, grid.Scaling, curve);
    }

    private static void BalancePrefill(PlanningProblem problem, IPerformanceModel model, SweptPoints points) =>
        points.Balances = [((ICapAwarePerformanceModel)model).BalancePrefill(new PrefillQuery(problem.Isl))];

    private static void BalanceDecode(PlanningProblem problem, IPerformanceModel model, SweptPoints points)
    {
        var aware = (ICapAwarePerformanceModel)model;
        var context = DecodeContext(problem);
        if (points.Count == 1)
        {
            points.Balances = [aware.BalanceDecode(new DecodeQuery(points.Batch[0], context))];
            return;
        }

        var swept = new StepBalance[points.Batch[points.Count - 1]];
        aware.BalanceDecodeSweep(context, swept);
        if (swept.Length > points.Count)
        {
            // Batches without data are no points.
            for (var i = 0; i < points.Count; i++)
            {
                swept[i] = swept[points.Batch[i] - 1];
            }
        }

        points.Balances = swept;
    }

    private static long DecodeContext(PlanningProblem problem) => problem.Isl + (problem.Osl / 2) + 1L;

    private static SweptPoints SweepPrefill(PlanningProblem problem, IPerformanceModel model, in PowerRule rule)
    {
        if (model is IListedPerformanceModel)
        {
            var given = Listed("prefill", model, static model => ((IListedPerformanceModel)model).PrefillPoints);
            var listed = new SweptPoints(given.Length);
            foreach (var point in given)
            {
                listed.Add(point.Estimate.LatencyMs, rule.PowerOf(point.Estimate, point.CapWatts), batch: 1, point.CapWatts ?? 0);
            }

            return listed;
        }

        StepEstimate estimate;
        try
        {
            estimate = model.EstimatePrefill(new PrefillQuery(problem.Isl));
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw ModelFailed("prefill", failure);
        }

        CheckLatency(estimate.LatencyMs, "prefill", FormattableString.Invariant($"ISL {problem.Isl}"));
        var points = new SweptPoints(1);
        points.Add(estimate.LatencyMs, rule.PowerOf(estimate, null), batch: 1, ownCapWatts: 0);
        return points;
    }

    private static SweptPoints SweepDecode(PlanningProblem problem, IPerformanceModel model, long maxBatch, in PowerRule rule, bool keepMisses)
    {
        var context = DecodeContext(problem);
        if (OnlyLargest(problem))
        {
            return EstimateLargest(model, maxBatch, context, rule);
        }

        if (maxBatch > MaximumBatchCandidates)
        {
            throw ModelFailed(FormattableString.Invariant($"The KV cache allows {maxBatch} sequences a rank; at most {MaximumBatchCandidates} are searched. Set {nameof(problem.MaxBatch)}."));
        }

        var estimates = ArrayPool<StepEstimate>.Shared.Rent((int)maxBatch);
        try
        {
            var span = estimates.AsSpan(0, (int)maxBatch);
            try
            {
                model.EstimateDecodeSweep(context, span);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                throw ModelFailed("decode", failure);
            }

            var points = new SweptPoints(span.Length);
            for (var i = 0; i < span.Length; i++)
            {
                ref readonly var estimate = ref span[i];
                if (estimate.HasData)
                {
                    CheckDecodeLatency(estimate.LatencyMs, i + 1);
                    points.Add(estimate.LatencyMs, rule.PowerOf(estimate, null), i + 1, ownCapWatts: 0);
                }
                else if (keepMisses)
                {
                    points.Add(double.NaN, rule.PowerOf(estimate, null), i + 1, ownCapWatts: 0);
                }
            }

            return points.Count > 0 ? points : throw NoDecodeData(model, context);
        }
        finally
        {
            ArrayPool<StepEstimate>.Shared.Return(estimates);
        }
    }

    private static SweptPoints EstimateLargest(IPerformanceModel model, long maxBatch, long context, in PowerRule rule)
    {
        if (maxBatch > int.MaxValue)
        {
            throw ModelFailed(FormattableString.Invariant($"The KV cache allows {maxBatch} sequences a rank; at most {int.MaxValue} can be planned. Set {nameof(PlanningProblem.MaxBatch)}."));
        }

        var batch = (int)maxBatch;
        StepEstimate estimate;
        try
        {
            estimate = model.EstimateDecode(new DecodeQuery(batch, context));
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw ModelFailed("decode", failure);
        }

        CheckDecodeLatency(estimate.LatencyMs, batch);
        var points = new SweptPoints(1);
        points.Add(estimate.LatencyMs, rule.PowerOf(estimate, null), batch, ownCapWatts: 0);
        return points;
    }

    private static SweptPoints ListDecode(PlanningProblem problem, ImmutableArray<TableDecodePoint> given, long maxBatch, long kvBatch, in PowerRule rule)
    {
        var largest = 0;
        var smallest = int.MaxValue;
        foreach (var point in given)
        {
            smallest = Math.Min(smallest, point.Batch);
            if (point.Batch <= maxBatch)
            {
                largest = Math.Max(largest, point.Batch);
            }
        }

        if (smallest > kvBatch)
        {
            throw new SweepFailureException(
                InfeasibleReason.KvInfeasible,
                FormattableString.Invariant($"No plan: the smallest batch of the table is {smallest}; the KV cache of an attention rank holds {kvBatch} sequences."));
        }

        if (largest == 0)
        {
            throw ModelFailed(FormattableString.Invariant($"The table has no decode point at a batch of at most {maxBatch}; its smallest is {smallest}."));
        }

        var points = new SweptPoints(given.Length);
        var least = OnlyLargest(problem) ? largest : 1;
        foreach (var point in given)
        {
            if (point.Batch >= least && point.Batch <= maxBatch)
            {
                points.Add(point.Estimate.LatencyMs, rule.PowerOf(point.Estimate, point.CapWatts), point.Batch, point.CapWatts ?? 0);
            }
        }

        return points;
    }

    /// <summary>Asks the model's own composition at each decode batch; batches without data leave the decode points too.</summary>
    private static AggregatedEstimate[] Compose(PlanningProblem problem, IAggregatedPerformanceModel model, ref SweptPoints decode, CancellationToken cancellationToken)
    {
        var kept = new SweptPoints(decode.Count);
        var estimates = new AggregatedEstimate[decode.Count];
        NoPerformanceDataException? firstMiss = null;
        for (var i = 0; i < decode.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AggregatedEstimate estimate;
            try
            {
                estimate = model.EstimateAggregated(new AggregatedQuery(decode.Batch[i], problem.Isl, problem.Osl));
            }
            catch (NoPerformanceDataException miss)
            {
                firstMiss ??= miss;
                continue;
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                throw ModelFailed("aggregated", failure);
            }

            var where = FormattableString.Invariant($"batch {decode.Batch[i]}");
            CheckLatency(estimate.TtftMs, "aggregated TTFT", where);
            CheckLatency(estimate.ItlMs, "aggregated ITL", where);
            if (!(estimate.RequestsPerSecond > 0 && double.IsFinite(estimate.RequestsPerSecond)))
            {
                throw ModelFailed(FormattableString.Invariant($"The aggregated model answers {estimate.RequestsPerSecond} requests/s at {where}; a rate is finite and greater than 0."));
            }

            estimates[kept.Count] = estimate;
            kept.Add(decode.LatencyMs[i], decode.PowerAt(i), decode.Batch[i], decode.OwnCapWatts[i]);
        }

        if (kept.Count == 0)
        {
            throw ModelFailed("aggregated", firstMiss!);
        }

        decode = kept;
        return estimates;
    }

    private static bool HaveCommonCap(SweptPoints prefill, SweptPoints decode)
    {
        var caps = prefill.OwnCapWatts.AsSpan(0, prefill.Count);
        foreach (var cap in decode.OwnCapWatts.AsSpan(0, decode.Count))
        {
            if (caps.Contains(cap))
            {
                return true;
            }
        }

        return false;
    }

    private static bool OnlyLargest(PlanningProblem problem) =>
        problem.Batches == BatchPolicy.Largest || problem.ReplicaPolicy == ReplicaPolicy.DecodeFirst;

    private static T Ask<T>(string side, IPerformanceModel model, Func<IPerformanceModel, T> question)
    {
        try
        {
            return question(model);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw ModelFailed(side, failure);
        }
    }

    private static ImmutableArray<T> Listed<T>(string side, IPerformanceModel model, Func<IPerformanceModel, ImmutableArray<T>> question)
    {
        var points = Ask(side, model, question);
        return points.IsDefaultOrEmpty ? throw ModelFailed($"The {side} model lists no operating point; it must list at least one.") : points;
    }

    private static void CheckLatency(double latencyMs, string side, string where)
    {
        if (!(latencyMs > 0 && double.IsFinite(latencyMs)))
        {
            throw ModelFailed(FormattableString.Invariant($"The {side} model answers {latencyMs} ms at {where}; a latency is finite and greater than 0."));
        }
    }

    private static void CheckDecodeLatency(double latencyMs, int batch)
    {
        if (!(latencyMs > 0 && double.IsFinite(latencyMs)))
        {
            CheckLatency(latencyMs, "decode", FormattableString.Invariant($"batch {batch}"));
        }
    }

    /// <summary>A sweep drops misses without a word; the single question says why.</summary>
    private static SweepFailureException NoDecodeData(IPerformanceModel model, long context)
    {
        try
        {
            model.EstimateDecode(new DecodeQuery(1, context));
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return ModelFailed("decode", failure);
        }

        return ModelFailed(FormattableString.Invariant($"The decode model has no data at any batch with context {context}."));
    }

    private static SweepFailureException ModelFailed(string side, Exception failure) => new(
        InfeasibleReason.ModelFailed,
        $"The {side} model failed with {failure.GetType().Name}: {failure.Message}",
        hasModelThrown: failure is not NoPerformanceDataException);

    private static SweepFailureException ModelFailed(string detail) => new(InfeasibleReason.ModelFailed, detail);
}
