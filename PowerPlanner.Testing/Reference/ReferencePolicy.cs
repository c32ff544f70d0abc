using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Testing.Reference;

/// <summary>
/// The rules of the reference planner, its known weaknesses included, over the same seams as <see cref="PowerPlannerController"/>: to compare
/// the two on the same fleet, and to check simulations against published traces. Not for production: it overloads prefill, hides demand behind
/// its own caps and switches itself off for good.
/// </summary>
/// <remarks>
/// One operating point, the largest batch; decode first, prefill gets the rest; coefficients move by 0.3 of the way to each reading; three
/// violations in a row after the interval sweep again; its counts pass a GPU clamp and a watt clamp before they are written. In aggregated mode
/// its watt clamp does nothing, and a plan pays for a prefill role that does not exist. Not thread-safe.
/// </remarks>
public sealed class ReferencePolicy
{
    private const double Gain = 0.3;

    private readonly ReferenceSetup _setup;
    private readonly ControlOptions _options;
    private readonly IMetricsSource _metrics;
    private readonly IActuator _actuator;
    private readonly TimeProvider _time;
    private readonly bool _isAggregated;
    private readonly int _prefillGpus;
    private readonly int _decodeGpus;
    private ReferencePlan? _plan;
    private long? _budgetWatts;
    private long _lastSuccess;
    private long _revision;
    private int _prefillCapWatts;
    private int _decodeCapWatts;

    /// <summary>Creates the policy; nothing is written before <see cref="StartAsync"/>.</summary>
    /// <param name="setup">What it plans for.</param>
    /// <param name="metrics">Where observations come from.</param>
    /// <param name="actuator">What carries plans out.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentException">The problem is invalid.</exception>
    public ReferencePolicy(ReferenceSetup setup, IMetricsSource metrics, IActuator actuator, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(actuator);
        ArgumentNullException.ThrowIfNull(time);
        setup.Problem.Validate();
        _setup = setup;
        _options = setup.Options;
        _metrics = metrics;
        _actuator = actuator;
        _time = time;
        _isAggregated = setup.Problem.Mode == DeploymentMode.Aggregated;
        _prefillGpus = (setup.Problem.PrefillEngine ?? setup.Problem.AggregatedEngine!).Layout.Gpus;
        _decodeGpus = (setup.Problem.DecodeEngine ?? setup.Problem.AggregatedEngine!).Layout.Gpus;
        _budgetWatts = setup.Problem.Limits.BudgetWatts;
        Status = new ReferenceStatus { Corrections = _options.InitialCorrections };
    }

    /// <summary>What the last tick did.</summary>
    public ReferenceStatus Status { get; private set; }

    /// <summary>Changes the budget that sweeps and clamps use from now on. It triggers nothing.</summary>
    /// <param name="watts">The budget, W; null = none.</param>
    public void UpdateBudget(long? watts) => _budgetWatts = watts;

    /// <summary>Writes the configured caps, sweeps once and applies the plan. A sweep that fails switches the optimizer off for good.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async ValueTask<ReferenceStatus> StartAsync(CancellationToken cancellationToken = default)
    {
        _prefillCapWatts = _setup.Problem.PrefillFallbackCapWatts;
        _decodeCapWatts = _setup.Problem.DecodeFallbackCapWatts;
        await WriteCapsAsync(cancellationToken).ConfigureAwait(false);
        var desired = await CurrentAsync(cancellationToken).ConfigureAwait(false);
        if (TrySweep())
        {
            desired = (_plan!.PrefillReplicas, _plan.DecodeReplicas);
            await WriteCapsAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            Status = Status with { IsDisabled = true };
        }

        await ApplyAsync(desired, hasPlan: _plan is not null, cancellationToken).ConfigureAwait(false);
        return Status;
    }

