using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>The specification's worked look-ups (10.1 to 10.4) on the H200's tables of vLLM 0.22.0; units are ms, W and mJ (W · ms).</summary>
[TestFixture]
internal sealed class WorkedLookUps
{
    private const double Tolerance = 1e-9;

    private LiteralTables _tables = null!;

    [OneTimeSetUp]
    public async Task OpenTables() => _tables = await Databases.H200TablesAsync();

    [TestCase("bfloat16", 1024, 1280, 5120, 0.0211576049000627, 6.45038448659077, Provenance.Interpolated)]
    [TestCase("bfloat16", 1024, 6400, 5120, 0.104291975321617, 71.9634366959416, Provenance.Interpolated)]
    [TestCase("bfloat16", 1000, 6400, 5120, 0.101932222016154, 70.355290415294, Provenance.Interpolated)]
    [TestCase("bfloat16", 1, 6400, 5120, 0.0205415975218587, 5.28368502149156, Provenance.Interpolated)]
    [TestCase("bfloat16", 1024, 18992, 5120, 0.298334413833638, 203.745857379533, Provenance.Interpolated)]
    [TestCase("bfloat16", 131072, 5120, 5120, 9.97497199563419, 6903.84669520515, Provenance.Extrapolated)]
    [TestCase("bfloat16", 300, 2304, 3000, 0.0101661688552603, 1.89124665910355, Provenance.Interpolated)]
    [TestCase("bfloat16", 64, 600000, 5120, 1.61150539681503, 945.261451214901, Provenance.Extrapolated)]
    [TestCase("fp8_block", 37, 1280, 5120, 0.0734808184265022, 19.3800033502276, Provenance.Interpolated)]
    [TestCase("fp8", 777, 5120, 3200, 0.0426998626117139, 0, Provenance.Interpolated)]
    [TestCase("bfloat16", 17, 4096, 4096, 0.0125202289157444, 2.26066922666536, Provenance.Measured)]
    [TestCase("bfloat16", 100000, 1111, 2222, 0.747743556483473, 516.531597553215, Provenance.Extrapolated)]
    [TestCase("bfloat16", 3, 128256, 4096, 0.259661832890836, 120.828341435861, Provenance.Extrapolated)]
    [TestCase("fp8_block", 4097, 6144, 4096, 0.2085673828125, 66.7261583090123, Provenance.Measured)]
    [TestCase("fp8_static", 1024, 6144, 4096, 0.0441138407283359, 0, Provenance.Measured)]
    [TestCase("fp8_static", 1000, 5120, 5120, 0.0522515347147923, 0, Provenance.Interpolated, true)]
    [TestCase("fp8_static", 1, 4096, 4096, 0.00946136861377292, 0, Provenance.Measured, true)]
    [TestCase("fp8_static", 40000, 2000, 60000, 9.15997771582934, 0, Provenance.Extrapolated)]
    [TestCase("fp8_static", 40000, 2000, 60000, 7.45993006635068, 0, Provenance.Extrapolated, true)]
    public async Task A_matrix_product_costs(
        string quantization, int m, int n, int k, double latencyMs, double energyMillijoules, Provenance provenance, bool lowPrecisionInput = false)
    {
        var operation = new GemmOperation("gemm", QuantizationOf(quantization), n, k, 1, lowPrecisionInput);

        AssertCost(await ContextAsync(operation, new ContextShape(m, 1, 0)), latencyMs, energyMillijoules, provenance);
    }

    [Test]
    public void A_number_format_without_rows_has_no_answer() =>
        Assert.That(
            () => ContextAsync(new GemmOperation("gemm", GemmQuantization.NvFp4, 4096, 4096, 1), new ContextShape(16, 1, 0)),
            Throws.TypeOf<NoPerformanceDataException>());

