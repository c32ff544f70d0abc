namespace PowerPlanner.Facility;

/// <summary>
/// Hands shares out to the deployments in an order that <see cref="FacilityTransition"/> finds safe: every fall is confirmed before any share rises,
/// so the sum of what may be drawn falls or fits the budget, whichever order is slow, lost, or never confirmed. An ordered rise counts as in
/// force from the moment it is sent. While one deployment cannot be read, nothing rises. Not thread-safe: one call at a time.
/// </summary>
public sealed class FacilityHandout
{
    private readonly Dictionary<string, IFacilityBudget> _budgets;

    // By deployment: the highest share whose order may yet take effect, W.
    private readonly Dictionary<string, long> _ordered = new(StringComparer.Ordinal);

    /// <summary>Creates a handout that has ordered nothing.</summary>
    /// <param name="budgets">By name of the deployment, where its share goes.</param>
    public FacilityHandout(IEnumerable<KeyValuePair<string, IFacilityBudget>> budgets)
    {
        ArgumentNullException.ThrowIfNull(budgets);
        _budgets = new Dictionary<string, IFacilityBudget>(budgets, StringComparer.Ordinal);
    }

    /// <summary>
    /// Reads what is in force, then orders what may be ordered now; call it again, as often as the deployments tick, until nothing is awaited. New shares
    /// may be handed out at any time. What a deployment throws, a cancellation of this call apart, leaves it awaited and stops no other order.
    /// </summary>
    /// <param name="shares">One share for each deployment, as <see cref="FacilityDivision"/> gives them; their watts fit the budget.</param>
    /// <param name="budgetWatts">Budget, W.</param>
    /// <param name="cancellationToken">Stops between two orders.</param>
    /// <returns>Names of the deployments whose share is not known to be in force, in the order of the shares; empty at the end.</returns>
    /// <exception cref="ArgumentException">A deployment without a share, twice or unknown; a negative share; or shares above the budget.</exception>
    /// <exception cref="OverflowException">The shares sum above the range of a 64-bit integer.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask<IReadOnlyList<string>> AdvanceAsync(IReadOnlyList<FacilityShare> shares, long budgetWatts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(shares);
        Check(shares);
        var inForce = new long[shares.Count];
        var read = new long?[shares.Count];
        for (var i = 0; i < inForce.Length; i++)
        {
            read[i] = await ReadAsync(_budgets[shares[i].Name], cancellationToken).ConfigureAwait(false);
            inForce[i] = Math.Max(read[i] ?? 0, _ordered.GetValueOrDefault(shares[i].Name));
        }

        long[] targets = [.. shares.Select(share => share.Watts)];
        var next = FacilityTransition.Next(inForce, targets, budgetWatts);
        var isAllRead = Array.TrueForAll(read, watts => watts is not null);
        var awaited = new List<string>();
        for (var i = 0; i < targets.Length; i++)
        {
            if (read[i] == targets[i] && inForce[i] == targets[i])
            {
                continue;
            }

            awaited.Add(shares[i].Name);
            if (isAllRead ? next[i] == targets[i] : targets[i] <= inForce[i])
            {
                await OrderAsync(shares[i].Name, targets[i], cancellationToken).ConfigureAwait(false);
            }
        }

        return awaited;
    }

    private static async ValueTask<long?> ReadAsync(IFacilityBudget budget, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await budget.ReadInForceAsync(cancellationToken).ConfigureAwait(false) is { } watts and >= 0 ? watts : null;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async ValueTask OrderAsync(string name, long watts, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Until the order has arrived, this one or the one before it may take effect.
        var before = _ordered.GetValueOrDefault(name);
        _ordered[name] = Math.Max(before, watts);
        try
        {
            await _budgets[name].OrderAsync(watts, cancellationToken).ConfigureAwait(false);
            _ordered[name] = watts;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Awaited: the next call orders again.
        }
    }

    private void Check(IReadOnlyList<FacilityShare> shares)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var share in shares)
        {
            if (share.Name is not { } name || !_budgets.ContainsKey(name))
            {
                throw new ArgumentException($"A share names the deployment '{share.Name}'; the known ones are {string.Join(", ", _budgets.Keys.Order(StringComparer.Ordinal))}.", nameof(shares));
            }

            if (!names.Add(name))
            {
                throw new ArgumentException($"Deployment '{name}' has two shares; it must have one.", nameof(shares));
            }
        }

        if (_budgets.Keys.FirstOrDefault(name => !names.Contains(name)) is { } missing)
        {
            throw new ArgumentException($"Deployment '{missing}' has no share; each must have one, 0 W too.", nameof(shares));
        }
    }
}
