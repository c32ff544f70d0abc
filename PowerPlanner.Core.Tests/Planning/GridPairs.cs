using PowerPlanner.Performance.PowerScaling;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Planning;

/// <summary>Every pair of points under every pair of caps, by plain enumeration; only what a cap does to latency is the library's.</summary>
internal static class GridPairs
{
    public static List<PointPair> Of(PlanningProblem problem) => problem.Mode == DeploymentMode.Disaggregated ? Disaggregated(problem) : Aggregated(problem);

    private static List<PointPair> Disaggregated(PlanningProblem problem)
    {
        var (prefillEngine, decodeEngine) = (problem.PrefillEngine!, problem.DecodeEngine!);
        var (prefillModel, decodeModel) = ((GridModel)prefillEngine.Model, (GridModel)decodeEngine.Model);
        var limits = problem.Limits;
        var pairs = new List<PointPair>();
        foreach (var prefill in Capped(problem, prefillModel.Prefill, prefillModel.NameplateWatts, problem.PrefillFallbackCapWatts, problem.Corrections.PowerPrefill, limits.PrefillCapLimits, problem.CapGrid!.Scaling.PrefillCurve))
        {
            for (var j = 0; j < Batches(problem, decodeModel); j++)
            {
                foreach (var decode in Capped(problem, decodeModel.Decode[j], decodeModel.NameplateWatts, problem.DecodeFallbackCapWatts, problem.Corrections.PowerDecode, limits.DecodeCapLimits, problem.CapGrid.Scaling.DecodeCurve))
                {
                    pairs.Add(new PointPair
                    {
                        PrefillIndex = 0,
                        DecodeIndex = j,
                        TtftMs = prefill.LatencyMs,
                        ItlMs = decode.LatencyMs,
                        Batch = j + 1,
                        PrefillRate = problem.PrefillUtilization * prefillEngine.Layout.AttentionDataParallel * prefillEngine.Layout.PipelineParallel * 1000 / prefill.LatencyMs,
                        DecodeRate = problem.DecodeUtilization * (j + 1) * decodeEngine.Layout.AttentionDataParallel * decodeEngine.Layout.PipelineParallel * 1000 / (decode.LatencyMs * problem.Osl),
                        PrefillCapWatts = prefill.CapWatts,
                        DecodeCapWatts = decode.CapWatts,
                        PrefillGpus = prefillEngine.Layout.Gpus,
                        DecodeGpus = decodeEngine.Layout.Gpus,
                        PrefillWatts = (long)(BruteForcePlanner.Charge(prefill.CapWatts, limits.PrefillChargeFloorWatts) + problem.NonGpuWattsPerGpu) * prefillEngine.Layout.Gpus,
                        DecodeWatts = (long)(BruteForcePlanner.Charge(decode.CapWatts, limits.DecodeChargeFloorWatts) + problem.NonGpuWattsPerGpu) * decodeEngine.Layout.Gpus,
                    });
                }
            }
        }

        return pairs;
    }