    [TestCase(8, 1024, 1, 1, 128, 0, 0.0213025169372559, 502.937, Provenance.Measured)]
    [TestCase(8, 1300, 1, 1, 128, 0, 0.0257616465698999, 476.1817109375, Provenance.Interpolated)]
    [TestCase(8, 2048, 3, 1, 128, 0, 0.0579452006022135, 639.352583333333, Provenance.Interpolated)]
    [TestCase(10, 1300, 3, 1, 128, 0, 0.0409402927300993, 524.030302734375, Provenance.Interpolated)]
    [TestCase(8, 1200, 100, 1, 128, 0, 0.882670048578841, 552.740414772727, Provenance.Extrapolated)]
    [TestCase(8, 32768, 1, 1, 128, 0, 3.62943310085277, 379.759791628711, Provenance.Extrapolated)]
    [TestCase(8, 20000, 2, 1, 128, 0, 2.76258890192467, 447.46499713911, Provenance.Extrapolated)]
    [TestCase(1, 512, 1, 1, 128, 0, 0.0147871996561686, 226.984, Provenance.Measured)]
    [TestCase(8, 4000, 1, 2, 64, 128, 0.0226770653912183, 372.1765, Provenance.Interpolated)]
    public async Task The_context_attention_table_answers(
        int heads, int sequence, int batch, int kvHeads, int headSize, int window, double latencyMs, double powerWatts, Provenance provenance)
    {
        var operation = ContextAttention(heads, kvHeads, headSize, window);
        await _tables.LoadForAsync(operation);

        AssertAnswer(_tables.ContextAttention(operation).Resolve(heads, sequence, batch), latencyMs, powerWatts, provenance);
    }

    [Test]
    public async Task An_exact_hit_carries_the_stored_energy()
    {
        var operation = ContextAttention(8, 1, 128, 0);
        await _tables.LoadForAsync(operation);

        Assert.That(_tables.ContextAttention(operation).Resolve(8, 1024, 1).EnergyMillijoules, Is.EqualTo(10.7138239608727).Within(Tolerance).Percent);
    }

    [TestCase(1, 1024, 0, 8, 1, "bfloat16", false, 0.0345039836039225, 10.7138239608727)]
    [TestCase(2, 1500, 1000, 8, 1, "bfloat16", false, 0.0606778308427015, 30.7984510864544)]
    [TestCase(2, 777, 0, 16, 2, "fp8", true, 0.064664497754217, 11.8231547258694)]
    [TestCase(300, 50, 0, 7, 7, "bfloat16", false, 0.0862196641847723, 19.1635406264962)]
    public async Task Context_attention_costs_with_its_extras(
        int batch, int newTokens, int prefix, int heads, int kvHeads, string kvCache, bool qkNorm, double latencyMs, double energyMillijoules)
    {
        var operation = ContextAttention(heads, kvHeads, 128, 0) with { KvCache = KvCacheOf(kvCache), QkNorm = qkNorm };

        var cost = await ContextAsync(operation, new ContextShape(batch, newTokens, prefix));

        AssertCost(cost, latencyMs, energyMillijoules);
        Assert.That(cost.CoveredLatencyMs, Is.EqualTo(cost.LatencyMs), "attention is covered by power data with its extras");
    }

    [TestCase(8, 1, 1025, 0.00968508899025619, 453.631791992187, Provenance.Interpolated)]
    [TestCase(8, 1, 1300, 0.0099317553465565, 433.77458984375, Provenance.Interpolated)]
    [TestCase(8, 3, 1300, 0.0105406508954863, 320.241455078125, Provenance.Interpolated)]
    [TestCase(8, 200, 6000, 0.158736288671692, 312.071431640625, Provenance.Extrapolated)]
    [TestCase(8, 192, 131072, 3.11540080503795, 517.828400189668, Provenance.Extrapolated)]
    [TestCase(8, 4096, 512, 0.327305819054181, 301.598268725979, Provenance.Extrapolated)]
    public async Task The_generation_attention_table_answers(
        int heads, int batch, int sequence, double latencyMs, double powerWatts, Provenance provenance)
    {
        var operation = GenerationAttention(heads, 1, 128, 0, "bfloat16");
        await _tables.LoadForAsync(operation);

        AssertAnswer(_tables.GenerationAttention(operation).Resolve(heads, batch, sequence), latencyMs, powerWatts, provenance);
    }