    /// <summary>Observes, corrects, sweeps where drift has lasted, clamps and writes.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async ValueTask<ReferenceStatus> TickAsync(CancellationToken cancellationToken = default)
    {
        Status = Status with { Swept = false };
        var observation = await _metrics.ObserveAsync(cancellationToken).ConfigureAwait(false);
        if (!_setup.WritesCapsAtOnce)
        {
            await WriteCapsAsync(cancellationToken).ConfigureAwait(false);
        }

        var desired = await CurrentAsync(cancellationToken).ConfigureAwait(false);
        var hasPlan = false;
        if (!Status.IsDisabled && observation is not null)
        {
            Learn(observation);
            if (HasDrifted(observation))
            {
                var succeeded = TrySweep();

                // A sweep that fails applies the last plan again, whatever has been scaled since.
                hasPlan = _plan is not null;
                desired = hasPlan ? (_plan!.PrefillReplicas, _plan.DecodeReplicas) : desired;
                if (succeeded && _setup.WritesCapsAtOnce)
                {
                    await WriteCapsAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }

        await ApplyAsync(desired, hasPlan, cancellationToken).ConfigureAwait(false);
        return Status;
    }

    private void Learn(Observation observation)
    {
        if (_plan is not { } plan)
        {
            return;
        }

        var corrections = Status.Corrections;
        var pegged = Status.Pegged;
        var hasRequests = observation.Requests > 0;
        Status = Status with
        {
            Corrections = corrections with
            {
                Ttft = Next(corrections.Ttft, hasRequests ? observation.TtftMs : null, plan.TtftMs),
                Itl = Next(corrections.Itl, hasRequests ? observation.ItlMs : null, plan.ItlMs),
                PowerPrefill = Next(corrections.PowerPrefill, observation.Prefill?.ScheduledTokens > 0 ? observation.Prefill.PowerWattsPerGpu : null, plan.RawPrefillWatts),
                PowerDecode = Next(corrections.PowerDecode, observation.Decode?.ScheduledTokens > 0 ? observation.Decode.PowerWattsPerGpu : null, plan.RawDecodeWatts),
                PowerAggregated = Next(corrections.PowerAggregated, observation.Aggregated?.ScheduledTokens > 0 ? observation.Aggregated.PowerWattsPerGpu : null, plan.RawAggregatedWatts),
            },
            Pegged = pegged,
        };

        double Next(double coefficient, double? observed, double predicted)
        {
            if (observed is not > 0)
            {
                return coefficient;
            }

            var raw = (Gain * (observed.Value / predicted)) + ((1 - Gain) * coefficient);
            var next = Math.Clamp(raw, Corrections.Minimum, Corrections.Maximum);
            pegged += next == raw ? 0 : 1;
            return next;
        }
    }

    private bool HasDrifted(Observation observation)
    {
        if (_time.GetElapsedTime(_lastSuccess) < _options.ReoptimizeInterval)
        {
            return false;
        }

        var missesTarget = observation.TtftMs > _setup.Problem.TtftTargetMs || observation.ItlMs > _setup.Problem.ItlTargetMs;
        var exceedsCapacity = Status.EstimatedTokensPerSecond > 0
            && observation.TokensPerSecond > Status.EstimatedTokensPerSecond * (1 + _options.DriftRelativeThreshold);
        Status = Status with { ViolationTicks = missesTarget || exceedsCapacity ? Status.ViolationTicks + 1 : 0 };
        return Status.ViolationTicks >= _options.DriftConsecutiveTicks;
    }

    private bool TrySweep()
    {
        try
        {
            _plan = ReferencePlan.Sweep(_setup, Status.Corrections, _budgetWatts);
        }
        catch (Exception exception) when (exception is InvalidOperationException or PerformanceException)
        {
            var failures = Status.ConsecutiveFailures + 1;
            Status = Status with
            {
                ConsecutiveFailures = failures,
                Exceptions = Status.Exceptions + 1,
                IsDisabled = failures >= _options.MaxConsecutiveFailures,
            };
            return false;
        }

        _lastSuccess = _time.GetTimestamp();
        _prefillCapWatts = _plan.PrefillCapWatts;
        _decodeCapWatts = _plan.DecodeCapWatts;
        Status = Status with { ConsecutiveFailures = 0, ViolationTicks = 0, Swept = true, Sweeps = Status.Sweeps + 1 };
        return true;
    }

    private async ValueTask ApplyAsync((int Prefill, int Decode) desired, bool hasPlan, CancellationToken cancellationToken)
    {
        var problem = _setup.Problem;
        var watts = (ReplicaWatts(_prefillCapWatts, _prefillGpus), ReplicaWatts(_decodeCapWatts, _decodeGpus));
        var counts = Clamp(desired, watts);
        if (hasPlan)
        {
            Status = Status with { EstimatedTokensPerSecond = _plan!.DecodeRequestsPerSecond * counts.Decode * (problem.Isl + problem.Osl) };
        }

        await WriteReplicasAsync(counts, cancellationToken).ConfigureAwait(false);
        Status = Status with
        {
            PrefillReplicas = counts.Prefill,
            DecodeReplicas = counts.Decode,
            PrefillCapWatts = _prefillCapWatts,
            DecodeCapWatts = _decodeCapWatts,
            ProjectedWatts = (counts.Prefill * watts.Item1) + (counts.Decode * watts.Item2),
        };
    }

    private (int Prefill, int Decode) Clamp((int Prefill, int Decode) desired, (long Prefill, long Decode) watts)
    {
        var problem = _setup.Problem;
        if (_isAggregated)
        {
            // One kind of engine: the watt clamp does not know the GPUs of the other role and lets everything pass; the ceiling of GPUs holds.
            var most = problem.Limits.GpuBudget is { } gpus ? gpus / _decodeGpus : int.MaxValue;
            return (0, most < problem.MinDecodeReplicas ? 0 : (int)Math.Min(desired.Decode, most));
        }

        var minima = (problem.MinPrefillReplicas, problem.MinDecodeReplicas);
        var counts = ReferenceClamp.Apply(desired, (_prefillGpus, _decodeGpus), minima, problem.Limits.GpuBudget);
        return ReferenceClamp.Apply(counts, watts, minima, _budgetWatts);
    }

    private async ValueTask<(int Prefill, int Decode)> CurrentAsync(CancellationToken cancellationToken)
    {
        var state = await _actuator.ReadAsync(cancellationToken).ConfigureAwait(false);
        return (Running(state.Prefill), Running(state.Aggregated ?? state.Decode));
    }

    // What a denied or failed write leaves as it was is written again at a later tick.
    private async ValueTask WriteCapsAsync(CancellationToken cancellationToken)
    {
        var state = await _actuator.ReadAsync(cancellationToken).ConfigureAwait(false);
        foreach (var (role, cap) in ByRole(_prefillCapWatts, _decodeCapWatts))
        {
            if (state.Of(role)?.EffectiveCapWatts != cap)
            {
                await TryAsync(_actuator.SetCapAsync(new SetCapCommand(role, cap, ++_revision), cancellationToken)).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask WriteReplicasAsync((int Prefill, int Decode) counts, CancellationToken cancellationToken)
    {
        var state = await _actuator.ReadAsync(cancellationToken).ConfigureAwait(false);
        foreach (var (role, count) in ByRole(counts.Prefill, counts.Decode))
        {
            if (Running(state.Of(role)) != count)
            {
                await TryAsync(_actuator.SetReplicasAsync(new SetReplicasCommand(role, count, ++_revision), cancellationToken)).ConfigureAwait(false);
            }
        }
    }

    private (FleetRole Role, int Value)[] ByRole(int prefill, int decode) =>
        _isAggregated ? [(FleetRole.Aggregated, decode)] : [(FleetRole.Prefill, prefill), (FleetRole.Decode, decode)];

    private static async ValueTask TryAsync(ValueTask<RoleState> command)
    {
        try
        {
            await command.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is CommandRefusedException or IOException or TimeoutException)
        {
            // The reference logs it and goes on.
        }
    }

    private long ReplicaWatts(int capWatts, int gpus) => CapBridge.ReplicaWatts(capWatts, _setup.Problem.NonGpuWattsPerGpu, gpus);

    private static int Running(RoleState? role) => role is null ? 0 : role.Ready + role.Starting;
}
