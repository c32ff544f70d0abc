using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>Descriptions of systems and versions that cannot be used: the message names the file, the line, the key, the value and what is allowed.</summary>
internal sealed class BadSystemTests
{
    private AicFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new AicFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    private static IEnumerable<TestCaseData> Documents()
    {
        yield return Document("an empty file", "", "holds 0 YAML documents; exactly one is allowed");
        yield return Document("a comment alone", "# nothing\n", "holds 0 YAML documents");
        yield return Document("a list", "- gpu\n- node\n", "its root is a Sequence; a mapping is needed");
        yield return Document("a word", "gpu\n", "its root is a Scalar; a mapping is needed");
        yield return Document("two documents", AicFolder.SystemYaml + "\n---\na: 1\n", "holds 2 YAML documents");
        yield return Document("a tab", "data_dir: x\ngpu:\n\tmem_bw: 1\n", "is not YAML");
        yield return Document("a bracket without an end", "gpu: [1, 2\n", "is not YAML");
        yield return Document("a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull");
        yield return Document("a key twice", AicFolder.SystemYaml.Replace("  power: 700", "  power: 700\n  power: 400", StringComparison.Ordinal), "is not YAML", "power");
        yield return Document("nesting without end", new string('[', 100_000), "line 1: nested more than 32 levels deep");
        yield return Document("an alias", "a: &x [1]\ngpu: *x\n", "line 2: '*x' is an alias");
        yield return Document("aliases that multiply", AliasBomb(), "is an alias");
        yield return Document("a key that contains itself", "? &x [*x]\n: 1\n", "line 1: '*x' is an alias");
        yield return Document("a list as a key", AicFolder.SystemYaml.Replace("  power: 700", "  ? [1]\n  : 2", StringComparison.Ordinal), "key 'gpu.' has a Sequence as a key; keys are scalars");
    }

    private static IEnumerable<TestCaseData> Fields()
    {
        yield return Field("no GPU section", "gpu:", "gpus:", "key 'gpu' is missing; it must be a mapping");
        yield return Field("a GPU section of one word", "gpu:\n", "gpu: h200\nx:\n", "line 2, key 'gpu' is 'h200'; allowed is a mapping");
        yield return Field("no bandwidth", "  mem_bw: 4.8e+12\n", "", "key 'gpu.mem_bw' is missing; it must be a finite number > 0");
        yield return Field("a negative bandwidth", "4.8e+12", "-4.8e+12", "line 3, key 'gpu.mem_bw' is '-4.8e+12'; allowed is a finite number > 0");
        yield return Field("a bandwidth of NaN", "4.8e+12", ".nan", "key 'gpu.mem_bw' is '.nan'; allowed is a finite number > 0");
        yield return Field("an infinite bandwidth", "4.8e+12", ".inf", "key 'gpu.mem_bw' is '.inf'; allowed is a finite number > 0");
        yield return Field("a bandwidth in words", "4.8e+12", "fast", "key 'gpu.mem_bw' is 'fast'; allowed is a number");
        yield return Field("a list of bandwidths", "4.8e+12", "[1, 2]", "key 'gpu.mem_bw' is a Sequence; allowed is a number");
        yield return Field("a capacity of 0", "151397597184", "0", "key 'gpu.mem_capacity' is '0'; allowed is a finite number > 0");
        yield return Field("a rate in words", "989e12", "many", "key 'gpu.bfloat16_tc_flops' is 'many'; allowed is a number");
        yield return Field("a negative power", "power: 700", "power: -700", "key 'gpu.power' is '-700'; allowed is a finite number > 0");
        yield return Field("half a GPU in a node", "num_gpus_per_node: 8", "num_gpus_per_node: 8.5", "key 'node.num_gpus_per_node' is '8.5'; allowed is an integer from 1");
        yield return Field("no GPU in a node", "num_gpus_per_node: 8", "num_gpus_per_node: 0", "key 'node.num_gpus_per_node' is '0'; allowed is an integer from 1");
        yield return Field("a misspelt optional key", "  sm_version", "  sm_verson", "key 'gpu.sm_verson'", "'sm_version' as the spelling of this key");
        yield return Field("buffers for no GPU", "    8: 411041792", "    0: 411041792", "key 'misc.nccl_mem.0'", "a number of GPUs >= 1 as the key");
        yield return Field("buffers twice", "    8: 411041792", "    01: 411041792", "key 'misc.nccl_mem.01'", "one entry for 1 GPUs");
        yield return Field("negative buffers", "    8: 411041792", "    8: -1", "key 'misc.nccl_mem.8' is '-1'; allowed is a finite number >= 0");
        yield return Field("a version outside of the tables", "nccl_version: 2.30", "nccl_version: ../2.30", "key 'misc.nccl_version' is '../2.30'", "a folder's name");
        yield return Field("tables outside of the systems", "data/test_gpu", "../elsewhere", "key 'data_dir' is '../elsewhere'", "a path relative to the systems folder, inside of it");
        yield return Field("tables at a fixed place", "data/test_gpu", "/etc", "key 'data_dir' is '/etc'");
        yield return Field("a value without end", "4.8e+12", new string('x', 1_000_000), "key 'gpu.mem_bw' is 'xxx", "…'; allowed is a number");
    }

