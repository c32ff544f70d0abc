using System.Globalization;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>
/// Every model with routed experts in every layout of up to 16 GPUs on every version of the H200's tables: a number, or an error that says what
/// is missing; never anything else.
/// </summary>
[TestFixture]
internal sealed class ExpertLayoutSurvey
{
    private const int MostGpus = 16;

    /// <summary>A prime, so that the sample walks through models, layouts and versions alike.</summary>
    private const int SampleStep = 101;

    private static readonly (AicBackend Backend, string Folder)[] Backends =
        [(AicBackend.Vllm, "vllm"), (AicBackend.Sglang, "sglang"), (AicBackend.TensorRtLlm, "trtllm")];

    [Test]
    public async Task A_sample_of_models_layouts_and_versions_has_numbers_or_says_what_is_missing()
    {
        var answers = new Dictionary<string, int>();
        foreach (var point in Points().Where((_, index) => index % SampleStep == 0))
        {
            var answer = await AnswerAsync(EvaluatorKind.Compiled, point);
            answers[answer] = answers.GetValueOrDefault(answer) + 1;
        }

        TestContext.Out.WriteLine(string.Join(", ", answers));
        Assert.That(answers.Keys, Is.SubsetOf(new[] { "number", nameof(NoPerformanceDataException), nameof(InvalidLayoutException) }));
        Assert.That(answers["number"], Is.GreaterThan(10));
    }

    [Test, Explicit("On request: takes minutes; all of them, interpreted literally.")]
    public async Task All_models_layouts_and_versions_have_numbers_or_say_what_is_missing([Values] AicBackend backend)
    {
        var answers = new SortedDictionary<string, SortedDictionary<string, int>>(StringComparer.Ordinal);
        foreach (var point in Points().Where(point => point.Backend == backend))
        {
            var answer = await AnswerAsync(EvaluatorKind.Literal, point);
            foreach (var row in new[] { point.Model, point.Version, "all" })
            {
                if (!answers.TryGetValue(row, out var counts))
                {
                    answers.Add(row, counts = new SortedDictionary<string, int>(StringComparer.Ordinal));
                }

                counts[answer] = counts.GetValueOrDefault(answer) + 1;
            }
        }

        foreach (var (row, counts) in answers)
        {
            TestContext.Out.WriteLine($"{row}: {string.Join(", ", counts.Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Key} {count.Value}")))}");
        }

        Assert.That(
            answers["all"].Keys.Select(answer => answer.Split(' ')[0]).Distinct(),
            Is.SubsetOf(new[] { "number", nameof(NoPerformanceDataException), nameof(InvalidLayoutException) }));
    }

    private static async Task<string> AnswerAsync(EvaluatorKind kind, Point point)
    {
        try
        {
            var engine = (await ReferenceEngine.LoadAsync(kind, point.Backend, point.Version, point.Model, point.Layout)).Engine;
            var context = engine.EstimateContext(4, 1024);
            var generation = engine.EstimateGeneration(4, 1024, 2);
            _ = engine.MaximumKvTokens();
            Assert.That(context.LatencyMs * generation.LatencyMs, Is.GreaterThan(0).And.LessThan(double.PositiveInfinity), point.ToString());
            return "number";
        }
        catch (PerformanceException exception)
        {
            Assert.That(exception.Message, Has.Length.GreaterThan(20), point.ToString());

            // The literal interpreter's message begins with the table that lacks something.
            return kind == EvaluatorKind.Literal && exception is NoPerformanceDataException
                ? $"{nameof(NoPerformanceDataException)} {exception.Message.Split(' ')[0]}"
                : exception.GetType().Name;
        }
    }

    private static IEnumerable<Point> Points()
    {
        string[] models = [.. Directory.EnumerateFiles(RealTables.ModelsDirectory, "*_config.json")
            .Select(file => Path.GetFileName(file).Replace("_config.json", "", StringComparison.Ordinal))
            .Where(name => !name.EndsWith("_hf_quant", StringComparison.Ordinal) && HasExperts(name))
            .Select(name => name.Replace("--", "/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
        foreach (var (backend, folder) in Backends)
        {
            foreach (var version in Versions(folder))
            {
                foreach (var model in models)
                {
                    foreach (var layout in Layouts())
                    {
                        yield return new Point(backend, version, model, layout);
                    }
                }
            }
        }
    }

    private static bool HasExperts(string name)
    {
        try
        {
            var family = ModelConfiguration.Parse(File.ReadAllText(Path.Combine(RealTables.ModelsDirectory, $"{name}_config.json"))).Description.Family;
            return family is { IsSupported: true, HasExperts: true };
        }
        catch (UnknownModelException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Versions(string backend) => Directory.EnumerateDirectories(Path.Combine(RealTables.SystemsDirectory, "data", "h200_sxm"))
        .Select(family => Path.Combine(family, backend))
        .Where(Directory.Exists)
        .SelectMany(Directory.EnumerateDirectories)
        .Select(version => Path.GetFileName(version)!)
        .Distinct()
        .Order(StringComparer.Ordinal);

    private static IEnumerable<EngineLayout> Layouts()
    {
        for (var tp = 1; tp <= MostGpus; tp *= 2)
        {
            for (var dp = 1; tp * dp <= MostGpus; dp *= 2)
            {
                for (var moeTp = 1; moeTp <= tp * dp; moeTp *= 2)
                {
                    yield return new EngineLayout(tp, 1, dp, moeTp, tp * dp / moeTp);
                }
            }
        }
    }

    private sealed record Point(AicBackend Backend, string Version, string Model, EngineLayout Layout);
}
