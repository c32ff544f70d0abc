using System.Collections.Concurrent;
using System.Collections.Immutable;
using k8s;
using PowerPlanner.Control;
using PowerPlanner.Power;

namespace PlannerHost.Kubernetes;

/// <summary>
/// Caps and replicas of a deployment in a Kubernetes cluster: a cap is asked for by an annotation on each pod, which the agent on its node applies;
/// replicas are set through the scale subresource. It has no frontends. Thread-safe: one command, or writing read, at a time.
/// </summary>
/// <remarks>
/// <para>Pods come and go between commands. A pod that appears without the cap that its role was last commanded to have is given it by the next read, or
/// sooner by <see cref="NewPodWatch"/>; until a cap on it is read back the role's effective cap is unknown, and is charged at the highest that the
/// hardware allows. A pod whose containers have not started draws nothing and does not count.</para>
/// <para>Before this host has commanded a cap, a pod that was never asked for one is given the highest that its siblings were asked for: a host that took over
/// a fleet under the caps that it wants has none to command, and replicas that it adds must not run without. Where no pod was ever asked for a cap reads write
/// nothing, and nowhere do they where this host does not lead.</para>
/// <para>A write that the API server refuses is refused. One that timed out, or failed on the server's side, or was done on some pods only, is uncertain.</para>
/// </remarks>
internal sealed class KubernetesActuator : IActuator, IDisposable
{
    private readonly KubernetesOptions _options;
    private readonly ILeadership _leadership;
    private readonly IPodCapReader? _capReader;
    private readonly ApiCaller _caller;
    private readonly KubernetesPods _pods;
    private readonly KubernetesScale _scale;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentDictionary<FleetRole, DesiredCap> _desired = new();
    private readonly ConcurrentDictionary<FleetRole, int> _inherited = new();
    private readonly Dictionary<FleetRole, long> _revisions = [];
    private readonly Dictionary<FleetRole, TrustedCaps> _trusted = [];

    /// <summary>Creates the actuator; nothing is sent before it is asked to.</summary>
    /// <param name="client">The API server. Its own time limit should be above <see cref="KubernetesOptions.RequestTimeoutSeconds"/>.</param>
    /// <param name="options">Where the deployment runs; read now.</param>
    /// <param name="leadership">Whether this host may write; asked before each write.</param>
    /// <param name="time">The clock of time limits and pauses.</param>
    /// <param name="capReader">The source of caps in force, with <see cref="CapReadBack.Metric"/>.</param>
    /// <exception cref="ArgumentException">The options are not valid; the message lists all that is wrong.</exception>
    public KubernetesActuator(IKubernetes client, KubernetesOptions options, ILeadership leadership, TimeProvider time, IPodCapReader? capReader = null)
    {
        var violations = options.Violations();
        if (options.CapReadBack == CapReadBack.Metric && capReader is null)
        {
            violations = [.. violations, "Kubernetes:CapReadBack is Metric, and no source of metrics is there to read caps from."];
        }

        if (violations.Count > 0)
        {
            throw new ArgumentException(string.Join(" ", violations), nameof(options));
        }

        _options = options;
        _leadership = leadership;
        _capReader = capReader;
        _caller = new ApiCaller(options, time);
        _pods = new KubernetesPods(client, _caller, options);
        _scale = new KubernetesScale(client, _caller, options);
        foreach (var role in Enum.GetValues<FleetRole>())
        {
            _trusted.Add(role, new TrustedCaps(TimeSpan.FromSeconds(options.TrustAfterSeconds), time));
        }
    }

    /// <summary>The roles that the deployment has.</summary>
    public IEnumerable<FleetRole> Roles => Enum.GetValues<FleetRole>().Where(role => Of(role) is not null);

