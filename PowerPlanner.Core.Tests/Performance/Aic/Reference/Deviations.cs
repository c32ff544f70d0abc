using System.Globalization;
using System.Text.Json;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>Compares answers with AIC's and keeps what differs: every number within a tolerance, every error of the matching class.</summary>
internal sealed class Deviations(double tolerance)
{
    private readonly List<string> _failures = [];
    private readonly Dictionary<string, (int Count, double Largest, string Where)> _fields = [];
    private int _compared;

    /// <summary>The answer where AIC has one too; null where both refuse, or where only one does, which is kept.</summary>
    /// <param name="errorField">The field that holds AIC's error class where AIC refuses.</param>
    public T? Answered<T>(ReferenceQuery query, string errorField, Func<T> ask)
        where T : struct
    {
        T answer;
        try
        {
            answer = ask();
        }
        catch (PerformanceException exception)
        {
            Failed(query, exception, errorField);
            return null;
        }

        if (!query.Expected.TryGetProperty(errorField, out var error))
        {
            return answer;
        }

        Note(query, errorField, double.PositiveInfinity);
        _failures.Add($"{query}: {errorField}: AIC says {error}, here there is an answer");
        return null;
    }

    /// <summary>Compares a refusal with AIC's error class.</summary>
    /// <param name="errorField">The field that holds AIC's error class where AIC refuses.</param>
    public void Failed(ReferenceQuery query, PerformanceException exception, string errorField)
    {
        if (!query.Expected.TryGetProperty(errorField, out var error))
        {
            Note(query, errorField, double.PositiveInfinity);
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
        if (exception.GetType() == expected)
        {
            Note(query, errorField, 0);
            return;
        }

        Note(query, errorField, double.PositiveInfinity);
        _failures.Add($"{query}: {errorField}: AIC says {error}, here it is {exception.GetType().Name}: {exception.Message}");
    }

    /// <summary>Compares a number with the answer's field of that name; null with null.</summary>
    public void Number(ReferenceQuery query, string field, double? actual)
    {
        var expected = query.Expected.GetProperty(field);
        if (expected.ValueKind != JsonValueKind.Null && actual is { } number)
        {
            Number(query, field, expected.GetDouble(), number);
            return;
        }

        var bothAbsent = expected.ValueKind == JsonValueKind.Null && actual is null;
        Note(query, field, bothAbsent ? 0 : double.PositiveInfinity);
        if (!bothAbsent)
        {
            _failures.Add(string.Create(CultureInfo.InvariantCulture, $"{query}: {field} is {actual?.ToString(CultureInfo.InvariantCulture) ?? "null"}, AIC says {expected}"));
        }
    }

    public void Number(ReferenceQuery query, string field, double expected, double actual)
    {
        var deviation = expected == actual ? 0 : Math.Abs(actual - expected) / Math.Max(Math.Abs(expected), double.Epsilon);
        Note(query, field, deviation);
        if (!(deviation <= tolerance))
        {
            _failures.Add(string.Create(CultureInfo.InvariantCulture, $"{query}: {field} is {actual}, AIC says {expected}"));
        }
    }

    /// <summary>Writes the largest deviation of each field and fails with everything that is out of tolerance.</summary>
    public void AssertNone()
    {
        foreach (var (field, (count, largest, where)) in _fields)
        {
            var place = largest > 0 ? $" at {where}" : "";
            TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{field}: {count} values, largest relative deviation {largest:E2}{place}"));
        }

        Assert.That(_compared, Is.GreaterThan(0), "nothing was compared");
        Assert.That(_failures, Is.Empty, $"{_failures.Count} of {_compared} values differ:\n{string.Join('\n', _failures.Take(40))}");
    }

    private void Note(ReferenceQuery query, string field, double deviation)
    {
        _compared++;
        var (count, largest, where) = _fields.GetValueOrDefault(field, (0, 0, ""));
        _fields[field] = deviation > largest || double.IsNaN(deviation) ? (count + 1, deviation, query.ToString()) : (count + 1, largest, where);
    }
}
