using System.Globalization;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Tests.Performance.Aic.Reference;

namespace PowerPlanner.Tests.Performance.Aic.Snapshots;

/// <summary>Engines from snapshots beside those from the H200's tables.</summary>
internal sealed class AicSnapshotRealTableTests
{
    private const int Points = 400;

    private static readonly string[] Engines =
    [
        "Qwen/Qwen3-32B tp 8", "Qwen/Qwen3-32B-FP8 tp 4 pp 2", "meta-llama/Meta-Llama-3.1-405B tp 1", "nvidia/Llama-3.1-70B-Instruct-FP8 tp 2",
        "meta-llama/Meta-Llama-3.1-70B tp 16", "meta-llama/Meta-Llama-3.1-8B tp 1 trtllm",
        "Qwen/Qwen3-235B-A22B tp 4 ep 4", "openai/gpt-oss-120b tp 8 ep 8 trtllm",
    ];

    private string _path = null!;

    [SetUp]
    public void SetUp() => _path = Path.Combine(Directory.CreateTempSubdirectory("powerplanner-").FullName, "engine.snapshot");

    [TearDown]
    public void TearDown() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [TestCaseSource(nameof(Engines))]
    public async Task A_snapshot_answers_as_the_tables_do_to_the_last_bit(string name)
    {
        var (database, model, layout) = await ArrangeAsync(name);
        var loaded = await AicEngine.LoadAsync(database, model, layout);
        var saved = await AicSnapshot.SaveAsync(_path, database, model, layout);

        var restored = await AicEngine.LoadAsync(await AicSnapshot.OpenAsync(_path, database), model, layout);

        AssertSame(restored, loaded);
        AssertSame(saved, loaded);
    }

    [Test]
    public async Task A_snapshot_answers_in_the_mode_that_it_was_saved_for_and_in_no_other_that_reads_else([Values] AicEstimationMode mode)
    {
        var (database, model, layout) = await ArrangeAsync("meta-llama/Meta-Llama-3.1-405B tp 1");
        var options = new AicEngineOptions { EstimationMode = mode };
        var saved = await AicSnapshot.SaveAsync(_path, database, model, layout, options);
        var snapshot = await AicSnapshot.OpenAsync(_path, database);

        var restored = await AicEngine.LoadAsync(snapshot, model, layout, options);

        Assert.That(restored.ContextOperations(3, 1500), Is.EqualTo(saved.ContextOperations(3, 1500)));
        Assert.That(restored.GenerationOperations(3, 1500, 20), Is.EqualTo(saved.GenerationOperations(3, 1500, 20)));
        if (mode is AicEstimationMode.Empirical or AicEstimationMode.SpeedOfLight)
        {
            Assert.That(async () => await AicEngine.LoadAsync(snapshot, model, layout), Throws.TypeOf<PerformanceFileException>());
        }
    }

    [Test]
    public async Task A_snapshot_is_small()
    {
        var (database, model, layout) = await ArrangeAsync("Qwen/Qwen3-32B tp 8");

        await AicSnapshot.SaveAsync(_path, database, model, layout);

        Assert.That(new FileInfo(_path).Length, Is.LessThan(2_000_000));
    }

    [Test]
    public async Task Of_mutated_snapshots_none_does_worse_than_be_refused()
    {
        const int Mutations = 250;
        var (database, model, layout) = await ArrangeAsync("Qwen/Qwen3-32B tp 8");
        await AicSnapshot.SaveAsync(_path, database, model, layout);
        var whole = await File.ReadAllBytesAsync(_path);
        var random = new Random(5);
        var mutant = _path + ".mutant";
        for (var i = 0; i < Mutations; i++)
        {
            await File.WriteAllBytesAsync(mutant, SnapshotMutation.Of(whole, random, resealed: i % 5 == 0));

            await SnapshotMutation.AssertNoWorseThanRefusedAsync(mutant, model, layout, $"mutation {i}");
        }
    }

    private static async Task<(AicDatabase Database, ModelConfiguration Model, EngineLayout Layout)> ArrangeAsync(string name)
    {
        var words = name.Split(' ');
        var database = words[^1] == "trtllm" ? await Databases.H200Async(AicBackend.TensorRtLlm, "1.3.0rc15") : await Databases.H200Async();
        var pipeline = Array.IndexOf(words, "pp") is > 0 and var at ? int.Parse(words[at + 1], CultureInfo.InvariantCulture) : 1;
        var experts = Array.IndexOf(words, "ep") is > 0 and var place ? int.Parse(words[place + 1], CultureInfo.InvariantCulture) : 1;
        return (database, await ModelConfiguration.FindAsync(RealTables.ModelsDirectory, words[0]), new EngineLayout(int.Parse(words[2], CultureInfo.InvariantCulture), pipeline, 1, 1, experts));
    }

    private static void AssertSame(AicEngine actual, AicEngine expected)
    {
        var random = new Random(7);
        for (var i = 0; i < Points; i++)
        {
            var (batch, isl) = (LogUniform(random, 300), LogUniform(random, 60_000));
            var prefix = i % 3 == 0 ? random.Next(isl) : 0;
            AssertSame(() => actual.EstimateContext(batch, isl, prefix), () => expected.EstimateContext(batch, isl, prefix), $"context {batch} × {isl}, prefix {prefix}");

            var (sequences, tokens) = (LogUniform(random, 9000), LogUniform(random, 140_000));
            AssertSame(() => actual.EstimateDecodeStep(sequences, tokens), () => expected.EstimateDecodeStep(sequences, tokens), $"decode {sequences} × {tokens}");
        }

        Assert.That(actual.MaximumKvTokens(), Is.EqualTo(expected.MaximumKvTokens()));
        Assert.That(actual.NameplateWatts, Is.EqualTo(expected.NameplateWatts));
        Assert.That(actual.Formats, Is.EqualTo(expected.Formats));
        Assert.That(actual.EstimateStatic(3, 700, 90), Is.EqualTo(expected.EstimateStatic(3, 700, 90)));
    }

    /// <summary>Records compare their doubles by value; 0 and −0 aside, which no estimate tells apart, that is bit by bit.</summary>
    private static void AssertSame(Func<AicPhaseEstimate> actual, Func<AicPhaseEstimate> expected, string what)
    {
        AicPhaseEstimate wanted;
        try
        {
            wanted = expected();
        }
        catch (NoPerformanceDataException e)
        {
            Assert.That(() => actual(), Throws.TypeOf<NoPerformanceDataException>().With.Message.EqualTo(e.Message), what);
            return;
        }

        Assert.That(actual(), Is.EqualTo(wanted), what);
    }

    private static int LogUniform(Random random, double highest) => (int)Math.Exp(random.NextDouble() * Math.Log(highest));
}