    /// <inheritdoc/>
    public async ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return new FleetState
            {
                Prefill = await ReadRoleAsync(FleetRole.Prefill, cancellationToken),
                Decode = await ReadRoleAsync(FleetRole.Decode, cancellationToken),
                Aggregated = await ReadRoleAsync(FleetRole.Aggregated, cancellationToken),
            };
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var what = FormattableString.Invariant($"Cap of {command.CapWatts} W for {command.Role}");
            var role = Of(command.Role) ?? throw new CommandRefusedException($"{what}: the deployment has no such role.");
            if (command.CapWatts is < 1 or > CapAnnotation.MostWatts)
            {
                throw new CommandRefusedException(FormattableString.Invariant($"{what}: 1 W to {CapAnnotation.MostWatts} W are possible."));
            }

            // Pods that appear from here on get the new cap, also where the command fails half-way; not where it is refused.
            var hadOne = _desired.TryGetValue(command.Role, out var before);
            _desired[command.Role] = new DesiredCap(command.CapWatts, _leadership.Term);
            try
            {
                await SpreadCapAsync(role, command.CapWatts, cancellationToken);
            }
            catch (WriteRefusedException refused)
            {
                if (hadOne)
                {
                    _desired[command.Role] = before;
                }
                else
                {
                    _desired.TryRemove(command.Role, out _);
                }

                throw new CommandRefusedException($"{what}: {refused.Message}", refused);
            }

            Answer(command.Role, command.Revision);
            return (await ReadRoleAsync(command.Role, cancellationToken))!;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var what = FormattableString.Invariant($"{command.Replicas} replicas of {command.Role}");
            var role = Of(command.Role) ?? throw new CommandRefusedException($"{what}: the deployment has no such role.");
            if (command.Replicas < 0)
            {
                throw new CommandRefusedException($"{what}: at least 0 are possible.");
            }

            try
            {
                await _scale.SetAsync(role, command.Replicas, MayWrite, cancellationToken);
            }
            catch (WriteRefusedException refused)
            {
                throw new CommandRefusedException($"{what}: {refused.Message}", refused);
            }

