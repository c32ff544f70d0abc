using System.Collections.Immutable;

namespace PowerPlanner.Performance.Roofline;

/// <summary>
/// Built-in data sheets, named like AIC's systems. Compute, memory bandwidth, memory size and TDP are NVIDIA's public data sheets
/// (A100 80 GB, H100, H200, HGX B200, L40S; dense rates); link bandwidths are NVLink 3, 4 and 5 per direction (300, 450 and 900 GB/s) or PCIe 4
/// and 5 x16 (32 and 64 GB/s), and a 200, 400 or 800 Gb/s network adapter a GPU between nodes, as AIC's system descriptions state them.
/// </summary>
public static class GpuDataSheets
{
    private const long GiB = 1L << 30;

    /// <summary>All built-in sheets, by name.</summary>
    public static ImmutableArray<GpuDataSheet> All { get; } =
    [
        new() { Name = "a100_pcie", Bfloat16FlopsPerSecond = 312e12, MemoryBytesPerSecond = 1.935e12, MemoryBytes = 80 * GiB, LinkBytesPerSecond = 32e9, InterNodeBytesPerSecond = 25e9, NameplateWatts = 300 },
        new() { Name = "a100_sxm", Bfloat16FlopsPerSecond = 312e12, MemoryBytesPerSecond = 2.039e12, MemoryBytes = 80 * GiB, LinkBytesPerSecond = 300e9, InterNodeBytesPerSecond = 25e9, NameplateWatts = 400 },
        new() { Name = "b200_sxm", Bfloat16FlopsPerSecond = 2250e12, MemoryBytesPerSecond = 7.7e12, MemoryBytes = 180 * GiB, LinkBytesPerSecond = 900e9, InterNodeBytesPerSecond = 100e9, NameplateWatts = 1000 },
        new() { Name = "h100_pcie", Bfloat16FlopsPerSecond = 756.5e12, MemoryBytesPerSecond = 2e12, MemoryBytes = 80 * GiB, LinkBytesPerSecond = 64e9, InterNodeBytesPerSecond = 50e9, NameplateWatts = 350 },
        new() { Name = "h100_sxm", Bfloat16FlopsPerSecond = 989e12, MemoryBytesPerSecond = 3.35e12, MemoryBytes = 80 * GiB, LinkBytesPerSecond = 450e9, InterNodeBytesPerSecond = 50e9, NameplateWatts = 700 },
        new() { Name = "h200_sxm", Bfloat16FlopsPerSecond = 989e12, MemoryBytesPerSecond = 4.8e12, MemoryBytes = 141 * GiB, LinkBytesPerSecond = 450e9, InterNodeBytesPerSecond = 50e9, NameplateWatts = 700 },
        new() { Name = "l40s", Bfloat16FlopsPerSecond = 362.05e12, MemoryBytesPerSecond = 0.864e12, MemoryBytes = 48_305_799_168, LinkBytesPerSecond = 32e9, InterNodeBytesPerSecond = 50e9, NameplateWatts = 350 },
    ];

    /// <summary>The sheet of that name.</summary>
    /// <param name="name">Name like AIC's systems: <c>h200_sxm</c>. Case matters.</param>
    /// <exception cref="UnknownSystemException">No such sheet; the message lists those that exist.</exception>
    public static GpuDataSheet Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(sheet => sheet.Name == name)
            ?? throw new UnknownSystemException($"There is no built-in data sheet of the GPU '{name}'; there are {string.Join(", ", All.Select(sheet => sheet.Name))}.");
    }
}
