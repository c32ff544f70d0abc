using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;
using PowerPlanner.Tests.Performance.Aic.Reference;
using PowerPlanner.Tests.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Compiled;

/// <summary>
/// Number formats that the H200's tables lack, on tables of a few rows: each is looked up under its own label and held by its own bytes and rate
/// (specification, chapter 3). Both evaluators answer.
/// </summary>
[TestFixture(EvaluatorKind.Literal)]
[TestFixture(EvaluatorKind.Compiled)]
internal sealed class FormatTests(EvaluatorKind evaluator)
{
    private const string Gemm = "gemm/vllm/1.0/gemm_perf.parquet";
    private const string Moe = "moe/vllm/1.0/moe_perf.parquet";
    private const double Bandwidth = 4.8e12;
    private const long N = 256;
    private const long K = 512;

    private static readonly string Yaml = AicFolder.SystemYaml.Replace(
        "  bfloat16_tc_flops: 989e12\n", "  bfloat16_tc_flops: 1e12\n  int8_tc_flops: 2e12\n  fp8_tc_flops: 3e12\n  fp4_tc_flops: 5e12\n", StringComparison.Ordinal);

    private static readonly GemmQuantization[] GemmFormats =
    [
        GemmQuantization.Int8WeightOnly, GemmQuantization.Int4WeightOnly, GemmQuantization.Fp8, GemmQuantization.Fp8Block, GemmQuantization.Fp8Ootb,
        GemmQuantization.SmoothQuant, GemmQuantization.NvFp4, GemmQuantization.NvFp4WeightOnly, GemmQuantization.W4A16NvFp4,
    ];

    private static readonly MoeQuantization[] ExpertFormats =
    [
        MoeQuantization.Fp8, MoeQuantization.Int4WeightOnly, MoeQuantization.Fp8Block, MoeQuantization.W4AFp8, MoeQuantization.NvFp4, MoeQuantization.NvFp4WeightOnly,
        MoeQuantization.W4A16NvFp4, MoeQuantization.W4A16MxFp4, MoeQuantization.W4A8MxFp4MxFp8,
    ];

    private AicFolder _folder = null!;

    [SetUp]
    public async Task WriteTablesAsync()
    {
        _folder = new AicFolder();
        _folder.Write(AicFolder.System + ".yaml", Yaml);
        var labels = GemmFormats.Select(format => format.TableLabel).Append("bfloat16").ToArray();
        await _folder.WriteTableAsync(
            Gemm,
            ("gemm_dtype", labels.SelectMany(label => new[] { label, label }).ToArray()),
            ("m", labels.SelectMany(_ => new[] { 1L, 3L }).ToArray()),
            ("n", labels.SelectMany(_ => new[] { N, N }).ToArray()),
            ("k", labels.SelectMany(_ => new[] { K, K }).ToArray()),
            ("latency", labels.SelectMany((_, i) => new[] { 1.0 + i, 2.0 + i }).ToArray()));
        await _folder.WriteTableAsync(
            Moe,
            ("moe_dtype", ExpertFormats.Select(format => format.Name).ToArray()),
            ("kernel_source", ExpertFormats.Select(_ => "kernel").ToArray()),
            ("distribution", ExpertFormats.Select(_ => "uniform").ToArray()),
            ("topk", ExpertFormats.Select(_ => 2L).ToArray()),
            ("num_experts", ExpertFormats.Select(_ => 8L).ToArray()),
            ("hidden_size", ExpertFormats.Select(_ => 64L).ToArray()),
            ("inter_size", ExpertFormats.Select(_ => 32L).ToArray()),
            ("moe_tp_size", ExpertFormats.Select(_ => 1L).ToArray()),
            ("moe_ep_size", ExpertFormats.Select(_ => 1L).ToArray()),
            ("num_tokens", ExpertFormats.Select(_ => 4L).ToArray()),
            ("latency", ExpertFormats.Select((_, i) => 1.0 + i).ToArray()));
    }

    [TearDown]
    public void DeleteTables() => _folder.Dispose();

    [Test]
    public async Task A_product_is_looked_up_under_its_own_label([Range(0, 8)] int format)
    {
        var operation = new GemmOperation("x", GemmFormats[format], N, K, 1);

        Assert.That((await CostAsync(operation, tokens: 1)).LatencyMs, Is.EqualTo(1.0 + format));
        Assert.That((await CostAsync(operation, tokens: 2)).LatencyMs, Is.EqualTo(1.5 + format).Within(1e-12).Percent);
    }

