using BenchmarkDotNet.Attributes;
using PowerPlanner.Control;
using PowerPlanner.Diagnostics;
using PowerPlanner.Planning;

namespace PowerPlanner.Benchmarks.Control;

// Two cores shared at a load of 14, .NET 10, --job short -i: disaggregated 2.2 µs, aggregated 2.0 µs (the run with the smallest error; others
// had 2.5 and 20 µs), 416 B each: the status.

/// <summary>What does a tick cost on which nothing calls for a new plan, source, actuator and instruments included?</summary>
[MemoryDiagnoser]
public class ControllerTick
{
    private static readonly PlannerInstruments Instruments = new();

    private TickBench _pair = null!;
    private TickBench _aggregated = null!;

    [GlobalSetup]
    public async Task StartAsync()
    {
        _pair = await TickBench.StartAsync(DeploymentMode.Disaggregated, "pair", Instruments);
        _aggregated = await TickBench.StartAsync(DeploymentMode.Aggregated, "aggregated", Instruments);
    }

    [GlobalCleanup]
    public void Stop()
    {
        _pair.Dispose();
        _aggregated.Dispose();
    }

    [Benchmark]
    public ControllerStatus Disaggregated() => _pair.Tick();

    [Benchmark]
    public ControllerStatus Aggregated() => _aggregated.Tick();
}
