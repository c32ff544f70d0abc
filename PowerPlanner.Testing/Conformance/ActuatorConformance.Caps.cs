using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using PowerPlanner.Control;

namespace PowerPlanner.Testing.Conformance;

// What is on its way: caps that some GPUs have and others not, replicas that drain, commands that overtake each other.
public sealed partial class ActuatorConformance
{
    private const int Steps = 8;

    // A record prints an array by its type.
    private static readonly string CountsAsPrinted = typeof(ImmutableArray<CapCount>).ToString();

    /// <summary>
    /// While some GPUs have a lower cap and others not yet, the highest counts, replicas that are counted by their caps are counted once, and a cap that was said
    /// to be lowered everywhere does not rise again.
    /// </summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task PartialCapsCountAtTheirHighestAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A cap that is partial counts as its highest, and replicas are counted by their caps once.";
        var (low, high) = (Math.Min(_options.CapWatts, _options.OtherCapWatts), Math.Max(_options.CapWatts, _options.OtherCapWatts));
        await SetReplicasAsync(rule, Math.Max(_options.Replicas, _options.OtherReplicas), cancellationToken).ConfigureAwait(false);
        await SetCapAsync(rule, high, cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);

        var answer = await SetCapAsync(rule, low, cancellationToken).ConfigureAwait(false);
        var isLow = false;
        await foreach (var state in FollowAsync(rule, answer, cancellationToken).ConfigureAwait(false))
        {
            CheckCaps(rule, _options.Role, state);
            if (isLow && !IsAtMost(state, low))
            {
                throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"{low} W was said to be in effect on every replica, and then not: {Show(state)}."));
            }

            isLow |= IsAtMost(state, low);
        }

        if (!isLow)
        {
            throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"{low} W was set; after settling it is not in effect on every replica."));
        }
    }

    /// <summary>Replicas that were told to go are counted until they are gone: once one is not counted any more it is not seen again.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task DrainingReplicasCountUntilTheyAreGoneAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A replica that was told to go counts until it is gone.";
        var (few, many) = (Math.Min(_options.Replicas, _options.OtherReplicas), Math.Max(_options.Replicas, _options.OtherReplicas));
        await SetReplicasAsync(rule, many, cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);

        var answer = await SetReplicasAsync(rule, few, cancellationToken).ConfigureAwait(false);
        var before = answer;
        await foreach (var state in FollowAsync(rule, answer, cancellationToken).ConfigureAwait(false))
        {
            CheckCaps(rule, _options.Role, state);
            if (Existing(state) > Existing(before))
            {
                throw new ConformanceException(rule, $"After {Text(few)} of {Text(many)} replicas were asked for {Text(Existing(before))} were counted, and then {Text(Existing(state))}: {Show(before)} became {Show(state)}.");
            }

            before = state;
        }
    }

    /// <summary>
    /// A replica whose cap cannot be read counts as unknown, or the role's cap does; what was asked for is not in effect by being asked for. Needs
    /// <see cref="ActuatorConformanceOptions.SilenceCaps"/>.
    /// </summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task UnreadCapsAreUnknownAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A cap that cannot be read is unknown, whatever was asked for.";
        if (_options.SilenceCaps is not { } silence)
        {
            return;
        }

        await SetReplicasAsync(rule, Math.Max(_options.Replicas, _options.OtherReplicas), cancellationToken).ConfigureAwait(false);
        await SetCapAsync(rule, _options.CapWatts, cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        using (silence())
        {
            var answer = await SetCapAsync(rule, _options.OtherCapWatts, cancellationToken).ConfigureAwait(false);
            await foreach (var state in FollowAsync(rule, answer, cancellationToken).ConfigureAwait(false))
            {
                CheckCaps(rule, _options.Role, state);
                if (state is { EffectiveCapWatts: not null, UnknownCapReplicas: 0 })
                {
                    throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"{_options.OtherCapWatts} W was asked for while caps could not be read, and no replica's is unknown: {Show(state)}."));
                }
            }
        }

        await SettleAsync(cancellationToken).ConfigureAwait(false);
        var after = await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);
        if (after is { EffectiveCapWatts: null } or { UnknownCapReplicas: > 0 })
        {
            throw new ConformanceException(rule, $"Caps can be read again, and still some are unknown: {Show(after)}.");
        }
    }

    /// <summary>
    /// Where an actuator fences by revision, a cap may be replaced before it is in effect: the newer one is in effect once both have settled, and what
    /// it replaced does not come back. Others are not sent a second cap so soon.
    /// </summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task ReplacedCapsDoNotComeBackAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A cap that was replaced on its way does not come into effect after the newer one.";
        if (!_actuator.FencesByRevision)
        {
            return;
        }

        foreach (var (first, second) in ((int, int)[])[(_options.OtherCapWatts, _options.CapWatts), (_options.CapWatts, _options.OtherCapWatts)])
        {
            await SetCapAsync(rule, second, cancellationToken).ConfigureAwait(false);
            await SettleAsync(cancellationToken).ConfigureAwait(false);
            await SetCapAsync(rule, first, cancellationToken).ConfigureAwait(false);
            await StepAsync(cancellationToken).ConfigureAwait(false);
            var answer = await SetCapAsync(rule, second, cancellationToken).ConfigureAwait(false);
            var isReplaced = false;
            await foreach (var state in FollowAsync(rule, answer, cancellationToken).ConfigureAwait(false))
            {
                if (isReplaced && !IsAt(state, second))
                {
                    throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"{first} W was replaced by {second} W, which was in effect, and then not any more: {Show(state)}."));
                }

                isReplaced |= IsAt(state, second);
            }

            if (!isReplaced)
            {
                var read = await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);
                throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"{first} W was replaced by {second} W; after settling the read says {Show(read)}."));
            }
        }
    }

    /// <summary>
    /// Where states have revisions, a command that is older than one of its kind that was answered has no effect: it is refused, or answered with what is in
    /// effect.
    /// </summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public async Task OlderRevisionsHaveNoEffectAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A command that is older than one that was answered has no effect.";
        var older = ++_revision;
        await SetCapAsync(rule, _options.CapWatts, cancellationToken).ConfigureAwait(false);
        await SetReplicasAsync(rule, _options.Replicas, cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        var before = await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);
        if (before.Revision == 0)
        {
            return;
        }

        await LateAsync(rule, token => _actuator.SetCapAsync(new SetCapCommand(_options.Role, _options.OtherCapWatts, older), token), cancellationToken).ConfigureAwait(false);
        await LateAsync(rule, token => _actuator.SetReplicasAsync(new SetReplicasCommand(_options.Role, _options.OtherReplicas, older), token), cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        Same(rule, before, await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false), "a cap and a count of an older revision came late");
    }

    private async Task LateAsync(string rule, Func<CancellationToken, ValueTask<RoleState>> call, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(rule, call, cancellationToken).ConfigureAwait(false);
        }
        catch (ConformanceException refused) when (refused.InnerException is CommandRefusedException)
        {
            // As good an answer as one that says what is in effect.
        }
    }

    private ValueTask StepAsync(CancellationToken cancellationToken) => _options.StepAsync?.Invoke(cancellationToken) ?? ValueTask.CompletedTask;

    // The answer, then what reads say until all has settled.
    private async IAsyncEnumerable<RoleState> FollowAsync(string rule, RoleState answer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return answer;
        yield return await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);
        for (var i = 0; _options.StepAsync is not null && i < Steps; i++)
        {
            await StepAsync(cancellationToken).ConfigureAwait(false);
            yield return await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);
        }

        await SettleAsync(cancellationToken).ConfigureAwait(false);
        yield return await ReadRoleAsync(rule, cancellationToken).ConfigureAwait(false);
    }

    private static void CheckCaps(string rule, FleetRole role, RoleState state)
    {
        var counts = state.CapCounts.IsDefault ? [] : state.CapCounts;
        if (state.UnknownCapReplicas < 0 || counts.Any(count => count.CapWatts < 1 || count.Replicas < 0))
        {
            throw new ConformanceException(rule, $"{role}: {Show(state)}; counts must be at least 0 and caps at least 1 W.");
        }

        if (counts.Select(count => count.CapWatts).Distinct().Count() != counts.Length)
        {
            throw new ConformanceException(rule, $"{role}: {Show(state)}; each cap must be counted once.");
        }

        var counted = counts.Sum(count => (long)count.Replicas);
        if (counted + state.UnknownCapReplicas > Existing(state))
        {
            throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"{role}: {Show(state)}; the caps of {counted} replicas are known and those of {state.UnknownCapReplicas} are not, and there are {Existing(state)}."));
        }

        // Replicas that are not counted are at the effective cap, so that it may be higher than any that is counted.
        var highest = counts.Where(count => count.Replicas > 0).Select(count => (int?)count.CapWatts).Max();
        var areAllCounted = counted + state.UnknownCapReplicas == Existing(state);
        if (highest is not null && (state.EffectiveCapWatts is not { } effective || effective < highest || (areAllCounted && effective != highest)))
        {
            throw new ConformanceException(rule, $"{role}: {Show(state)}; the effective cap must be the highest that is counted, {Watts(highest)}.");
        }

        if (counted == 0 && areAllCounted && state is { UnknownCapReplicas: > 0, EffectiveCapWatts: not null })
        {
            throw new ConformanceException(rule, $"{role}: {Show(state)}; where no replica's cap is known there is no effective cap.");
        }
    }

    private static bool IsAtMost(RoleState state, int capWatts) => state is { UnknownCapReplicas: 0, EffectiveCapWatts: { } cap } && cap <= capWatts;

    private static bool IsAt(RoleState state, int capWatts) =>
        state is { UnknownCapReplicas: 0, EffectiveCapWatts: { } cap } && cap == capWatts && Counts(state).All(count => count.CapWatts == capWatts);

    private static long Existing(RoleState state) => (long)state.Ready + state.Starting + state.Terminating;

    private static IEnumerable<CapCount> Counts(RoleState state) =>
        state.CapCounts.IsDefault ? [] : state.CapCounts.Where(count => count.Replicas > 0).OrderBy(count => count.CapWatts);

    private static string Show(RoleState state)
    {
        var counts = Counts(state).Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Replicas} at {count.CapWatts} W"));
        return state.ToString().Replace(CountsAsPrinted, $"[{string.Join(", ", counts)}]", StringComparison.Ordinal);
    }

    private static string Text(long count) => count.ToString(CultureInfo.InvariantCulture);
}
