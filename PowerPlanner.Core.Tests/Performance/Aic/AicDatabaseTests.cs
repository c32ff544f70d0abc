using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic;

internal sealed class AicDatabaseTests
{
    [Test]
    public async Task The_hardware_of_H200_is_read()
    {
        var database = await OpenH200Async("0.22.0");

        Assert.Multiple(() =>
        {
            Assert.That(database.System.MemoryBandwidth, Is.EqualTo(4.8e12));
            Assert.That(database.System.NcclVersion, Is.EqualTo("2.26.2"));
            Assert.That(database.System.NcclMemory[8], Is.EqualTo(411041792));
        });
    }

    [Test]
    public async Task The_GEMM_table_of_vLLM_0_22_has_35742_bfloat16_rows_with_power()
    {
        var rows = await GemmAsync("bfloat16");

        Assert.That(rows.Count, Is.EqualTo(35_742));
        Assert.That(rows.PowerWatts, Is.All.GreaterThan(0));
    }

    [Test]
    public async Task Rows_of_fp8_come_from_0_24_and_have_no_power()
    {
        var rows = await GemmAsync("fp8");

        Assert.That(rows.Count, Is.GreaterThan(0));
        Assert.That(rows.PowerWatts, Is.All.Zero);
    }

    [Test]
    public async Task Rows_of_fp8_block_come_from_0_22_first()
    {
        var rows = await GemmAsync("fp8_block");

        Assert.That(rows.PowerWatts.Count(static w => w > 0), Is.EqualTo(29_526));
    }

    [Test]
    public async Task Vllm_0_22_has_no_all_reduce_of_its_own_and_takes_older_ones()
    {
        var database = await OpenH200Async("0.22.0");

        var rows = await database.LoadAsync(new TableQuery("custom_allreduce_perf", [], [new("num_gpus"), new("message_size")], []), CancellationToken.None);

        Assert.That(rows.Count, Is.GreaterThan(0));
    }

    [Test]
    public async Task The_NCCL_table_is_that_of_the_systems_version()
    {
        var database = await OpenH200Async("0.22.0");

        var rows = await database.LoadCollectivesAsync(
            new TableQuery("nccl_perf", ["op_name"], [new("num_gpus"), new("message_size")], [new("nccl_dtype", ["half"])]), oneCcl: false, CancellationToken.None);

        Assert.That(rows.Text("op_name").Distinct(), Is.EquivalentTo(new[] { "all_gather", "all_reduce", "alltoall", "reduce_scatter" }));
    }

    [Test]
    public void An_unknown_version_names_those_there_are() =>
        Assert.That(
            async () => await OpenH200Async("0.22.1"),
            Throws.TypeOf<UnknownSystemException>().With.Message.Contains("'0.22.1'").And.Message.Contains("0.22.0"));

    [Test]
    public void An_unknown_system_names_those_there_are() =>
        Assert.That(
            async () => await AicDatabase.OpenAsync(RealTables.SystemsDirectory, "h300", AicBackend.Vllm, "0.22.0"),
            Throws.TypeOf<UnknownSystemException>().With.Message.Contains("'h300'").And.Message.Contains("h200_sxm"));

    [Test]
    public async Task The_newest_version_of_vLLM_on_H200_is_the_last_listed_and_markers_alone_make_no_version()
    {
        var versions = await AicDatabase.ListVersionsAsync(RealTables.SystemsDirectory, "h200_sxm", AicBackend.Vllm);

        Assert.That(versions, Is.EqualTo(["0.1.dev19262", "0.14.0", "0.18.0", "0.19.0", "0.22.0", "0.24.0"]));
    }

    private static async Task<TableRows> GemmAsync(string type)
    {
        var database = await OpenH200Async("0.22.0");
        return await database.LoadAsync(
            new TableQuery("gemm_perf", ["gemm_dtype"], [new("m"), new("n"), new("k")], [new("gemm_dtype", [type])]), CancellationToken.None);
    }

    private static async Task<AicDatabase> OpenH200Async(string version) =>
        await AicDatabase.OpenAsync(RealTables.SystemsDirectory, "h200_sxm", AicBackend.Vllm, version);
}