    private static IEnumerable<TestCaseData> Reuses()
    {
        yield return Reuse("gemm/vllm/1.0/reuse.yaml", "", "holds 0 YAML documents");
        yield return Reuse("gemm/vllm/1.0/reuse.yaml", "reuse: []\n", "key 'schema_version' is missing");
        yield return Reuse("gemm/vllm/1.0/reuse.yaml", "schema_version: 2\nreuse: []\n", "key 'schema_version' is '2'; allowed is 1");
        yield return Reuse("gemm/vllm/1.0/reuse.yaml", "schema_version: 1\n", "key 'reuse' is missing; it must be a list");
        yield return Reuse("gemm/vllm/1.0/reuse.yaml", "schema_version: 1\nreuse: [x]\n", "key 'reuse[0]' is a Scalar; a mapping is needed");
        yield return Reuse("gemm/vllm/1.0/reuse.yaml", "schema_version: 1\nreuse:\n- table: x\n", "key 'reuse[0].from_version' is missing");
        yield return Reuse("gemm/vllm/1.0/reuse.yaml", "schema_version: 1\nreuse:\n- {table: x, from_version: ../2.0}\n", "key 'reuse[0].from_version' is '../2.0'; allowed is a name without path");
    }

    [TestCaseSource(nameof(Documents))]
    public async Task A_description_that_is_no_mapping_is_refused(string yaml, string[] parts)
    {
        _folder.Write("test_gpu.yaml", yaml);

        await AssertRefusedAsync("test_gpu.yaml", parts);
    }

    [TestCaseSource(nameof(Fields))]
    public async Task A_field_that_cannot_be_used_is_refused(string old, string replacement, string[] parts)
    {
        var yaml = AicFolder.SystemYaml.Replace(old, replacement, StringComparison.Ordinal);
        Assert.That(yaml, Is.Not.EqualTo(AicFolder.SystemYaml), "the sample no longer has what this case changes");
        _folder.Write("test_gpu.yaml", yaml);

        await AssertRefusedAsync("test_gpu.yaml", parts);
    }

    [TestCaseSource(nameof(Reuses))]
    public async Task Donors_that_cannot_be_read_are_refused(string file, string yaml, string part)
    {
        _folder.Write(AicFolder.Data(file), yaml);

        await AssertRefusedAsync(AicFolder.Data(file), part);
    }

    [TestCase("x: 1\n", "key 'groups' is missing; it must be a list")]
    [TestCase("groups: 7\n", "line 1, key 'groups' is '7'; allowed is a list")]
    [TestCase("groups:\n- {op_file: x, kernel_source: k, tier: lent, frameworks: [vllm]}\n", "key 'groups[0].tier' is 'lent'; allowed is shared, shared_fallback or absence_load_bearing")]
    [TestCase("groups:\n- {op_file: x, kernel_source: k, tier: shared, frameworks: [../vllm]}\n", "key 'groups[0].frameworks'")]
    [TestCase("groups:\n- {op_file: x, kernel_source: k, tier: shared}\n", "key 'groups[0].frameworks' is missing; it must be a list")]
    public async Task A_manifest_that_cannot_be_read_is_refused(string yaml, string part)
    {
        _folder.Write(AicFolder.Data("gemm/vllm/1.0/x.txt"), "");
        _folder.Write(ReuseManifest.Name, yaml);

        await AssertRefusedAsync(ReuseManifest.Name, part);
    }

    [Test]
    public async Task Backends_that_lend_each_other_are_no_circle()
    {
        const string Group = "kernel_source: k, tier: shared";
        _folder.Write(ReuseManifest.Name, $"groups:\n- {{op_file: x, {Group}, frameworks: [vllm, trtllm]}}\n- {{op_file: x, {Group}, frameworks: [trtllm, vllm]}}\n");
        await _folder.WriteTableAsync("mla/vllm/1.0/x.parquet", ("isl", new[] { 1L }), ("latency", new[] { 0.1 }));
        await _folder.WriteTableAsync("mla/trtllm/1.0/x.parquet", ("kernel_source", new[] { "k" }), ("isl", new[] { 2L }), ("latency", new[] { 0.2 }));

        var rows = await (await _folder.OpenAsync("1.0")).LoadAsync(new TableQuery("x", [], [new("isl")], []), CancellationToken.None);

        Assert.That(rows.Integers("isl"), Is.EqualTo([1L, 2L]));
    }