    private static List<PointPair> Aggregated(PlanningProblem problem)
    {
        var engine = problem.AggregatedEngine!;
        var model = (GridModel)engine.Model;
        var limits = problem.Limits.DecodeCapLimits;
        var correction = problem.Corrections.PowerAggregated;
        var factor = Math.Max(1, correction);
        var nameplate = problem.NameplateWatts ?? model.NameplateWatts;
        var prefillCurve = problem.CapGrid!.Scaling.PrefillCurve;
        var decodeCurve = problem.CapGrid.Scaling.DecodeCurve;
        var prefillPower = BruteForcePlanner.Power(problem, model.NameplateWatts, model.Prefill.Estimate, problem.PrefillFallbackCapWatts, null);
        var pairs = new List<PointPair>();
        for (var j = 0; j < Batches(problem, model); j++)
        {
            var step = model.Decode[j];
            var decodePower = BruteForcePlanner.Power(problem, model.NameplateWatts, step.Estimate, problem.DecodeFallbackCapWatts, null);
            var power = problem.AggregatedCapPolicy == AggregatedCapPolicy.Max ? Math.Max(prefillPower, decodePower) : (prefillPower + decodePower) / 2;
            var (prefillWatts, decodeWatts) = (Math.Min(prefillPower, power), Math.Min(decodePower, power));
            var uncapped = BruteForcePlanner.Cap(null, power, correction, limits);
            var scales = nameplate is not null && model.Prefill.PowerWatts is not null && step.PowerWatts is not null;
            var lowest = scales ? Math.Max(Lowest(problem, nameplate!.Value, prefillCurve), Lowest(problem, nameplate.Value, decodeCurve)) : 0;
            foreach (var cap in Caps(problem, limits, uncapped, scales ? lowest : null))
            {
                var ttft = model.Prefill.LatencyMs;
                var itl = step.LatencyMs;
                if (cap < uncapped)
                {
                    ttft *= Latency(problem, nameplate!.Value, prefillCurve).Factor(model.Prefill.Balance, prefillWatts * factor, cap);
                    itl *= Latency(problem, nameplate.Value, decodeCurve).Factor(step.Balance, decodeWatts * factor, cap);
                }
                else
                {
                    ttft *= Cut(problem, model.Prefill, prefillWatts, cap, limits, scales && CanGrid(limits, lowest) ? nameplate : null, prefillCurve);
                    itl *= Cut(problem, step, decodeWatts, cap, limits, scales && CanGrid(limits, lowest) ? nameplate : null, decodeCurve);
                }

                pairs.Add(new PointPair
                {
                    PrefillIndex = 0,
                    DecodeIndex = j,
                    TtftMs = ttft,
                    ItlMs = itl,
                    Batch = j + 1,
                    DecodeRate = problem.DecodeUtilization * (j + 1) * engine.Layout.AttentionDataParallel * engine.Layout.PipelineParallel * 1000 / (ttft + (itl * (problem.Osl - 1))),
                    PrefillCapWatts = cap,
                    DecodeCapWatts = cap,
                    DecodeGpus = engine.Layout.Gpus,
                    DecodeWatts = (long)(BruteForcePlanner.Charge(cap, problem.Limits.DecodeChargeFloorWatts) + problem.NonGpuWattsPerGpu) * engine.Layout.Gpus,
                });
            }
        }

        return pairs;
    }

    private static int Batches(PlanningProblem problem, GridModel model)
    {
        var most = Math.Min(model.Decode.Length, model.KvCapacityTokens / (problem.Isl + problem.Osl));
        return (int)Math.Min(most, problem.MaxBatch ?? int.MaxValue);
    }

    private static IEnumerable<(int CapWatts, double LatencyMs)> Capped(
        PlanningProblem problem, GridStep step, double? modelNameplate, int fallbackCap, double correction, GpuPowerLimits? limits, CapCurve? curve)
    {
        var power = BruteForcePlanner.Power(problem, modelNameplate, step.Estimate, fallbackCap, null);
        var uncapped = BruteForcePlanner.Cap(null, power, correction, limits);
        var nameplate = problem.NameplateWatts ?? modelNameplate;
        var scales = nameplate is not null && step.PowerWatts is not null;
        var lowest = scales ? Lowest(problem, nameplate!.Value, curve) : 0;
        foreach (var cap in Caps(problem, limits, uncapped, scales ? lowest : null))
        {
            var factor = cap < uncapped
                ? Latency(problem, nameplate!.Value, curve).Factor(step.Balance, power * Math.Max(1, correction), cap)
                : Cut(problem, step, power, cap, limits, scales && CanGrid(limits, lowest) ? nameplate : null, curve);
            yield return (cap, step.LatencyMs * factor);
        }
    }

    private static IEnumerable<int> Caps(PlanningProblem problem, GpuPowerLimits? limits, int uncapped, double? lowest)
    {
        for (var cap = limits?.MinWatts ?? (int)Math.Ceiling((lowest ?? uncapped) * (1 - 1e-9)); lowest is not null && cap < uncapped; cap += problem.CapGrid!.StepWatts)
        {
            if (cap >= lowest * (1 - 1e-9))
            {
                yield return cap;
            }
        }

        yield return uncapped;
    }

    // Where the hardware's range ends below the lowest cap of power scaling there is no grid and no answer from it.
    private static bool CanGrid(GpuPowerLimits? limits, double lowest) => limits is null || limits.MaxWatts >= lowest * (1 - 1e-9);

    private static double Cut(PlanningProblem problem, GridStep step, double power, int cap, GpuPowerLimits? limits, double? nameplate, CapCurve? curve)
    {
        var factor = BruteForcePlanner.Slowdown(power, cap, limits);
        return factor > 1 && nameplate is { } tdp ? Latency(problem, tdp, curve).Factor(step.Balance, power, cap) : factor;
    }

    private static double Lowest(PlanningProblem problem, double nameplate, CapCurve? curve) => Latency(problem, nameplate, curve).LowestCapWatts;

    private static CapLatency Latency(PlanningProblem problem, double nameplate, CapCurve? curve) => new(nameplate, problem.CapGrid!.Scaling, curve);
}
