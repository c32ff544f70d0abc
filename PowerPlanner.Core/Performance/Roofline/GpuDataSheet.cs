namespace PowerPlanner.Performance.Roofline;

/// <summary>
/// The numbers of a GPU's data sheet that bound a step of inference. Built-in sheets: <see cref="GpuDataSheets"/>. Immutable; a sheet of
/// your own is built with an object initializer, or from a built-in one by <c>with</c>.
/// </summary>
public sealed record GpuDataSheet
{
    /// <summary>Name, used in messages only.</summary>
    public required string Name
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value, nameof(Name));
            field = value;
        }
    }

    /// <summary>Peak dense bfloat16 tensor-core rate, FLOP/s (without structured sparsity, which doubles the advertised number).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not finite or not greater than 0.</exception>
    public required double Bfloat16FlopsPerSecond
    {
        get;
        init
        {
            Guard.FinitePositive(value, nameof(Bfloat16FlopsPerSecond));
            field = value;
        }
    }

    /// <summary>Peak bandwidth of the device memory, B/s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not finite or not greater than 0.</exception>
    public required double MemoryBytesPerSecond
    {
        get;
        init
        {
            Guard.FinitePositive(value, nameof(MemoryBytesPerSecond));
            field = value;
        }
    }

    /// <summary>Device memory, bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public required long MemoryBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(MemoryBytes));
            field = value;
        }
    }

    /// <summary>Bandwidth of one GPU to the others of its node, one direction, B/s (NVLink or PCIe).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not finite or not greater than 0.</exception>
    public required double LinkBytesPerSecond
    {
        get;
        init
        {
            Guard.FinitePositive(value, nameof(LinkBytesPerSecond));
            field = value;
        }
    }

    /// <summary>Bandwidth of one GPU to other nodes, one direction, B/s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not finite or not greater than 0.</exception>
    public required double InterNodeBytesPerSecond
    {
        get;
        init
        {
            Guard.FinitePositive(value, nameof(InterNodeBytesPerSecond));
            field = value;
        }
    }

    /// <summary>GPUs that share the fast link. Default 8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public int GpusPerNode
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(GpusPerNode));
            field = value;
        }
    } = 8;

    /// <summary>Nameplate power (TDP), W.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not finite or not greater than 0.</exception>
    public required double NameplateWatts
    {
        get;
        init
        {
            Guard.FinitePositive(value, nameof(NameplateWatts));
            field = value;
        }
    }
}