    // A version may declare donors for tables that come later (specification 1.5: a file that is not there feeds nothing).
    [Test]
    public async Task A_version_that_lends_to_itself_or_is_not_there_lends_nothing()
    {
        _folder.Write(AicFolder.Data("gemm/vllm/1.0/reuse.yaml"), "schema_version: 1\nreuse:\n- {table: gemm_perf, from_version: 1.0}\n- {table: gemm_perf, from_version: 7.0}\n");
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0.1));

        var rows = await (await _folder.OpenAsync("1.0")).LoadAsync(new TableQuery("gemm_perf", [], [new("m")], []), CancellationToken.None);

        Assert.That(rows.Integers("m"), Is.EqualTo([1L]));
    }

    [TestCase("../test_gpu")]
    [TestCase("sub/../test_gpu")]
    [TestCase("")]
    [TestCase("TEST_GPU")]
    [TestCase("test_gpu.yaml")]
    [TestCase("test_gpu\0")]
    [TestCase("perf_data_reuse_manifest")]
    public void A_name_that_is_no_system_is_refused_with_those_there_are(string system)
    {
        _folder.Write(ReuseManifest.Name, "groups: []\n");

        Assert.That(
            async () => await _folder.OpenAsync("1.0", system: system),
            Throws.TypeOf<UnknownSystemException>().With.Message.Contains($"System '{system}' is unknown").And.Message.Contains("has test_gpu."));
    }

    [TestCase("../1.0")]
    [TestCase("1.0/../1.0")]
    [TestCase("")]
    [TestCase(".")]
    [TestCase("1")]
    [TestCase("1.0 ")]
    public async Task A_name_that_is_no_version_is_refused_with_those_there_are(string version)
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0.1));

        Assert.That(
            async () => await _folder.OpenAsync(version),
            Throws.TypeOf<UnknownSystemException>().With.Message.Contains($"vllm version '{version}'; there are 1.0."));
    }

    [Test]
    public void A_backend_that_does_not_exist_is_refused_with_those_there_are() =>
        Assert.That(
            async () => await _folder.OpenAsync("1.0", (AicBackend)9),
            Throws.TypeOf<UnknownSystemException>().With.Message.Contains("Backend 9 is unknown; there are sglang, trtllm, vllm"));

    [Test]
    public void A_backend_without_tables_is_refused() =>
        Assert.That(async () => await _folder.OpenAsync("1.0", AicBackend.Sglang), Throws.TypeOf<UnknownSystemException>().With.Message.Contains("there are none"));

    [Test]
    public void A_systems_folder_that_does_not_exist_is_named() =>
        Assert.That(
            async () => await AicDatabase.OpenAsync("/nowhere/systems", "h200_sxm", AicBackend.Vllm, "1.0"),
            Throws.TypeOf<UnknownSystemException>().With.Message.Contains("'/nowhere/systems' cannot be listed"));

    [Test]
    public async Task An_NCCL_version_without_tables_has_no_rows()
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0.1));

        var rows = await (await _folder.OpenAsync("1.0")).LoadCollectivesAsync(new TableQuery("nccl_perf", [], [new("num_gpus")], []), oneCcl: false, CancellationToken.None);

        Assert.That(rows.Count, Is.Zero);
    }

    // Ten lists of ten make ten thousand million elements in twelve lines.
    private static string AliasBomb()
    {
        var lines = new List<string> { "a0: &a0 [x, x, x, x, x, x, x, x, x, x]" };
        for (var i = 1; i < 10; i++)
        {
            lines.Add($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]");
        }

        return string.Join('\n', lines) + "\n? *a9\n: 1\n";
    }

    private async Task AssertRefusedAsync(string file, params string[] parts)
    {
        _folder.Write(AicFolder.Data("gemm/vllm/1.0/INCOMPLETE.txt"), "");

        var exception = await Assert.ThrowsAsync<PerformanceFileException>(async () => await _folder.OpenAsync("1.0"));

        Assert.That(exception!.Path, Is.EqualTo(Path.Combine(_folder.Root, file)));
        Assert.That(exception.Message, Does.StartWith(exception.Path + ": ").And.Length.LessThan(1000));
        Assert.Multiple(() => Array.ForEach(parts, part => Assert.That(exception.Message, Does.Contain(part))));
    }

    private static TestCaseData Document(string name, string yaml, params string[] parts) => new TestCaseData(yaml, parts).SetArgDisplayNames(name);

    private static TestCaseData Field(string name, string old, string replacement, params string[] parts) =>
        new TestCaseData(old, replacement, parts).SetArgDisplayNames(name);

    private static TestCaseData Reuse(string file, string yaml, string part) => new TestCaseData(file, yaml, part).SetArgDisplayNames(part);
}