            Answer(command.Role, command.Revision);
            return (await ReadRoleAsync(command.Role, cancellationToken))!;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) =>
        throw new CommandRefusedException($"Thresholds for '{command.Frontend}': Kubernetes has no frontends; another adapter speaks to them.");

    /// <summary>
    /// Gives a pod that has appeared the cap of its role, unless it has it, none has been commanded, or this host does not lead.
    /// </summary>
    /// <param name="role">The pod's role.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    public async Task GreetAsync(FleetRole role, PodFacts pod, CancellationToken cancellationToken)
    {
        // The gate keeps an old cap from overtaking a new command.
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (CapFor(role, pod) is { } cap)
            {
                await _pods.AskForCapAsync(pod, cap, MayWrite, cancellationToken);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    // A pod on its way out keeps drawing until it is gone, so it gets the cap as well.
    private static bool Lacks(PodFacts pod, int capWatts) => pod.RequestedCap != CapAnnotation.Format(capWatts);

    // The cap that a pod is still to be asked for; null where there is none, or it has it.
    private int? CapFor(FleetRole role, PodFacts pod)
    {
        if (CommandedCap(role) is { } commanded)
        {
            return Lacks(pod, commanded) ? commanded : null;
        }

        return _leadership.IsLeader && pod.RequestedCap is null && _inherited.TryGetValue(role, out var inherited) ? inherited : null;
    }

    private void Inherit(FleetRole role, ImmutableArray<PodFacts> pods)
    {
        if (pods.Max(pod => CapAnnotation.Parse(pod.RequestedCap)) is { } highest)
        {
            _inherited[role] = highest;
        }
        else
        {
            _inherited.TryRemove(role, out _);
        }
    }

    private KubernetesRoleOptions? Of(FleetRole role) => role switch
    {
        FleetRole.Prefill => _options.Prefill,
        FleetRole.Decode => _options.Decode,
        _ => _options.Aggregated,
    };

    private bool MayWrite() => _leadership.IsLeader;

    private int? CommandedCap(FleetRole role) =>
        _desired.TryGetValue(role, out var desired) && _leadership.IsLeader && desired.Term == _leadership.Term ? desired.CapWatts : null;

    private void Answer(FleetRole role, long revision) => _revisions[role] = Math.Max(_revisions.GetValueOrDefault(role), revision);

    // Lists and writes until a list shows the cap on every pod, or the attempts are used up: pods come, go and change meanwhile.
    private async Task SpreadCapAsync(KubernetesRoleOptions role, int capWatts, CancellationToken cancellationToken)
    {
        var written = 0;
        for (var attempt = 1; ; attempt++)
        {
            var lacking = await LackingAsync(role, capWatts, written > 0, cancellationToken);
            if (lacking.IsEmpty)
            {
                return;
            }

            // A probe first: where writing is denied, it is denied before anything has changed.
            var conflicts = 0;
            if (written == 0)
            {
                if (await _pods.AskForCapAsync(lacking[0], capWatts, MayWrite, cancellationToken))
                {
                    written++;
                }
                else
                {
                    conflicts++;
                }

                lacking = lacking.RemoveAt(0);
            }

            var failures = new ConcurrentQueue<Exception>();
            await Parallel.ForEachAsync(lacking, new ParallelOptions { MaxDegreeOfParallelism = _options.ConcurrentWrites, CancellationToken = cancellationToken }, async (pod, token) =>
            {
                try
                {
                    if (await _pods.AskForCapAsync(pod, capWatts, MayWrite, token))
                    {
                        Interlocked.Increment(ref written);
                    }
                    else
                    {
                        Interlocked.Increment(ref conflicts);
                    }
                }
                catch (Exception failure) when (failure is WriteRefusedException or KubernetesApiException or TimeoutException)
                {
                    failures.Enqueue(failure);
                }
            });

            if (failures.TryPeek(out var first))
            {
                if (written == 0 && failures.All(failure => failure is WriteRefusedException))
                {
                    throw first;
                }

                throw new KubernetesApiException(FormattableString.Invariant($"A cap of {capWatts} W was asked for on {written} pods and failed on {failures.Count}. {first.Message}"), (first as WriteRefusedException)?.Status ?? (first as KubernetesApiException)?.Status, first);
            }

            // Where pods still change at the last attempt the next read sees to the rest, and no cap that is not read back counts.
            if (conflicts == 0 || attempt >= _options.MaxAttempts)
            {
                return;
            }

            await _caller.BackOffAsync(attempt, cancellationToken);
        }
    }

    private async Task<ImmutableArray<PodFacts>> LackingAsync(KubernetesRoleOptions role, int capWatts, bool hasWritten, CancellationToken cancellationToken)
    {
        try
        {
            return [.. (await _pods.ListAsync(role.LabelSelector, cancellationToken)).Where(pod => Lacks(pod, capWatts))];
        }
        catch (Exception failure) when (!hasWritten && failure is KubernetesApiException or TimeoutException)
        {
            // Nothing has been sent that could change anything.
            throw new WriteRefusedException(failure.Message, (failure as KubernetesApiException)?.Status, failure);
        }
    }

    private async Task<RoleState?> ReadRoleAsync(FleetRole role, CancellationToken cancellationToken)
    {
        if (Of(role) is not { } options)
        {
            return null;
        }

        // The scale before the pods: a replica that is made in between is counted by its pod, and one that is asked for by the scale.
        var asked = await _scale.ReadAsync(options, cancellationToken);
        var pods = await _pods.ListAsync(options.LabelSelector, cancellationToken);
        var caps = _options.CapReadBack == CapReadBack.Metric ? await _capReader!.ReadAsync(_options.Namespace, cancellationToken) : null;
        _trusted[role].See(pods);
        Inherit(role, pods);
        await GiveAsync(role, pods, cancellationToken);

        var limits = options is { MinCapWatts: { } min, MaxCapWatts: { } max } ? new GpuPowerLimits(min, max) : null;
        return State(options, asked, pods, EffectiveCap(role, pods, caps, limits), limits) with { Revision = _revisions.GetValueOrDefault(role) };
    }

    // What cannot be written now is tried at the next read; meanwhile the pod's cap is not read back, and it is charged in full.
    private async Task GiveAsync(FleetRole role, ImmutableArray<PodFacts> pods, CancellationToken cancellationToken)
    {
        var lacking = pods.Where(pod => CapFor(role, pod) is not null).ToList();
        await Parallel.ForEachAsync(lacking, new ParallelOptions { MaxDegreeOfParallelism = _options.ConcurrentWrites, CancellationToken = cancellationToken }, async (pod, token) =>
        {
            try
            {
                if (CapFor(role, pod) is { } cap)
                {
                    await _pods.AskForCapAsync(pod, cap, MayWrite, token);
                }
            }
            catch (Exception failure) when (failure is WriteRefusedException or KubernetesApiException or TimeoutException)
            {
            }
        });
    }

    private static RoleState State(KubernetesRoleOptions options, int asked, ImmutableArray<PodFacts> pods, int? effectiveCapWatts, GpuPowerLimits? limits)
    {
        int Count(PodPhase phase) => pods.Count(pod => pod.Phase == phase);

        // A replica that spans pods serves when all of them are ready; which pods belong together is not known, so its parts are added up.
        var each = options.PodsPerReplica;
        var ready = Count(PodPhase.Ready) / each;
        var live = Math.Max(asked, RoundUp(Count(PodPhase.Ready) + Count(PodPhase.Starting), each));
        var gpus = pods.Max(pod => pod.Gpus);
        return new RoleState
        {
            Ready = ready,
            Starting = live - Math.Min(ready, live),
            Terminating = RoundUp(Count(PodPhase.Terminating), each),
            EffectiveCapWatts = effectiveCapWatts,
            CapLimits = limits,
            GpusPerReplica = gpus * each,
            IsRolling = IsRolling(pods),
        };
    }

    // Old and new pods beside each other, whoever began it: a new image, a changed template, a restart by hand.
    private static bool IsRolling(ImmutableArray<PodFacts> pods) =>
        pods.Where(pod => pod.Phase != PodPhase.Terminating && pod.Revision is not null)
            .GroupBy(pod => pod.Revision!.Value.Owner, StringComparer.Ordinal)
            .Any(owner => owner.Select(pod => pod.Revision!.Value.Revision).Distinct(StringComparer.Ordinal).Skip(1).Any());

    private int? EffectiveCap(FleetRole role, ImmutableArray<PodFacts> pods, IReadOnlyDictionary<string, PodCap>? caps, GpuPowerLimits? limits)
    {
        int? highest = null;
        foreach (var pod in pods)
        {
            if (!pod.MayDraw)
            {
                continue;
            }

            var cap = _options.CapReadBack switch
            {
                CapReadBack.Annotation => pod.ReportedCapWatts,
                CapReadBack.Metric => caps!.TryGetValue(pod.Name, out var read) && !(read.Gpus < pod.Gpus) && read.HighestWatts is >= 1 and <= CapAnnotation.MostWatts and var watts ? watts : null,
                _ => _trusted[role].Of(pod) is { } trusted ? limits?.Clamp(trusted) ?? trusted : null,
            };

            // Above what the GPUs accept it is no cap at all, whoever says so.
            if (cap is null || cap < limits?.MinWatts || cap > limits?.MaxWatts)
            {
                return null;
            }

            highest = Math.Max(highest ?? 0, cap.Value);
        }

        // Nothing draws: pods to come are given the commanded cap as they appear.
        return highest ?? (CommandedCap(role) is { } commanded ? limits?.Clamp(commanded) ?? commanded : null);
    }

    private static int RoundUp(int pods, int each) => (pods + each - 1) / each;
}
