using System.Globalization;
using PowerPlanner.Admission;
using PowerPlanner.Control;

namespace PowerPlanner.Testing.Conformance;

/// <summary>
/// The contract of <see cref="IActuator"/> as checks to run against an implementation, from any test framework: a check returns, or it
/// throws a <see cref="ConformanceException"/> that says which rule is broken, by what answer.
/// </summary>
/// <remarks>
/// The checks change caps, counts and thresholds of the deployment under test: use a test deployment. Each starts from whatever is there
/// and can be run alone or by <see cref="RunAllAsync"/>. One check at a time; not thread-safe.
/// </remarks>
public sealed partial class ActuatorConformance
{
    private readonly IActuator _actuator;
    private readonly ActuatorConformanceOptions _options;
    private long _revision;

    /// <summary>Creates the checks.</summary>
    /// <param name="actuator">The implementation under test.</param>
    /// <param name="options">What may be done to it; copied as far as it is read.</param>
    /// <exception cref="ArgumentException">Two caps or two counts that must differ are equal.</exception>
    public ActuatorConformance(IActuator actuator, ActuatorConformanceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(actuator);
        _actuator = actuator;
        _options = options ?? new ActuatorConformanceOptions();
        if (_options.CapWatts == _options.OtherCapWatts || _options.Replicas == _options.OtherReplicas)
        {
            throw new ArgumentException("The two caps must differ, and so must the two counts.", nameof(options));
        }

        _revision = _options.FirstRevision - 1;
    }

