using System.Globalization;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>Compares answers with AIC's and keeps what differs: every number within a tolerance, every error of the matching class.</summary>
internal sealed class Deviations(double tolerance)
{
    private readonly List<string> _failures = [];
    private readonly Dictionary<string, (double Largest, string Where)> _largest = [];

    public int Compared { get; private set; }

    /// <summary>Compares one number with the answer's field of that name.</summary>
    public void Number(ReferenceQuery query, string field, double actual) =>
        Number(query, field, query.Expected.GetProperty(field).GetDouble(), actual);

    /// <summary>Compares one number.</summary>
    public void Number(ReferenceQuery query, string field, double expected, double actual)
    {
        Compared++;
        var deviation = expected == actual ? 0 : Math.Abs(actual - expected) / Math.Max(Math.Abs(expected), double.Epsilon);
        if (!_largest.TryGetValue(field, out var largest) || !(deviation <= largest.Largest))
        {
            _largest[field] = (deviation, query.ToString());
        }

        if (!(deviation <= tolerance))
        {
            _failures.Add(string.Create(CultureInfo.InvariantCulture, $"{query}: {field} is {actual}, AIC says {expected} ({deviation:P4} off)"));
        }
    }

    /// <summary>Whether AIC has an answer too; if not, that is kept.</summary>
    /// <param name="errorField">The field that holds AIC's error class where there is one.</param>
    public bool Succeeded(ReferenceQuery query, string errorField = "error")
    {
        if (!query.Expected.TryGetProperty(errorField, out var error))
        {
            return true;
        }

        Compared++;
        _failures.Add($"{query}: {errorField}: AIC says {error}, here there is an answer");
        return false;
    }

    /// <summary>Compares an error with AIC's error class.</summary>
    /// <param name="errorField">The field that holds AIC's error class where there is one.</param>
    public void Failed(ReferenceQuery query, PerformanceException exception, string errorField = "error")
    {
        Compared++;
        if (!query.Expected.TryGetProperty(errorField, out var error))
        {
            _failures.Add($"{query}: {errorField}: AIC has an answer, here it is {exception.GetType().Name}: {exception.Message}");
            return;
        }

        var expected = error.GetString() switch
        {
            "PerfDataNotAvailableError" => typeof(NoPerformanceDataException),
            "ValueError" or "AssertionError" => typeof(InvalidLayoutException),
            "RuntimeError" => typeof(InsufficientMemoryForModelException),
            "MissingSystemFlopsError" => typeof(MissingHardwareRateException),
            _ => throw new NotSupportedException($"{query}: AIC's error class '{error}'."),
        };
        if (exception.GetType() != expected)
        {
            _failures.Add($"{query}: {errorField}: AIC says {error}, here it is {exception.GetType().Name}: {exception.Message}");
        }
    }

    /// <summary>Writes the largest deviation of each field and fails with everything that is out of tolerance.</summary>
    public void AssertNone()
    {
        foreach (var (field, (largest, where)) in _largest)
        {
            TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{field}: largest relative deviation {largest:E2} at {where}"));
        }

        TestContext.Out.WriteLine($"{Compared} values compared, {_failures.Count} out of tolerance.");
        Assert.That(Compared, Is.GreaterThan(0), "nothing was compared");
        Assert.That(_failures, Is.Empty, $"{_failures.Count} of {Compared} values differ:\n{string.Join('\n', _failures.Take(40))}");
    }
}
