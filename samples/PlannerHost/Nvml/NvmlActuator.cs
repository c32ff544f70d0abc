using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using PowerPlanner.Control;

namespace PlannerHost.Nvml;

/// <summary>
/// Caps by NVML on the machine that the planner runs on; replicas and frontends by another actuator, such as the one that starts the local
/// engines. For a deployment of one machine: elsewhere an agent on each node sets the caps. Thread-safe.
/// </summary>
/// <remarks>
/// <para>NVML blocks and may hang on a sick GPU, so its calls run on a pool thread and are waited for no longer than the time limit. What did not answer in
/// time goes on and may still take effect: the call ends in a <see cref="TimeoutException"/>, and no other begins before it is over.</para>
/// <para>Hence a newer cap is always the later one, and it fences by revision: a command that is older than one that was answered is refused.</para>
/// <para>Replicas are counted by the caps of their GPUs. A new one starts under the cap that its GPUs have already.</para>
/// </remarks>
internal sealed class NvmlActuator : IActuator, IDisposable
{
    private readonly IActuator _replicas;
    private readonly FrozenDictionary<FleetRole, NvmlCapWriter> _writers;
    private readonly TimeSpan _timeLimit;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private ImmutableDictionary<(FleetRole Role, CommandKind Kind), long> _answered = ImmutableDictionary<(FleetRole, CommandKind), long>.Empty;

    /// <summary>Creates the actuator.</summary>
    /// <param name="replicas">Sets and reads replicas and frontends; the caps that it reports are not used for roles that have GPUs here.</param>
    /// <param name="writers">The GPUs of each role: of all its replicas, running or to come. No GPU may serve two roles.</param>
    /// <param name="timeLimit">How long a call may take before it counts as uncertain.</param>
    /// <param name="time">The clock of the time limit.</param>
    /// <exception cref="ArgumentException">A GPU has two roles.</exception>
    public NvmlActuator(IActuator replicas, IReadOnlyDictionary<FleetRole, NvmlCapWriter> writers, TimeSpan timeLimit, TimeProvider time)
    {
        _replicas = replicas;
        _writers = writers.ToFrozenDictionary();
        _timeLimit = timeLimit;
        _time = time;
        foreach (var shared in _writers.SelectMany(writer => writer.Value.Uuids).GroupBy(uuid => uuid, StringComparer.Ordinal).Where(uses => uses.Count() > 1))
        {
            throw new ArgumentException($"GPU {shared.Key} is given to {shared.Count()} roles; a GPU has one cap, hence one role.", nameof(writers));
        }
    }

    /// <inheritdoc/>
    public bool FencesByRevision => true;