    /// <summary>All checks, one after the other; the first broken rule ends them.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    /// <exception cref="ConformanceException">A rule is broken.</exception>
    public async Task RunAllAsync(CancellationToken cancellationToken = default)
    {
        await ReadsAreConsistentAsync(cancellationToken).ConfigureAwait(false);
        await CapsTakeEffectAsync(cancellationToken).ConfigureAwait(false);
        await PartialCapsCountAtTheirHighestAsync(cancellationToken).ConfigureAwait(false);
        await CountsTakeEffectAsync(cancellationToken).ConfigureAwait(false);
        await DrainingReplicasCountUntilTheyAreGoneAsync(cancellationToken).ConfigureAwait(false);
        await RepeatingChangesNothingAsync(cancellationToken).ConfigureAwait(false);
        await RolesAreIndependentAsync(cancellationToken).ConfigureAwait(false);
        await CapsOutsideTheRangeAreReportedAsAppliedAsync(cancellationToken).ConfigureAwait(false);
        await ImpossibleCommandsAreRefusedAsync(cancellationToken).ConfigureAwait(false);
        await RefusedCommandsChangeNothingAsync(cancellationToken).ConfigureAwait(false);
        await UnreadCapsAreUnknownAsync(cancellationToken).ConfigureAwait(false);
        await RevisionsNeverGoBackAsync(cancellationToken).ConfigureAwait(false);
        await OlderRevisionsHaveNoEffectAsync(cancellationToken).ConfigureAwait(false);
        await ReplacedCapsDoNotComeBackAsync(cancellationToken).ConfigureAwait(false);
        await FrontendsAcknowledgeAsync(cancellationToken).ConfigureAwait(false);
        await AbsentThresholdsAreKeptAsync(cancellationToken).ConfigureAwait(false);
        await UnknownFrontendsAreRefusedAsync(cancellationToken).ConfigureAwait(false);
        await CancellationIsHonouredAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Two reads without a command between them agree; no count is negative, no cap below 1 W, caps are counted for no more replicas than there are, every frontend
    /// has a name of its own.
    /// </summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task ReadsAreConsistentAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "Reads are consistent.";
        var first = await ReadAsync(rule, cancellationToken).ConfigureAwait(false);
        var second = await ReadAsync(rule, cancellationToken).ConfigureAwait(false);
        foreach (var role in Enum.GetValues<FleetRole>())
        {
            if (first.Of(role) is null != second.Of(role) is null)
            {
                throw new ConformanceException(rule, $"Of two reads in a row one has a {role} role and the other has none.");
            }

            if (first.Of(role) is not { } state)
            {
                continue;
            }

            if (state.Ready < 0 || state.Starting < 0 || state.Terminating < 0 || state.EffectiveCapWatts < 1 || state.GpusPerReplica < 1)
            {
                throw new ConformanceException(rule, $"{role}: {Show(state)}; counts must be at least 0, a cap at least 1 W and GPUs at least 1, or null where unknown.");
            }

            CheckCaps(rule, role, state);
            if (state.EffectiveCapWatts is { } cap && state.CapLimits is { } limits && limits.Clamp(cap) != cap)
            {
                throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"{role}: a cap of {cap} W is said to be in effect on GPUs that accept {limits}."));
            }
        }

        if (first.Of(_options.Role) is null)
        {
            throw new ConformanceException(rule, $"The deployment has no {_options.Role} role, which these checks are set to change.");
        }

        var names = first.Frontends.Select(frontend => frontend.Name).ToList();
        if (names.Exists(string.IsNullOrEmpty) || names.Distinct(StringComparer.Ordinal).Count() != names.Count)
        {
            throw new ConformanceException(rule, $"The frontends are named {string.Join(", ", names.Select(name => $"'{name}'"))}; every name must be there, and unique.");
        }
    }

    /// <summary>A cap is in effect once it has settled, and until then no answer says so.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task CapsTakeEffectAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A cap that was set is in effect once it has settled, and answers say what is in effect.";
        foreach (var cap in (int[])[_options.CapWatts, _options.OtherCapWatts])
        {
            var answer = await SetCapAsync(rule, cap, cancellationToken).ConfigureAwait(false);
            var read = await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);
            if (answer.EffectiveCapWatts == cap && read.EffectiveCapWatts != cap)
            {
                throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"The answer says {cap} W is in effect; the read after it says {Watts(read.EffectiveCapWatts)}."));
            }

            await SettleAsync(cancellationToken).ConfigureAwait(false);
            read = await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);
            if (read.EffectiveCapWatts != cap)
            {
                throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"{cap} W was set; after settling the read says {Watts(read.EffectiveCapWatts)}."));
            }
        }
    }

    /// <summary>A count is reached once it has settled; on the way replicas start and drain, and are never gone before they are.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task CountsTakeEffectAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A count that was set is reached once it has settled, and answers say what is there.";
        foreach (var count in (int[])[_options.Replicas, _options.OtherReplicas])
        {
            var answer = await SetReplicasAsync(rule, count, cancellationToken).ConfigureAwait(false);
            var read = await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);
            if (answer.Ready + answer.Starting + answer.Terminating < read.Ready + read.Starting + read.Terminating)
            {
                throw new ConformanceException(rule, $"The answer to {Text(count)} replicas says {Show(answer)}; the read after it says that more are there: {Show(read)}.");
            }

            await SettleAsync(cancellationToken).ConfigureAwait(false);
            read = await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);
            if (read.Ready != count || read.Starting != 0 || read.Terminating != 0)
            {
                throw new ConformanceException(rule, $"{Text(count)} replicas were asked for; after settling the read says {Show(read)}.");
            }
        }
    }

    /// <summary>A command that asks for what is in effect succeeds and changes nothing.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task RepeatingChangesNothingAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A command that asks for what is in effect already changes nothing.";
        await SetCapAsync(rule, _options.CapWatts, cancellationToken).ConfigureAwait(false);
        await SetReplicasAsync(rule, _options.Replicas, cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        var before = await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);

        await SetCapAsync(rule, _options.CapWatts, cancellationToken).ConfigureAwait(false);
        await SetReplicasAsync(rule, _options.Replicas, cancellationToken).ConfigureAwait(false);
        var after = await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);

        Same(rule, before, after, "a cap and a count were set to what they were");
    }

    /// <summary>A command for one role leaves the others as they are.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task RolesAreIndependentAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A command for one role leaves the other roles as they are.";
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        var before = await ReadAsync(rule, cancellationToken).ConfigureAwait(false);

        await SetCapAsync(rule, _options.OtherCapWatts, cancellationToken).ConfigureAwait(false);
        await SetReplicasAsync(rule, _options.OtherReplicas, cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        var after = await ReadAsync(rule, cancellationToken).ConfigureAwait(false);

        foreach (var role in Enum.GetValues<FleetRole>())
        {
            if (role != _options.Role && before.Of(role) is { } was && after.Of(role) is { } now)
            {
                Same(rule, was, now, $"only {_options.Role} was commanded, and {role} changed");
            }
        }
    }

    /// <summary>A cap outside the range that the GPUs accept is moved to its nearer end, and the state says which cap is in effect.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task CapsOutsideTheRangeAreReportedAsAppliedAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A cap outside the GPUs' range is reported as the hardware applies it, not as it was asked for.";
        if ((await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false)).CapLimits is not { } limits)
        {
            return;
        }

        foreach (var (asked, expected) in ((int, int)[])[(limits.MaxWatts + 50, limits.MaxWatts), (Math.Max(1, limits.MinWatts - 50), limits.MinWatts)])
        {
            await SetCapAsync(rule, asked, cancellationToken).ConfigureAwait(false);
            await SettleAsync(cancellationToken).ConfigureAwait(false);
            var read = await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);
            if (read.EffectiveCapWatts != expected)
            {
                throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"{asked} W was asked of GPUs that accept {limits}; the read says {Watts(read.EffectiveCapWatts)}, expected {expected} W."));
            }
        }

        await SetCapAsync(rule, _options.CapWatts, cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A command for a role that the deployment does not have is refused.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task ImpossibleCommandsAreRefusedAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A command for a role that does not exist is refused.";
        var state = await ReadAsync(rule, cancellationToken).ConfigureAwait(false);
        foreach (var role in Enum.GetValues<FleetRole>().Where(role => state.Of(role) is null))
        {
            await RefusedAsync(rule, $"a cap for {role}", token => _actuator.SetCapAsync(new SetCapCommand(role, _options.CapWatts, ++_revision), token), cancellationToken).ConfigureAwait(false);
            await RefusedAsync(rule, $"a count for {role}", token => _actuator.SetReplicasAsync(new SetReplicasCommand(role, _options.Replicas, ++_revision), token), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A refused command has changed nothing, and changes nothing later.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task RefusedCommandsChangeNothingAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A refused command changes nothing, then or later.";
        if (_options.RefuseCaps is not { } refuse)
        {
            return;
        }

        await SetCapAsync(rule, _options.CapWatts, cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        var before = await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);
        using (refuse())
        {
            await RefusedAsync(rule, "a cap while writes are denied", token => _actuator.SetCapAsync(new SetCapCommand(_options.Role, _options.OtherCapWatts, ++_revision), token), cancellationToken).ConfigureAwait(false);
        }

        await SettleAsync(cancellationToken).ConfigureAwait(false);
        Same(rule, before, await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false), "a cap was refused");
    }

    /// <summary>The revision of a role's state never goes back, and never runs ahead of the commands.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task RevisionsNeverGoBackAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A state's revision is that of the newest command it was read after: it never goes back, and never runs ahead.";
        var last = 0L;
        for (var i = 0; i < 4; i++)
        {
            var cap = i % 2 == 0 ? _options.OtherCapWatts : _options.CapWatts;
            var answer = await SetCapAsync(rule, cap, cancellationToken).ConfigureAwait(false);
            var read = await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);
            foreach (var revision in (long[])[answer.Revision, read.Revision])
            {
                if (revision != 0 && (revision < last || revision > _revision))
                {
                    throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"Revision {revision} was reported after {last}; the newest command had {_revision}."));
                }

                last = Math.Max(last, revision);
            }
        }
    }

    /// <summary>A frontend has the thresholds that it acknowledged, under their generation, and the others are left alone.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task FrontendsAcknowledgeAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A frontend acknowledges the generation whose thresholds it has.";
        var before = await ReadAsync(rule, cancellationToken).ConfigureAwait(false);
        if (before.Frontends.IsEmpty)
        {
            return;
        }

        var name = before.Frontends[0].Name;
        var thresholds = new AdmissionThresholds(0.5, 0.75, 4096);
        var generation = ++_revision;
        await CallAsync(rule, token => _actuator.SetThresholdsAsync(new SetThresholdsCommand(name, thresholds, generation), token), cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        var after = await ReadAsync(rule, cancellationToken).ConfigureAwait(false);

        foreach (var frontend in after.Frontends)
        {
            if (frontend.Name == name && (frontend.AcknowledgedGeneration != generation || (frontend.Thresholds is { } has && has != thresholds)))
            {
                throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"Frontend '{name}' was given {thresholds} as generation {generation}; after settling it says {frontend}."));
            }

            if (frontend.Name != name && before.Frontends.FirstOrDefault(other => other.Name == frontend.Name) is { } was && was != frontend)
            {
                throw new ConformanceException(rule, $"Only '{name}' was given thresholds, and '{frontend.Name}' changed from {was} to {frontend}.");
            }
        }
    }

    /// <summary>A threshold that is not sent stays as it is.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task AbsentThresholdsAreKeptAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A threshold that is not sent stays as it is: it is neither cleared nor zero.";
        var state = await ReadAsync(rule, cancellationToken).ConfigureAwait(false);
        if (state.Frontends.IsEmpty)
        {
            return;
        }

        var name = state.Frontends[0].Name;
        foreach (var thresholds in (AdmissionThresholds[])[new AdmissionThresholds(0.5, 0.75, 4096), new AdmissionThresholds(0.6, 0.8, null)])
        {
            var generation = ++_revision;
            await CallAsync(rule, token => _actuator.SetThresholdsAsync(new SetThresholdsCommand(name, thresholds, generation), token), cancellationToken).ConfigureAwait(false);
            await SettleAsync(cancellationToken).ConfigureAwait(false);
        }

        var after = (await ReadAsync(rule, cancellationToken).ConfigureAwait(false)).Frontends.FirstOrDefault(frontend => frontend.Name == name);
        if (after?.Thresholds is { } has && has != new AdmissionThresholds(0.6, 0.8, 4096))
        {
            throw new ConformanceException(rule, $"'{name}' had an absolute threshold of 4096 tokens and was sent none; it now says {has}.");
        }
    }

    /// <summary>Thresholds for a frontend that does not exist are refused.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task UnknownFrontendsAreRefusedAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "Thresholds for a frontend that does not exist are refused.";
        await RefusedAsync(
            rule,
            "thresholds for 'no-such-frontend'",
            token => _actuator.SetThresholdsAsync(new SetThresholdsCommand("no-such-frontend", new AdmissionThresholds(0.5, 0.5, null), ++_revision), token),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A call with a cancelled token ends in an <see cref="OperationCanceledException"/> and changes nothing.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task CancellationIsHonouredAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A call whose token is cancelled before it starts ends as cancelled and changes nothing.";
        await SetCapAsync(rule, _options.CapWatts, cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        var before = await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);

        var cancelled = new CancellationToken(canceled: true);
        await CancelledAsync(rule, "A read", async () => await _actuator.ReadAsync(cancelled).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        await CancelledAsync(rule, "A cap", async () => await _actuator.SetCapAsync(new SetCapCommand(_options.Role, _options.OtherCapWatts, ++_revision), cancelled).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

        await SettleAsync(cancellationToken).ConfigureAwait(false);
        Same(rule, before, await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false), "a cancelled call asked for another cap");
    }

    private ValueTask SettleAsync(CancellationToken cancellationToken) => _options.SettleAsync?.Invoke(cancellationToken) ?? ValueTask.CompletedTask;

    private Task<FleetState> ReadAsync(string rule, CancellationToken cancellationToken) => CallAsync(rule, _actuator.ReadAsync, cancellationToken);

    private async Task<RoleState> ReadRoleAsync(string rule, CancellationToken cancellationToken) =>
        (await ReadAsync(rule, cancellationToken).ConfigureAwait(false)).Of(_options.Role)
        ?? throw new ConformanceException(rule, $"A read has no {_options.Role} role.");

    private Task<RoleState> SetCapAsync(string rule, int capWatts, CancellationToken cancellationToken) =>
        CallAsync(rule, token => _actuator.SetCapAsync(new SetCapCommand(_options.Role, capWatts, ++_revision), token), cancellationToken);

    private Task<RoleState> SetReplicasAsync(string rule, int replicas, CancellationToken cancellationToken) =>
        CallAsync(rule, token => _actuator.SetReplicasAsync(new SetReplicasCommand(_options.Role, replicas, ++_revision), token), cancellationToken);

    private async Task<T> CallAsync<T>(string rule, Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await call(cancellationToken).AsTask().WaitAsync(_options.CallTimeout, TimeProvider.System, cancellationToken).ConfigureAwait(false)
                ?? throw new ConformanceException(rule, "A call answered null; every call answers with a state, or throws.");
        }
        catch (TimeoutException exception)
        {
            throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"A call took longer than {_options.CallTimeout.TotalSeconds} s."), exception);
        }
        catch (Exception exception) when (exception is not (ConformanceException or OperationCanceledException))
        {
            throw new ConformanceException(rule, $"A command that is possible, or a read, threw {exception.GetType().Name}: {exception.Message}", exception);
        }
    }

    private async Task RefusedAsync<T>(string rule, string what, Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        T answer;
        try
        {
            answer = await call(cancellationToken).AsTask().WaitAsync(_options.CallTimeout, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (CommandRefusedException)
        {
            return;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new ConformanceException(rule, $"For {what}, {nameof(CommandRefusedException)} was expected; {exception.GetType().Name} came, after which a controller must charge for the command: {exception.Message}", exception);
        }

        throw new ConformanceException(rule, $"For {what}, {nameof(CommandRefusedException)} was expected; the answer was {answer}.");
    }

    private async Task CancelledAsync(string rule, string what, Func<Task> call, CancellationToken cancellationToken)
    {
        try
        {
            await call().WaitAsync(_options.CallTimeout, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (TimeoutException exception)
        {
            throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"{what} with a cancelled token was still going after {_options.CallTimeout.TotalSeconds} s."), exception);
        }
        catch (Exception exception)
        {
            throw new ConformanceException(rule, $"{what} with a cancelled token ended in {exception.GetType().Name}; {nameof(OperationCanceledException)} was expected.", exception);
        }

        throw new ConformanceException(rule, $"{what} with a cancelled token answered as if nothing were the matter.");
    }

    private static void Same(string rule, RoleState before, RoleState after, string cause)
    {
        if (before with { Revision = 0, CapCounts = [] } != after with { Revision = 0, CapCounts = [] } || !Counts(before).SequenceEqual(Counts(after)))
        {
            throw new ConformanceException(rule, $"{char.ToUpperInvariant(cause[0])}{cause[1..]}: {Show(before)} became {Show(after)}.");
        }
    }

    private static string Watts(int? watts) => watts is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known} W") : "unknown";
}
