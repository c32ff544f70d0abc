using System.Globalization;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>Where two evaluators of one engine differ by more than a relative 1e-12, in an error, or in provenance.</summary>
internal sealed class Differences
{
    private const double Tolerance = 1e-12;

    private readonly List<string> _found = [];
    private double _largest;
    private int _answers;
    private int _misses;

    public void Compare(
        string point, Func<IStepEvaluator, IReadOnlyList<NamedOperationCost>> ask, IStepEvaluator literal, IStepEvaluator compiled)
    {
        var (expected, expectedError) = Answer(ask, literal);
        var (actual, actualError) = Answer(ask, compiled);
        if (expectedError != actualError)
        {
            _found.Add($"{point}: {actualError ?? "an answer"} instead of {expectedError ?? "an answer"}");
            return;
        }

        if (expected is null)
        {
            _misses++;
            return;
        }

        _answers++;
        if (!expected.Select(cost => cost.Name).SequenceEqual(actual!.Select(cost => cost.Name)))
        {
            _found.Add($"{point}: operations {string.Join(", ", actual!.Select(cost => cost.Name))}");
            return;
        }

        foreach (var ((name, wanted), (_, got)) in expected.Zip(actual!))
        {
            Number($"{point}, {name}: latency", wanted.LatencyMs, got.LatencyMs);
            Number($"{point}, {name}: energy", wanted.EnergyMillijoules, got.EnergyMillijoules);
            Number($"{point}, {name}: covered latency", wanted.CoveredLatencyMs, got.CoveredLatencyMs);
            if (wanted.Provenance != got.Provenance)
            {
                _found.Add($"{point}, {name}: {got.Provenance} instead of {wanted.Provenance}");
            }
        }
    }

    public void AssertNone()
    {
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{_answers} answers and {_misses} misses compared, largest relative difference {_largest:E2}."));
        Assert.That(_found, Is.Empty, $"{_found.Count} differences:\n{string.Join('\n', _found.Take(30))}");
    }

    private static (IReadOnlyList<NamedOperationCost>? Costs, string? Error) Answer(
        Func<IStepEvaluator, IReadOnlyList<NamedOperationCost>> ask, IStepEvaluator evaluator)
    {
        try
        {
            return (ask(evaluator), null);
        }
        catch (PerformanceException exception)
        {
            return (null, exception.GetType().Name);
        }
    }

    private void Number(string what, double expected, double actual)
    {
        var difference = expected == actual ? 0 : Math.Abs(actual - expected) / Math.Abs(expected);
        _largest = Math.Max(_largest, difference);
        if (!(difference <= Tolerance))
        {
            _found.Add(string.Create(CultureInfo.InvariantCulture, $"{what} is {actual:R} instead of {expected:R}"));
        }
    }
}
