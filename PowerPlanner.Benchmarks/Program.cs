using BenchmarkDotNet.Running;
using PowerPlanner.Benchmarks.Control;
using PowerPlanner.Benchmarks.Gate;
using PowerPlanner.Benchmarks.Performance.Aic;
using PowerPlanner.Benchmarks.Planning;

if (LoadMeasurement.IsAsked(args))
{
    await LoadMeasurement.RunAsync(args);
    return 0;
}

if (ManyControllers.IsAsked(args))
{
    await ManyControllers.RunAsync();
    return 0;
}

if (ControllerSoak.IsAsked(args))
{
    await ControllerSoak.RunAsync();
    return 0;
}

if (RegressionGate.IsAsked(args))
{
    return await RegressionGate.RunAsync(args);
}

if (CapsTable.IsAsked(args))
{
    await CapsTable.RunAsync();
    return 0;
}

if (MixedCapStudy.IsAsked(args))
{
    await MixedCapStudy.RunAsync();
    return 0;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
