namespace PowerPlanner.Testing.Simulation;

/// <summary>Noise of every signal of a simulated fleet. Immutable.</summary>
public sealed record FleetNoise
{
    /// <summary>No noise: readings are the model's own, exactly.</summary>
    public static FleetNoise None { get; } = new();

    /// <summary>The reference test bed's: gaussian, 7 % on powers, 5 % on TTFT, 4 % on ITL, 3 % on capacity.</summary>
    public static FleetNoise Default { get; } = new()
    {
        PowerPrefill = SignalNoise.Gaussian(0.07),
        PowerDecode = SignalNoise.Gaussian(0.07),
        Ttft = SignalNoise.Gaussian(0.05),
        Itl = SignalNoise.Gaussian(0.04),
        Capacity = SignalNoise.Gaussian(0.03),
    };

    /// <summary>Noise of prefill draw.</summary>
    public SignalNoise PowerPrefill { get; init; }

    /// <summary>Noise of decode draw.</summary>
    public SignalNoise PowerDecode { get; init; }

    /// <summary>Noise of the time to first token.</summary>
    public SignalNoise Ttft { get; init; }

    /// <summary>Noise of the inter-token latency.</summary>
    public SignalNoise Itl { get; init; }

    /// <summary>Noise of the capacity.</summary>
    public SignalNoise Capacity { get; init; }

    internal SignalNoise Of(FleetSignal signal) => signal switch
    {
        FleetSignal.PowerPrefill => PowerPrefill,
        FleetSignal.PowerDecode => PowerDecode,
        FleetSignal.Ttft => Ttft,
        FleetSignal.Itl => Itl,
        _ => Capacity,
    };
}
