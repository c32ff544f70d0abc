using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>Damaged YAML: descriptions of systems, donors of a version, kernels that backends lend each other.</summary>
internal sealed class YamlFuzzTests
{
    private const string Donors = """
        # Which versions lend rows.
        schema_version: 1
        reuse:
        - table: gemm_perf
          from_version: 0.24.0
          reason: "no rows of its own: none"
          approved_by: somebody
        - { table: moe_perf, from_version: '0.24.0', reason: x, approved_by: y }
        """;

    private const string Manifest = """
        schema_version: 1
        groups:
          - op_file: mla_bmm_perf.txt
            kernel_source: default
            tier: shared_fallback
            frameworks: [trtllm, vllm]
          - op_file: mla_context_module_perf.parquet
            kernel_source: 'a::b'
            tier: absence_load_bearing
            frameworks:
            - sglang
        """;

    private static readonly string[] Pieces =
    [
        "&a ", "*a", "&a [*a]", "? ", "? [*a]\n: ", ": ", "- ", "-", "{", "}", "[", "]", "[[[[[[[[", "{a: {a: {a: {a: ", ", ", "!!str ", "!!int ", "!t", "!<x> ", "|", ">", "|-\n ", "\t", "\n", "\n  ", "#",
        "\"", "'", "---\n", "...\n", "%YAML 1.2\n---\n", "%TAG ! x\n", "<<: ", "null", "~", "", "true", "0", "-1", "1", "01", "+8", "0x10", "1_000", "1e400", "-0.0", ".nan", ".inf", "-.inf", "NaN",
        "2147483648", "99999999999999999999", "1.5", "4.8e+12", "../x", "/etc", "a/b", "C:\\x", "\"\\0\"", "\0", "\uD800", "\u2028", "\uFEFF", "é", "version https://git-lfs", "gpu", "node", "misc", "shared",
        "gpu:\n  mem_bw: 1\n", "nccl_mem:\n    8: 1\n",
    ];

    [Test]
    public async Task A_damaged_system_is_a_system_or_a_file_exception() => await RunAsync(50_000_000, 2500, AicFolder.SystemYaml, static fields =>
    {
        var system = AicSystemFile.Read("damaged", fields);
        if (!(system.MemoryBandwidth > 0) || system.GpusPerNode < 1 || system.NcclMemory.Count == 0 || system.TensorCoreFlops.Values.Any(static rate => !(rate > 0)))
        {
            throw new InvalidOperationException("A system that cannot be was accepted.");
        }
    });

    [Test]
    public async Task Damaged_donors_are_donors_or_a_file_exception() => await RunAsync(60_000_000, 1500, Donors, static fields =>
    {
        if (ReuseFile.Read(fields).Any(static donor => donor.Table.Contains('/', StringComparison.Ordinal) || donor.FromVersion is ".." or ""))
        {
            throw new InvalidOperationException("A donor outside of the tables was accepted.");
        }
    });

    [Test]
    public async Task A_damaged_manifest_is_a_manifest_or_a_file_exception() => await RunAsync(70_000_000, 1500, Manifest, static fields =>
    {
        var lenders = ReuseManifest.Read(fields).Lenders("mla_bmm_perf", "vllm");
        if (lenders.Any(static lender => lender.Backend.Contains('/', StringComparison.Ordinal) || lender.Backend is "vllm" or ".."))
        {
            throw new InvalidOperationException("A lender outside of the tables was accepted.");
        }
    });

    private static async Task RunAsync(int firstSeed, int cases, string sample, Action<YamlFields> read)
    {
        var run = new FuzzRun<string>
        {
            FirstSeed = firstSeed,
            Cases = cases,
            Damage = random => FuzzText.Damaged(sample, Pieces, random),
            Read = text =>
            {
                read(YamlDocument.Parse("damaged.yaml", text));
                return ValueTask.CompletedTask;
            },
            Show = static text => text,
            MostBytes = 8 << 20,
        };

        var understood = await run.RunAsync();

        // Neither all refused nor all accepted: the damage reaches what is behind the parser.
        Assert.That(understood, Is.InRange(cases / 20, cases - (cases / 10)));
    }
}
