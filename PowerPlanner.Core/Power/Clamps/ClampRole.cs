using System.Globalization;

namespace PowerPlanner.Power.Clamps;

/// <summary>What a clamp knows of one role: GPUs and cap of a replica, and the fewest replicas worth running.</summary>
public sealed record ClampRole
{
    /// <summary>Creates a role.</summary>
    /// <param name="gpus">GPUs of a replica; 0 = the deployment has no such role, null = unknown, and then nothing is clamped.</param>
    /// <param name="capWatts">Cap of each GPU, W; at least 1 where there are GPUs.</param>
    /// <param name="minEndpoint">Fewest replicas; at least 1. A proposal below it is not raised to it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range.</exception>
    public ClampRole(int? gpus, int capWatts, int minEndpoint = 1)
    {
        if (gpus < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(gpus), gpus, string.Create(CultureInfo.InvariantCulture, $"A replica has {gpus} GPUs; it must be at least 0 (0 = no such role)."));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(capWatts, gpus == 0 ? 0 : 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(minEndpoint, 1);
        Gpus = gpus;
        CapWatts = capWatts;
        MinEndpoint = minEndpoint;
    }

    /// <summary>A role that the deployment does not have: the other role stands alone.</summary>
    public static ClampRole Absent { get; } = new(0, 0);

    /// <summary>GPUs of a replica; 0 where the role is absent, null where they are unknown.</summary>
    public int? Gpus { get; }

    /// <summary>Cap of each GPU, W.</summary>
    public int CapWatts { get; }

    /// <summary>Fewest replicas worth running.</summary>
    public int MinEndpoint { get; }

    /// <summary>Whether the deployment has this role.</summary>
    public bool IsPresent => Gpus != 0;
}
