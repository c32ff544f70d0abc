using BenchmarkDotNet.Running;
using PowerPlanner.Benchmarks.Control;
using PowerPlanner.Benchmarks.Performance.Aic;

if (LoadMeasurement.IsAsked(args))
{
    await LoadMeasurement.RunAsync(args);
    return;
}

if (ManyControllers.IsAsked(args))
{
    await ManyControllers.RunAsync();
    return;
}

if (ControllerSoak.IsAsked(args))
{
    await ControllerSoak.RunAsync();
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