    [TestCase(1, 1025, 8, 1, 128, 0, "bfloat16", 0.00968733865718047, 4.33644755915993)]
    [TestCase(4, 1025, 8, 1, 128, 0, "bfloat16", 0.0104637095600367, 2.19066759062568)]
    [TestCase(64, 5000, 8, 1, 128, 0, "bfloat16", 0.0485889585266511, 10.0258304729747)]
    [TestCase(1, 1, 8, 1, 128, 0, "bfloat16", 0.00761365192770957, 1.71628720079743)]
    [TestCase(200, 6000, 8, 1, 128, 0, "bfloat16", 0.158736288671692, 49.5325769711546)]
    [TestCase(192, 131072, 8, 1, 128, 0, "bfloat16", 3.1159788032673, 1613.08824328755)]
    [TestCase(4096, 512, 8, 1, 128, 0, "bfloat16", 0.327021880830998, 98.6711549098872)]
    [TestCase(7, 333, 7, 7, 128, 0, "bfloat16", 0.0112974048948536, 4.02406317569843)]
    [TestCase(33, 9999, 12, 2, 128, 0, "fp8", 0.0646289977350738, 16.5879300626768)]
    [TestCase(5, 3000, 8, 1, 64, 128, "bfloat16", 0.01262916273127, 2.05827349376674)]
    public async Task Generation_attention_costs_the_mean_of_five_samples(
        int batch, int sequence, int heads, int kvHeads, int headSize, int window, string kvCache, double latencyMs, double energyMillijoules)
    {
        var operation = GenerationAttention(heads, kvHeads, headSize, window, kvCache);

        AssertCost(await GenerationAsync(operation, new GenerationShape(batch, sequence)), latencyMs, energyMillijoules);
    }

    [TestCase(8, 5_242_880, 0.0582599210739136, Provenance.Interpolated)]
    [TestCase(8, 5_120, 0.00504903987050056, Provenance.Interpolated)]
    [TestCase(8, 300_000, 0.0114858429989545, Provenance.Interpolated)]
    [TestCase(8, 64, 0.00245008006691933, Provenance.Extrapolated)]
    [TestCase(8, 1 << 30, 7.99703063964844, Provenance.Extrapolated)]
    [TestCase(2, 777_777, 0.010302551594209, Provenance.Interpolated)]
    [TestCase(4, 37_440, 0.0054615526413545, Provenance.Interpolated)]
    [TestCase(16, 524_288, 0.135496796454702, Provenance.Extrapolated)]
    [TestCase(32, 551_936, 0.142255433114894, Provenance.Extrapolated)]
    public async Task An_all_reduce_costs(int gpus, int elements, double latencyMs, Provenance provenance) =>
        AssertCost(await ContextAsync(new AllReduceOperation("ar", elements, gpus, 1), new ContextShape(1, 1, 0)), latencyMs, 0, provenance);

    [TestCase("all_gather", 8, 5_242_880, 0.0501925)]
    [TestCase("reduce_scatter", 4, 100_000, 0.008260869140625)]
    [TestCase("all_reduce", 8, 3_000_000, 0.063092555847168)]
    [TestCase("all_gather", 16, 1_048_576, 0.235864285714286)]
    [TestCase("all_gather", 2, 3, 0.0000605859375)]
    [TestCase("all_gather", 8, 829_440, 0.0220316015625)]
    public async Task A_collective_costs(string collective, int gpus, int elements, double latencyMs) => AssertCost(
        await ContextAsync(new NcclOperation("nccl", collective, elements, gpus, CommunicationQuantization.Half, 1), new ContextShape(1, 1, 0)), latencyMs, 0);