    // Beyond the last m the mean utilization of its two points is held.
    [TestCase(8)]
    [TestCase(100_000)]
    public async Task Beyond_its_rows_a_product_is_held_by_its_own_bytes_and_rate(int tokens)
    {
        for (var i = 0; i < GemmFormats.Length; i++)
        {
            var format = GemmFormats[i];
            var utilization = ((Light(format, 1) / (1.0 + i)) + (Light(format, 3) / (2.0 + i))) / 2;

            var cost = await CostAsync(new GemmOperation("x", format, N, K, 1), tokens);

            Assert.That(cost.LatencyMs, Is.EqualTo(Light(format, tokens) / utilization).Within(1e-9).Percent, format.Name);
        }
    }

    [Test]
    public async Task Experts_are_looked_up_under_their_own_label([Range(0, 8)] int format) =>
        Assert.That((await CostAsync(Experts(ExpertFormats[format]), tokens: 4)).LatencyMs, Is.EqualTo(1.0 + format));

    [TestCase(7)]
    [TestCase(30_000)]
    public async Task Beyond_their_rows_experts_are_held_by_their_own_bytes_and_rate(int tokens)
    {
        for (var i = 0; i < ExpertFormats.Length; i++)
        {
            var format = ExpertFormats[i];

            var cost = await CostAsync(Experts(format), tokens);

            Assert.That(cost.LatencyMs, Is.EqualTo((1.0 + i) * Light(format, tokens) / Light(format, 4)).Within(1e-9).Percent, format.Name);
        }
    }

    [TestCase("fp4_tc_flops: 5e12", 6)]
    [TestCase("int8_tc_flops: 2e12", 5)]
    [TestCase("fp8_tc_flops: 3e12", 2)]
    public async Task A_format_without_a_rate_of_the_hardware_is_measured_but_not_held(string rate, int format)
    {
        _folder.Write(AicFolder.System + ".yaml", Yaml.Replace("  " + rate + "\n", "", StringComparison.Ordinal));
        var operation = new GemmOperation("x", GemmFormats[format], N, K, 1);

        Assert.That((await CostAsync(operation, tokens: 1)).LatencyMs, Is.EqualTo(1.0 + format));
        Assert.That(async () => await CostAsync(operation, tokens: 1000), Throws.TypeOf<MissingHardwareRateException>());
    }

    [Test]
    public void A_format_without_rows_is_a_lack_of_data_that_names_it()
    {
        var never = new GemmOperation("x", new GemmQuantization("int2_wo", 0.25, 1, TensorCoreFormat.BFloat16, "int2_wo"), N, K, 1);

        Assert.That(async () => await CostAsync(never, tokens: 1), Throws.TypeOf<NoPerformanceDataException>().With.Message.Contains("int2_wo"));
    }

    private static double Rate(TensorCoreFormat format) => format switch
    {
        TensorCoreFormat.Int8 => 2e12,
        TensorCoreFormat.Fp8 => 3e12,
        TensorCoreFormat.Fp4 => 5e12,
        _ => 1e12,
    };

    private static double Light(GemmQuantization format, double m) =>
        1000 * Math.Max(2 * m * N * K / Rate(format.Format), ((m * N) + (m * K) + (N * K)) * format.BytesPerElement / Bandwidth);

    private static double Light(MoeQuantization format, long tokens)
    {
        var visits = tokens * 2;
        var bytes = ((visits * 64 * 2) + (visits * 32 * 3) + (64 * 32 * 3 * Math.Min(8, visits))) * format.BytesPerElement;
        return 1000 * Math.Max(visits * 64 * 32 * 3 * 2 / Rate(format.Format), bytes / Bandwidth);
    }

    private static MoeOperation Experts(MoeQuantization format) => new("moe", 64, 32, 2, 8, 1, 1, 1, format, "uniform", 1);

    private async Task<OperationCost> CostAsync(Operation operation, int tokens)
    {
        var database = await _folder.OpenAsync("1.0");
        var lists = new OperationLists([operation], []);
        IStepEvaluator made = evaluator == EvaluatorKind.Literal
            ? await LiteralEvaluator.CreateAsync(new LiteralTables(database), lists)
            : await CompiledEvaluator.CompileAsync(database, lists);
        return made.Context(new ContextShape(tokens, 1, 0));
    }
}
