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
    public async Task All_sources_of_the_GEMM_table_are_merged()
    {
        var database = await OpenH200Async("0.22.0");

        var rows = await database.LoadAsync(
            new TableQuery("gemm_perf", ["gemm_dtype"], [new("m"), new("n"), new("k")], [new("gemm_dtype", ["bfloat16"])]), CancellationToken.None);

        Assert.That(rows.Count, Is.GreaterThan(35_742));
        Assert.That(rows.Text("gemm_dtype"), Is.All.EqualTo("bfloat16"));
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

    private static async Task<AicDatabase> OpenH200Async(string version) =>
        await AicDatabase.OpenAsync(RealTables.SystemsDirectory, "h200_sxm", AicBackend.Vllm, version);
}
