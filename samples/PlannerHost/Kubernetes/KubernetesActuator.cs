using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using k8s;
using Microsoft.Extensions.Logging.Abstractions;
using PowerPlanner.Control;
using PowerPlanner.Power;

namespace PlannerHost.Kubernetes;

/// <summary>
/// Caps and replicas of a deployment in a Kubernetes cluster: a cap is asked for by an annotation on each pod, which the agent on its node applies;
/// replicas are set through the scale subresource. It has no frontends. Thread-safe: one command, or writing read, at a time.
/// </summary>
/// <remarks>
/// <para>Pods come and go between commands. A pod that appears without the cap that its role was last commanded to have is given it by the next read, or
/// sooner by <see cref="NewPodWatch"/>; until a cap on it is read back its replica's is unknown, and charged at the highest that the hardware allows, or at
/// <see cref="KubernetesRoleOptions.NewbornCapWatts"/> while it starts. So are replicas that have been asked for and have no pod yet: they may start at any time.</para>
/// <para>Before this host has commanded a cap, a pod that was never asked for one is given the highest that its siblings were asked for: a host that took over
/// a fleet under the caps that it wants has none to command, and replicas that it adds must not run without. Where no pod was ever asked for a cap reads write
/// nothing, and nowhere do they where this host does not lead.</para>
/// <para>Nothing here fences by revision: a node's agent reads an annotation and applies it, one after the other, and may apply an old one after a new one has been
/// written. A command that is older than one that was answered is refused.</para>
/// <para>A role whose resource is not there, or may not be read, is missing in what is read, and told once in the log; where that is so of all roles, the read fails.</para>
/// <para>A write that the API server refuses is refused. One that timed out, or failed on the server's side, or was done on some pods only, is uncertain.</para>
/// </remarks>
internal sealed partial class KubernetesActuator : IActuator, IDisposable
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
    private readonly Dictionary<(FleetRole Role, CommandKind Kind), long> _answered = [];
    private readonly HashSet<FleetRole> _missing = [];
    private readonly ILogger _logger;
    private readonly Dictionary<FleetRole, TrustedCaps> _trusted = [];

    /// <summary>Creates the actuator; nothing is sent before it is asked to.</summary>
    /// <param name="client">The API server. Its own time limit should be above <see cref="KubernetesOptions.RequestTimeoutSeconds"/>.</param>
    /// <param name="options">Where the deployment runs; read now.</param>
    /// <param name="leadership">Whether this host may write; asked before each write.</param>
    /// <param name="time">The clock of time limits and pauses.</param>
    /// <param name="capReader">The source of caps in force, with <see cref="CapReadBack.Metric"/>.</param>
    /// <param name="logger">Where it is told which roles cannot be read; null = nowhere.</param>
    /// <exception cref="ArgumentException">The options are not valid; the message lists all that is wrong.</exception>
    public KubernetesActuator(IKubernetes client, KubernetesOptions options, ILeadership leadership, TimeProvider time, IPodCapReader? capReader = null, ILogger<KubernetesActuator>? logger = null)
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
        _logger = logger ?? NullLogger<KubernetesActuator>.Instance;
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
            var failures = new List<KubernetesApiException>();
            var state = new FleetState
            {
                Prefill = await ReadOrMissAsync(FleetRole.Prefill, failures, cancellationToken),
                Decode = await ReadOrMissAsync(FleetRole.Decode, failures, cancellationToken),
                Aggregated = await ReadOrMissAsync(FleetRole.Aggregated, failures, cancellationToken),
            };
            return failures.Count < Roles.Count() ? state : throw failures[0];
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

            RefuseOvertaken(command.Role, CommandKind.SetCap, command.Revision, what);

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

            Answer(command.Role, CommandKind.SetCap, command.Revision);
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

            RefuseOvertaken(command.Role, CommandKind.SetReplicas, command.Revision, what);

            try
            {
                await _scale.SetAsync(role, command.Replicas, MayWrite, cancellationToken);
            }
            catch (WriteRefusedException refused)
            {
                throw new CommandRefusedException($"{what}: {refused.Message}", refused);
            }

            Answer(command.Role, CommandKind.SetReplicas, command.Revision);
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

    private void Answer(FleetRole role, CommandKind kind, long revision) => _answered[(role, kind)] = revision;

    private void RefuseOvertaken(FleetRole role, CommandKind kind, long revision, string what)
    {
        if (_answered.TryGetValue((role, kind), out var newest) && revision < newest)
        {
            throw new CommandRefusedException(FormattableString.Invariant($"{what}: its revision is {revision}, and {newest} has been answered."));
        }
    }

    private long Revision(FleetRole role) => Math.Max(_answered.GetValueOrDefault((role, CommandKind.SetCap)), _answered.GetValueOrDefault((role, CommandKind.SetReplicas)));

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

    // Other failures are the API server's own: then nothing that is read can be relied on.
    private async Task<RoleState?> ReadOrMissAsync(FleetRole role, List<KubernetesApiException> failures, CancellationToken cancellationToken)
    {
        try
        {
            var state = await ReadRoleAsync(role, cancellationToken);
            if (_missing.Remove(role))
            {
                RoleReadAgain(_logger, role);
            }

            return state;
        }
        catch (KubernetesApiException failure) when (failure.Status is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
        {
            if (_missing.Add(role))
            {
                RoleMissing(_logger, role, ApiFailure.Describe(failure));
            }

            failures.Add(failure);
            return null;
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
        if ((long)asked * options.PodsPerReplica > _options.MaxPods)
        {
            throw new KubernetesApiException(FormattableString.Invariant($"{asked} replicas of {role} are asked for, with {options.PodsPerReplica} pods each: more than {_options.MaxPods} pods; check who scales it, or raise Kubernetes:MaxPods."), null);
        }

        var pods = await _pods.ListAsync(options.LabelSelector, cancellationToken);
        var caps = _options.CapReadBack == CapReadBack.Metric ? await _capReader!.ReadAsync(_options.Namespace, cancellationToken) : null;
        _trusted[role].See(pods);
        Inherit(role, pods);
        await GiveAsync(role, pods, cancellationToken);

        return State(role, options, asked, pods, caps) with { Revision = Revision(role) };
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

    private RoleState State(FleetRole role, KubernetesRoleOptions options, int asked, ImmutableArray<PodFacts> pods, IReadOnlyDictionary<string, PodCap>? caps)
    {
        int Count(PodPhase phase) => pods.Count(pod => pod.Phase == phase);

        // A replica that spans pods serves when all of them are ready; which pods belong together is not known, so its parts are added up.
        var each = options.PodsPerReplica;
        var ready = Count(PodPhase.Ready) / each;
        var livePods = Count(PodPhase.Ready) + Count(PodPhase.Starting);
        var live = Math.Max(asked, RoundUp(livePods, each));
        var gpus = pods.Max(pod => pod.Gpus);
        var limits = options is { MinCapWatts: { } min, MaxCapWatts: { } max } ? new GpuPowerLimits(min, max) : null;

        // A pod that was told to go before its containers started does not start any more.
        var read = pods.Where(pod => pod.MayDraw || pod.Phase != PodPhase.Terminating).Select(pod => CapOf(role, options, pod, caps, limits));
        var toCome = Enumerable.Repeat(options.NewbornCapWatts, Math.Max(0, (asked * each) - livePods));
        var counted = ReplicaCaps.Of(read.Concat(toCome), each);

        // Nothing draws, and nothing is to come: pods that appear later are given the commanded cap.
        var isEmpty = counted is { Counts.IsEmpty: true, Unknown: 0 };
        return new RoleState
        {
            Ready = ready,
            Starting = live - Math.Min(ready, live),
            Terminating = RoundUp(Count(PodPhase.Terminating), each),
            EffectiveCapWatts = !isEmpty ? counted.HighestWatts : CommandedCap(role) is { } commanded ? limits?.Clamp(commanded) ?? commanded : null,
            CapCounts = counted.Counts,
            UnknownCapReplicas = counted.Unknown,
            NewbornCap = options.NewbornCapWatts is { } newborn ? NewbornCap.Of(newborn) : NewbornCap.Unknown,
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

    // The cap that a pod's GPUs may have at most; null = unknown.
    private int? CapOf(FleetRole role, KubernetesRoleOptions options, PodFacts pod, IReadOnlyDictionary<string, PodCap>? caps, GpuPowerLimits? limits)
    {
        // What is said of a pod that has not started is of one that had its name or its GPUs before it.
        var cap = !pod.MayDraw ? null : _options.CapReadBack switch
        {
            CapReadBack.Annotation => pod.ReportedCapWatts,
            CapReadBack.Metric => caps!.TryGetValue(pod.Name, out var read) && !(read.Gpus < pod.Gpus) && read.HighestWatts is >= 1 and <= CapAnnotation.MostWatts and var watts ? watts : null,
            _ => _trusted[role].Of(pod) is { } trusted ? limits?.Clamp(trusted) ?? trusted : null,
        };

        // Above what the GPUs accept it is no cap at all, whoever says so.
        if (cap is not null && !(cap < limits?.MinWatts) && !(cap > limits?.MaxWatts))
        {
            return cap;
        }

        // Where a pod starts its agent may have applied any cap that it was asked for, and not have said so yet.
        return cap is null && pod.Phase == PodPhase.Starting && options.NewbornCapWatts is { } newborn
            ? Math.Max(newborn, _trusted[role].HighestAsked(pod) is { } asked ? limits?.Clamp(asked) ?? asked : 0)
            : null;
    }

    private static int RoundUp(int pods, int each) => (pods + each - 1) / each;

    [LoggerMessage(EventId = 212, Level = LogLevel.Error, Message = "{Role} cannot be read and counts as missing: nothing grows until it can. {Reason}")]
    private static partial void RoleMissing(ILogger logger, FleetRole role, string reason);

    [LoggerMessage(EventId = 213, Level = LogLevel.Information, Message = "{Role} can be read again.")]
    private static partial void RoleReadAgain(ILogger logger, FleetRole role);
}
