using System.Globalization;

namespace PowerPlanner.Control.Transitions;

/// <summary>Checks what actuators answer: a state that no fleet can have must not reach the ledger.</summary>
internal static class RoleStates
{
    // More than any fleet has; sums and products of such numbers stay far from overflowing.
    private const int MostReplicas = 1_000_000;
    private const int MostWatts = 1_000_000;

    /// <exception cref="InvalidOperationException">The state is missing or has impossible values.</exception>
    public static void ThrowIfImpossible(RoleState? state, FleetRole role)
    {
        if (state is null)
        {
            throw new InvalidOperationException($"The actuator answered no state of the {role} role.");
        }

        Check(role, nameof(state.Ready), state.Ready, 0, MostReplicas);
        Check(role, nameof(state.Starting), state.Starting, 0, MostReplicas);
        Check(role, nameof(state.Terminating), state.Terminating, 0, MostReplicas);
        if (state.EffectiveCapWatts is { } cap)
        {
            Check(role, nameof(state.EffectiveCapWatts), cap, 1, MostWatts);
        }

        if (state.GpusPerReplica is { } gpus)
        {
            Check(role, nameof(state.GpusPerReplica), gpus, 1, MostReplicas);
        }

        if (state.NewbornCap.Watts is { } newborn)
        {
            Check(role, nameof(state.NewbornCap), newborn, 1, MostWatts);
        }

        Check(role, nameof(state.UnknownCapReplicas), state.UnknownCapReplicas, 0, MostReplicas);
        CheckCapCounts(state, role);
    }

    private static void CheckCapCounts(RoleState state, FleetRole role)
    {
        var counts = state.CapCounts.IsDefault ? [] : state.CapCounts.AsSpan();
        var counted = (long)state.UnknownCapReplicas;
        for (var i = 0; i < counts.Length; i++)
        {
            Check(role, $"{nameof(state.CapCounts)} {nameof(CapCount.CapWatts)}", counts[i].CapWatts, 1, MostWatts);
            Check(role, $"{nameof(state.CapCounts)} {nameof(CapCount.Replicas)}", counts[i].Replicas, 0, MostReplicas);
            counted += counts[i].Replicas;
            for (var other = 0; other < i; other++)
            {
                if (counts[other].CapWatts == counts[i].CapWatts)
                {
                    throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The actuator answered {nameof(state.CapCounts)} with {counts[i].CapWatts} W twice of the {role} role; each cap is possible once."));
                }
            }
        }

        var replicas = (long)state.Ready + state.Starting + state.Terminating;
        if (counted > replicas)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The actuator answered the caps of {counted} replicas of the {role} role, {state.UnknownCapReplicas} unknown ones among them; there are {replicas}."));
        }
    }

    private static void Check(FleetRole role, string field, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The actuator answered {field} {value} of the {role} role; {least} to {most} are possible."));
        }
    }
}