    /// <inheritdoc/>
    public async ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken)
    {
        var state = await _replicas.ReadAsync(cancellationToken);
        return state with
        {
            Prefill = await WithCapsAsync(FleetRole.Prefill, state.Prefill, cancellationToken),
            Decode = await WithCapsAsync(FleetRole.Decode, state.Decode, cancellationToken),
            Aggregated = await WithCapsAsync(FleetRole.Aggregated, state.Aggregated, cancellationToken),
        };
    }

    /// <inheritdoc/>
    public async ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken)
    {
        if (!_writers.TryGetValue(command.Role, out var writer))
        {
            throw new CommandRefusedException($"Cap of {command.CapWatts} W for {command.Role}: no GPU of this machine is given to that role.");
        }

        RefuseOvertaken(command.Role, CommandKind.SetCap, command.Revision);

        // Read first: once caps are written, only their read-back may fail the command.
        var state = (await _replicas.ReadAsync(cancellationToken)).Of(command.Role)
            ?? throw new CommandRefusedException($"Cap of {command.CapWatts} W for {command.Role}: the deployment has no such role.");
        var outcome = await CallAsync(() => writer.Apply(command.CapWatts), $"setting {command.CapWatts} W on {command.Role}", cancellationToken);
        ThrowIfNothingWasDone(command, outcome);
        Answer(command.Role, CommandKind.SetCap, command.Revision);
        return Merge(command.Role, state, outcome);
    }

    /// <inheritdoc/>
    public async ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken)
    {
        RefuseOvertaken(command.Role, CommandKind.SetReplicas, command.Revision);
        var state = await _replicas.SetReplicasAsync(command, cancellationToken);
        Answer(command.Role, CommandKind.SetReplicas, command.Revision);
        return await WithCapsAsync(command.Role, state, cancellationToken) ?? state;
    }

    /// <inheritdoc/>
    public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) => _replicas.SetThresholdsAsync(command, cancellationToken);

    /// <summary>Gives every GPU its default limit back, as when the planner leaves for good.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>What is in force, role by role.</returns>
    public async Task<IReadOnlyDictionary<FleetRole, NvmlCapOutcome>> RestoreAsync(CancellationToken cancellationToken)
    {
        var outcomes = new Dictionary<FleetRole, NvmlCapOutcome>();
        foreach (var (role, writer) in _writers)
        {
            outcomes.Add(role, await CallAsync(writer.Restore, $"restoring the default limits of {role}", cancellationToken));
        }

        return outcomes;
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    // Refused only where no GPU was touched and every failure is one that NVML reports before it acts.
    private static void ThrowIfNothingWasDone(SetCapCommand command, NvmlCapOutcome outcome)
    {
        if (outcome.Written > 0 || outcome.Failures.IsEmpty)
        {
            return;
        }

        var first = outcome.Failures[0];
        var message = string.Create(CultureInfo.InvariantCulture, $"Cap of {command.CapWatts} W for {command.Role}: {outcome.Failures.Length} calls failed on {outcome.Gpus} GPUs and none was written. {first.Message}");
        throw outcome.Failures.All(failure => failure.ChangedNothing)
            ? new CommandRefusedException(message, first)
            : new InvalidOperationException(message, first);
    }

    private async Task<RoleState?> WithCapsAsync(FleetRole role, RoleState? state, CancellationToken cancellationToken) =>
        state is not null && _writers.TryGetValue(role, out var writer)
            ? Merge(role, state, await CallAsync(writer.Read, $"reading the caps of {role}", cancellationToken))
            : state;

    private RoleState Merge(FleetRole role, RoleState state, NvmlCapOutcome outcome)
    {
        var read = state with { EffectiveCapWatts = outcome.EffectiveCapWatts, CapCounts = [], UnknownCapReplicas = 0, NewbornCap = NewbornCap.AsCommanded, CapLimits = outcome.Limits, Revision = Revision(role) };
        var replicas = state.Ready + state.Starting + state.Terminating;
        if (state.GpusPerReplica is not { } each || replicas == 0)
        {
            return read;
        }

        var silent = Enumerable.Repeat<int?>(null, outcome.Gpus - outcome.CapWatts.Count);
        var counted = ReplicaCaps.Of(outcome.CapWatts.Values.Select(cap => (int?)cap).Concat(silent), each, replicas);
        return read with { EffectiveCapWatts = counted.HighestWatts, CapCounts = counted.Counts, UnknownCapReplicas = counted.Unknown };
    }

    private void Answer(FleetRole role, CommandKind kind, long revision) => ImmutableInterlocked.AddOrUpdate(ref _answered, (role, kind), revision, (_, newest) => Math.Max(newest, revision));

    private void RefuseOvertaken(FleetRole role, CommandKind kind, long revision)
    {
        if (_answered.TryGetValue((role, kind), out var newest) && revision < newest)
        {
            throw new CommandRefusedException(string.Create(CultureInfo.InvariantCulture, $"{kind} for {role}: its revision is {revision}, and {newest} has been answered."));
        }
    }

    private long Revision(FleetRole role) => Math.Max(_answered.GetValueOrDefault((role, CommandKind.SetCap)), _answered.GetValueOrDefault((role, CommandKind.SetReplicas)));

    private async Task<T> CallAsync<T>(Func<T> call, string what, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var limit = new CancellationTokenSource(_timeLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var begun = false;
        try
        {
            await _gate.WaitAsync(either.Token);
            begun = true;
            return await Task.Run(() => Release(call), CancellationToken.None).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"NVML did not finish {what} within {_timeLimit.TotalSeconds} s{(begun ? "; it may still take effect" : ": an earlier call has not come back")}."));
        }
    }

    private T Release<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        finally
        {
            _gate.Release();
        }
    }
}
