namespace PowerPlanner.Admission;

/// <summary>The busy thresholds of a frontend: above any of them a worker counts as busy. Higher sheds later.</summary>
/// <param name="ThetaDecode">Share of a decode rank's KV blocks, 0 to 1.</param>
/// <param name="ThetaPrefillFraction">Prefill tokens as a share of a worker's <c>max_num_batched_tokens</c>, 0 to 1.</param>
/// <param name="PrefillTokensThreshold">
/// Prefill tokens of a worker, the backstop where a worker reports no maximum; at least 0. Null = not sent, which a frontend takes as "leave as is".
/// </param>
public readonly record struct AdmissionThresholds(double ThetaDecode, double ThetaPrefillFraction, long? PrefillTokensThreshold)
{
    /// <summary>
    /// What may be sent before capacity changes: each threshold that falls, at its new value, and each that rises, at the one in force. The new
    /// thresholds follow once the capacity is there. Equal to the ones in force where nothing falls.
    /// </summary>
    /// <param name="inForce">The thresholds that were acknowledged last; null = none yet, then nothing is in force that could be looser.</param>
    /// <param name="next">The thresholds of the new plan.</param>
    public static AdmissionThresholds Tightened(AdmissionThresholds? inForce, in AdmissionThresholds next) => inForce is not { } old
        ? next
        : new AdmissionThresholds(
            Math.Min(old.ThetaDecode, next.ThetaDecode),
            Math.Min(old.ThetaPrefillFraction, next.ThetaPrefillFraction),
            old.PrefillTokensThreshold is { } was && next.PrefillTokensThreshold is { } comes ? Math.Min(was, comes) : next.PrefillTokensThreshold ?? old.PrefillTokensThreshold);
}
