using PowerPlanner.Performance;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Hosting;

/// <summary>Turns options into the problem that <see cref="Planner"/> solves. The options are copied: later changes have no effect.</summary>
public static class PlanningProblemFactory
{
    /// <summary>Builds the performance models that the options pick, and the problem around them.</summary>
    /// <param name="options">Valid options with a <see cref="PowerPlannerOptions.Performance"/> section.</param>
    /// <param name="models">Builds the models.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidOptionsException">The options are invalid, or have no performance section.</exception>
    /// <exception cref="PerformanceException">A model cannot be built; see <see cref="PerformanceModelBuilder.BuildAsync"/>.</exception>
    public static async ValueTask<PlanningProblem> CreateAsync(PowerPlannerOptions options, PerformanceModelBuilder models, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        ThrowIfInvalid(options);
        if (options.Performance is not { } performance)
        {
            throw new InvalidOptionsException("options", [new OptionViolation("performance", "missing", """an object such as { "kind": "aic", … }""")]);
        }

        if (options.Mode == DeploymentMode.Aggregated)
        {
            return Create(options, await models.BuildAsync(performance, Layout(options.AggEngine!), cancellationToken).ConfigureAwait(false));
        }

        var prefill = await models.BuildAsync(performance, Layout(options.PrefillEngine!), cancellationToken).ConfigureAwait(false);
        var decode = await models.BuildAsync(performance, Layout(options.DecodeEngine!), cancellationToken).ConfigureAwait(false);
        return Create(options, prefill, decode);
    }

    /// <summary>The problem of a disaggregated deployment around performance models of the host's own.</summary>
    /// <param name="options">Valid options in disagg mode.</param>
    /// <param name="prefill">Performance of <see cref="PowerPlannerOptions.PrefillEngine"/>.</param>
    /// <param name="decode">Performance of <see cref="PowerPlannerOptions.DecodeEngine"/>.</param>
    /// <exception cref="InvalidOptionsException">The options are invalid or in the other mode.</exception>
    public static PlanningProblem Create(PowerPlannerOptions options, IPerformanceModel prefill, IPerformanceModel decode)
    {
        ArgumentNullException.ThrowIfNull(prefill);
        ArgumentNullException.ThrowIfNull(decode);
        ThrowIfInvalid(options);
        ThrowUnless(options, DeploymentMode.Disaggregated);
        return Common(options) with
        {
            PrefillEngine = new PlanningEngine(prefill, Layout(options.PrefillEngine!)),
            DecodeEngine = new PlanningEngine(decode, Layout(options.DecodeEngine!)),
            MinPrefillReplicas = options.PrefillMinEndpoint ?? options.MinEndpoint,
            MinDecodeReplicas = options.DecodeMinEndpoint ?? options.MinEndpoint,
        };
    }

    /// <summary>The problem of an aggregated deployment around a performance model of the host's own.</summary>
    /// <param name="options">Valid options in agg mode.</param>
    /// <param name="engine">Performance of <see cref="PowerPlannerOptions.AggEngine"/>.</param>
    /// <exception cref="InvalidOptionsException">The options are invalid or in the other mode.</exception>
    public static PlanningProblem Create(PowerPlannerOptions options, IPerformanceModel engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ThrowIfInvalid(options);
        ThrowUnless(options, DeploymentMode.Aggregated);
        return Common(options) with
        {
            AggregatedEngine = new PlanningEngine(engine, Layout(options.AggEngine!)),
            MinDecodeReplicas = options.MinEndpoint,
        };
    }

    private static PlanningProblem Common(PowerPlannerOptions options)
    {
        var limits = options.GpuLimits is { } range ? new GpuPowerLimits(range.MinWatts, range.MaxWatts) : null;
        var corrections = options.InitialCorrections;
        return new PlanningProblem
        {
            Mode = options.Mode,
            Isl = options.Isl,
            Osl = options.Osl,
            TtftTargetMs = options.TtftMs,
            ItlTargetMs = options.ItlMs,
            Limits = new PlanningLimits
            {
                BudgetWatts = options.TotalGpuPowerLimitWatts,
                GpuBudget = options.MaxGpuBudget < 0 ? null : options.MaxGpuBudget,
                PrefillCapLimits = limits,
                DecodeCapLimits = limits,
            },
            Corrections = new Corrections(corrections.Ttft, corrections.Itl, corrections.PowerPrefill, corrections.PowerDecode, corrections.PowerAgg),
            MaxReplicas = options.MaxReplicas,
            MaxBatch = options.MaxBatch,
            Batches = options.Batches,
            NameplateWatts = options.TdpWatts,
            PrefillFallbackCapWatts = options.PrefillCapWatts,
            DecodeFallbackCapWatts = options.DecodeCapWatts,
            ReplicaPolicy = options.ReplicaPolicy,
            Objective = options.Objective,
            TargetRequestsPerSecond = options.TargetRequestsPerSecond,
            EnergyPrice = Price(options),
            PrefillUtilization = options.PrefillUtilization,
            DecodeUtilization = options.DecodeUtilization,
            MinimumPowerCoverage = options.MinimumPowerCoverage,
            NonGpuWattsPerGpu = options.NonGpuWattsPerGpu,
            AggregatedCapPolicy = options.AggCapPolicy,
            CapGrid = options.PowerSweep == PowerSweep.Grid ? new CapGrid { StepWatts = options.PowerSweepStepWatts } : null,
        };
    }

    internal static EnergyPrice? Price(PowerPlannerOptions options) => (options.ElectricityPricePerKwh, options.CarbonGramsPerKwh, options.CarbonPricePerTonne) is (null, null, null)
        ? null
        : new EnergyPrice { ElectricityPerKwh = options.ElectricityPricePerKwh, CarbonGramsPerKwh = options.CarbonGramsPerKwh, CarbonPerTonne = options.CarbonPricePerTonne };

    private static EngineLayout Layout(EngineOptions engine) => new(engine.Tp, engine.Pp, engine.AttentionDp, engine.MoeTp, engine.MoeEp, engine.Cp);

    private static void ThrowIfInvalid(PowerPlannerOptions options)
    {
        var violations = PowerPlannerOptionsValidator.FindAll(options);
        if (!violations.IsEmpty)
        {
            throw new InvalidOptionsException("options", violations);
        }
    }

    private static void ThrowUnless(PowerPlannerOptions options, DeploymentMode mode)
    {
        if (options.Mode != mode)
        {
            throw new InvalidOptionsException("options", [new OptionViolation("mode", options.Mode.ToString(), $"{mode}, to go with the models that are given")]);
        }
    }
}
