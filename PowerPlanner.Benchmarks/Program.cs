using BenchmarkDotNet.Running;
using PowerPlanner.Benchmarks.Performance.Aic;

if (LoadMeasurement.IsAsked(args))
{
    await LoadMeasurement.RunAsync(args);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