    [Test]
    public void A_group_size_between_measured_ones_has_no_answer() =>
        Assert.That(
            () => ContextAsync(new AllReduceOperation("ar", 5120, 6, 1), new ContextShape(1, 1, 0)), Throws.TypeOf<NoPerformanceDataException>());

    [TestCase(1, 0)]
    [TestCase(2, 0.0104096)]
    [TestCase(3, 0.0208192)]
    public async Task A_transfer_between_stages_is_a_formula(int stages, double latencyMs)
    {
        // 10 · 1024 · 2 B over 50 GB/s take 0.4096 µs, the link's latency is 10 µs; once a boundary.
        var operation = new PointToPointOperation("p2p", 1024, stages, stages - 1);

        AssertCost(await GenerationAsync(operation, new GenerationShape(10, 1000)), latencyMs, 0, Provenance.Modelled);
    }

    [Test]
    public async Task Memory_bound_work_is_a_formula()
    {
        // 20,971,520 bytes (specification 4.2).
        var operation = new ElementwiseOperation("norm", 5120, 5120, 1);

        AssertCost(await ContextAsync(operation, new ContextShape(1, 1024, 0)), 0.008461333333333333, 0, Provenance.Modelled);
    }

    private async Task<OperationCost> ContextAsync(Operation operation, ContextShape shape) =>
        (await LiteralEvaluator.CreateAsync(_tables, new OperationLists([operation], []))).Context(shape);

    private async Task<OperationCost> GenerationAsync(Operation operation, GenerationShape shape) =>
        (await LiteralEvaluator.CreateAsync(_tables, new OperationLists([], [operation]))).Generation(shape);

    private static ContextAttentionOperation ContextAttention(int heads, int kvHeads, int headSize, int window) => new(
        "attention", heads, kvHeads, headSize, window, QkNorm: false, AttentionQuantization.BFloat16, KvCacheQuantization.BFloat16, 1);

    private static GenerationAttentionOperation GenerationAttention(int heads, int kvHeads, int headSize, int window, string kvCache) =>
        new("attention", heads, kvHeads, headSize, window, KvCacheOf(kvCache), 1);

    private static KvCacheQuantization KvCacheOf(string name) => name == "fp8" ? KvCacheQuantization.Fp8 : KvCacheQuantization.BFloat16;

    private static GemmQuantization QuantizationOf(string name) => name switch
    {
        "bfloat16" => GemmQuantization.BFloat16,
        "fp8" => GemmQuantization.Fp8,
        "fp8_block" => GemmQuantization.Fp8Block,
        "fp8_static" => GemmQuantization.Fp8Static,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such format in the examples."),
    };

    private static void AssertCost(OperationCost cost, double latencyMs, double energyMillijoules, Provenance? provenance = null)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cost.LatencyMs, Is.EqualTo(latencyMs).Within(Math.Abs(latencyMs) * Tolerance));
            Assert.That(cost.EnergyMillijoules, Is.EqualTo(energyMillijoules).Within(energyMillijoules * Tolerance));
            Assert.That(cost.CoveredLatencyMs, Is.EqualTo(energyMillijoules > 0 ? cost.LatencyMs : 0));
            if (provenance is { } expected)
            {
                Assert.That(cost.Provenance, Is.EqualTo(expected));
            }
        }
    }

    private static void AssertAnswer(TableAnswer answer, double latencyMs, double powerWatts, Provenance provenance)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.LatencyMs, Is.EqualTo(latencyMs).Within(latencyMs * Tolerance));
            Assert.That(answer.PowerWatts, Is.EqualTo(powerWatts).Within(powerWatts * Tolerance));
            Assert.That(answer.Provenance, Is.EqualTo(provenance));
        }
    }
}
