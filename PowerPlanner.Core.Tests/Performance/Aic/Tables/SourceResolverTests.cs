using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>Specification 1.4 and 1.5. Files are empty here: only their places matter.</summary>
internal sealed class SourceResolverTests
{
    private AicFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new AicFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task The_requested_versions_file_is_found_in_any_family()
    {
        Add("zeta/vllm/1.0/x.parquet");

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.EqualTo(["zeta/vllm/1.0/x.parquet"]));
    }

    [Test]
    public async Task A_folder_that_begins_with_a_dot_is_no_family()
    {
        Add(".cache/vllm/1.0/x.parquet");

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.Empty);
    }

    [TestCase("trtllm")]
    [TestCase("sglang")]
    [TestCase("vllm")]
    [TestCase("nccl")]
    [TestCase("oneccl")]
    public async Task A_folder_named_as_a_backend_is_no_family(string name)
    {
        Add($"{name}/vllm/1.0/x.parquet");

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.Empty);
    }

    [Test]
    public async Task A_folder_marked_incomplete_contributes_nothing()
    {
        Add("gemm/vllm/1.0/x.parquet");
        Add("gemm/vllm/1.0/INCOMPLETE.txt");

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.Empty);
    }

    [Test]
    public async Task A_folder_marked_incomplete_counts_when_its_collection_is_described()
    {
        Add("gemm/vllm/1.0/x.parquet");
        Add("gemm/vllm/1.0/INCOMPLETE.txt");
        Add("gemm/vllm/1.0/collection_meta.yaml");

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.EqualTo(["gemm/vllm/1.0/x.parquet"]));
    }

    [Test]
    public async Task An_incomplete_folder_hides_no_usable_one()
    {
        Add("alpha/vllm/1.0/x.parquet");
        Add("alpha/vllm/1.0/INCOMPLETE.txt");
        Add("beta/vllm/1.0/x.parquet");

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.EqualTo(["beta/vllm/1.0/x.parquet"]));
    }

    [Test]
    public async Task The_flat_layout_is_recognised()
    {
        Add("vllm/1.0/x.parquet");

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.EqualTo(["vllm/1.0/x.parquet"]));
    }

    [Test]
    public async Task A_family_goes_before_the_flat_layout()
    {
        Add("vllm/1.0/x.parquet");
        Add("gemm/vllm/1.0/x.parquet");

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.EqualTo(["gemm/vllm/1.0/x.parquet"]));
    }

    [Test]
    public async Task The_text_form_stands_in_for_a_missing_Parquet_file()
    {
        Add("gemm/vllm/1.0/x.txt");

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.EqualTo(["gemm/vllm/1.0/x.txt"]));
    }

    [Test]
    public async Task The_Parquet_file_goes_before_the_text_form()
    {
        Add("gemm/vllm/1.0/x.txt");
        Add("gemm/vllm/1.0/x.parquet");

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.EqualTo(["gemm/vllm/1.0/x.parquet"]));
    }

    [Test]
    public async Task Older_versions_follow_nearest_first_in_the_order_of_PEP_440()
    {
        Add("gemm/sglang/0.5.10/x.parquet", "gemm/sglang/0.5.9/x.parquet", "gemm/sglang/0.5.6.post2/x.parquet", "gemm/sglang/0.5.6/x.parquet", "gemm/sglang/0.5.6rc1/x.parquet");

        Assert.That(await SourcesAsync("sglang", "0.5.10", "x"), Is.EqualTo([
            "gemm/sglang/0.5.10/x.parquet", "gemm/sglang/0.5.9/x.parquet", "gemm/sglang/0.5.6.post2/x.parquet", "gemm/sglang/0.5.6/x.parquet", "gemm/sglang/0.5.6rc1/x.parquet",
        ]));
    }

    [Test]
    public async Task Newer_versions_are_never_used_undeclared()
    {
        Add("gemm/vllm/1.0/x.parquet", "gemm/vllm/2.0/x.parquet");

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.EqualTo(["gemm/vllm/1.0/x.parquet"]));
    }

    [Test]
    public async Task A_version_of_another_spelling_is_not_older_than_itself()
    {
        Add("gemm/vllm/1.0/x.parquet", "gemm/vllm/1.0.0/x.parquet");

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.EqualTo(["gemm/vllm/1.0/x.parquet"]));
    }

    [Test]
    public async Task Versions_that_do_not_parse_are_no_older_versions()
    {
        Add("gemm/vllm/1.0/x.parquet", "gemm/vllm/main/x.parquet");

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.EqualTo(["gemm/vllm/1.0/x.parquet"]));
    }

    [Test]
    public async Task A_requested_version_that_does_not_parse_has_no_older_ones()
    {
        Add("gemm/vllm/main/x.parquet", "gemm/vllm/1.0/x.parquet");

        Assert.That(await SourcesAsync("vllm", "main", "x"), Is.EqualTo(["gemm/vllm/main/x.parquet"]));
    }

    [Test]
    public async Task A_missing_primary_file_is_skipped()
    {
        Add("attention/vllm/2.0/y.parquet", "gemm/vllm/1.0/x.parquet");

        Assert.That(await SourcesAsync("vllm", "2.0", "x"), Is.EqualTo(["gemm/vllm/1.0/x.parquet"]));
    }

    [Test]
    public async Task A_declared_donor_may_be_newer_and_goes_before_older_versions()
    {
        Add("gemm/vllm/2.0/x.parquet", "gemm/vllm/3.0/x.parquet", "gemm/vllm/1.0/x.parquet");
        Reuse("gemm/vllm/2.0", ("x", "3.0"));

        Assert.That(await SourcesAsync("vllm", "2.0", "x"), Is.EqualTo(["gemm/vllm/2.0/x.parquet", "gemm/vllm/3.0/x.parquet", "gemm/vllm/1.0/x.parquet"]));
    }

    [Test]
    public async Task Donors_come_in_file_order_and_each_version_once()
    {
        Add("gemm/vllm/2.0/x.parquet", "gemm/vllm/3.0/x.parquet", "gemm/vllm/1.0/x.parquet", "gemm/vllm/4.0/x.parquet");
        Reuse("gemm/vllm/2.0", ("x", "1.0"), ("x", "4.0"), ("x", "1.0"), ("x", "3.0"));

        Assert.That(await SourcesAsync("vllm", "2.0", "x"), Is.EqualTo([
            "gemm/vllm/2.0/x.parquet", "gemm/vllm/1.0/x.parquet", "gemm/vllm/4.0/x.parquet", "gemm/vllm/3.0/x.parquet",
        ]));
    }

    [Test]
    public async Task A_donor_of_another_table_is_no_donor()
    {
        Add("gemm/vllm/2.0/x.parquet", "gemm/vllm/3.0/x.parquet");
        Reuse("gemm/vllm/2.0", ("y", "3.0"));

        Assert.That(await SourcesAsync("vllm", "2.0", "x"), Is.EqualTo(["gemm/vllm/2.0/x.parquet"]));
    }

    [Test]
    public async Task A_donor_may_be_declared_beside_another_family()
    {
        Add("gemm/vllm/2.0/x.parquet", "gemm/vllm/3.0/x.parquet");
        Reuse("attention/vllm/2.0", ("x", "3.0"));

        Assert.That(await SourcesAsync("vllm", "2.0", "x"), Is.EqualTo(["gemm/vllm/2.0/x.parquet", "gemm/vllm/3.0/x.parquet"]));
    }

    [Test]
    public async Task Collectives_with_a_file_of_their_own_inherit_nothing()
    {
        Add("comm/vllm/2.0/x.parquet", "comm/vllm/1.0/x.parquet", "comm/vllm/3.0/x.parquet");
        Reuse("comm/vllm/2.0", ("x", "3.0"));

        Assert.That(await SourcesAsync("vllm", "2.0", "x"), Is.EqualTo(["comm/vllm/2.0/x.parquet"]));
    }

    [Test]
    public async Task Collectives_without_a_file_of_their_own_inherit_from_older_versions()
    {
        Add("gemm/vllm/2.0/y.parquet", "comm/vllm/1.0/x.parquet", "comm/vllm/0.9/x.parquet");

        Assert.That(await SourcesAsync("vllm", "2.0", "x"), Is.EqualTo(["comm/vllm/1.0/x.parquet", "comm/vllm/0.9/x.parquet"]));
    }

    [Test]
    public async Task Other_backends_lend_only_the_granted_kernels()
    {
        Add("mla/vllm/1.0/x.parquet", "mla/trtllm/1.3.0/x.parquet");
        Manifest(("x.parquet", "a", "shared", "trtllm, vllm"), ("x.parquet", "b", "shared_fallback", "trtllm, vllm"), ("x.parquet", "c", "shared", "trtllm"));

        var sources = await ResolveAsync("vllm", "1.0", "x");

        Assert.That(sources[0].Kernels, Is.Null);
        Assert.That(sources[1].Kernels, Is.EquivalentTo(["a", "b"]));
    }

    [Test]
    public async Task Other_backends_come_last_in_alphabetical_order_newest_version_first_unparsed_ones_last()
    {
        Add("mla/vllm/1.0/x.parquet", "mla/vllm/0.9/x.parquet");
        Add("mla/trtllm/1.3.0rc2/x.parquet", "mla/trtllm/1.3.0rc10/x.parquet", "mla/trtllm/main/x.parquet", "mla/sglang/0.5.9/x.parquet");
        Manifest(("x.parquet", "a", "shared", "vllm, trtllm, sglang"));

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.EqualTo([
            "mla/vllm/1.0/x.parquet", "mla/vllm/0.9/x.parquet", "mla/sglang/0.5.9/x.parquet",
            "mla/trtllm/1.3.0rc10/x.parquet", "mla/trtllm/1.3.0rc2/x.parquet", "mla/trtllm/main/x.parquet",
        ]));
    }

    [Test]
    public async Task A_manifest_may_name_the_text_form()
    {
        Add("mla/vllm/1.0/x.parquet", "mla/trtllm/1.0/x.parquet");
        Manifest(("x.txt", "a", "shared", "trtllm, vllm"));

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.EqualTo(["mla/vllm/1.0/x.parquet", "mla/trtllm/1.0/x.parquet"]));
    }

    [TestCase("x.parquet", "absence_load_bearing", "trtllm, vllm", TestName = "A_group_whose_absence_matters_lends_nothing")]
    [TestCase("x.parquet", "shared", "trtllm, sglang", TestName = "A_group_of_other_backends_lends_nothing")]
    [TestCase("y.parquet", "shared", "trtllm, vllm", TestName = "A_group_of_another_table_lends_nothing")]
    public async Task A_group_lends_nothing(string file, string tier, string frameworks)
    {
        Add("mla/vllm/1.0/x.parquet", "mla/trtllm/1.0/x.parquet");
        Manifest((file, "a", tier, frameworks));

        Assert.That(await SourcesAsync("vllm", "1.0", "x"), Is.EqualTo(["mla/vllm/1.0/x.parquet"]));
    }

    [TestCase("gemm_perf", new[] { "0.22.0", "0.24.0", "0.19.0", "0.18.0", "0.14.0" })]
    [TestCase("context_attention_perf", new[] { "0.22.0", "0.24.0", "0.19.0", "0.18.0", "0.14.0" })]
    [TestCase("generation_attention_perf", new[] { "0.22.0", "0.24.0", "0.19.0", "0.18.0", "0.14.0" })]
    [TestCase("moe_perf", new[] { "0.22.0", "0.24.0", "0.19.0", "0.18.0", "0.14.0" })]
    [TestCase("mla_context_module_perf", new[] { "0.22.0", "0.24.0", "0.19.0" })]
    [TestCase("encoder_attention_perf", new[] { "0.22.0", "0.24.0", "0.19.0" })]
    [TestCase("computescale_perf", new[] { "0.22.0", "0.24.0" })]
    [TestCase("custom_allreduce_perf", new[] { "0.19.0", "0.18.0", "0.14.0" })]
    [TestCase("mla_bmm_perf", new string[0])]
    public async Task The_chains_of_H200_vLLM_0_22_are_those_of_the_specification(string table, string[] versions)
    {
        var tree = new TableTree(Path.Combine(RealTables.SystemsDirectory, "data", "h200_sxm"));
        var resolver = await SourceResolver.CreateAsync(
            tree, Path.Combine(RealTables.SystemsDirectory, ReuseManifest.Name), "vllm", "0.22.0", CancellationToken.None);

        var own = resolver.Sources(table).Where(static s => s.Backend == "vllm").Select(static s => s.Version);

        Assert.That(own, Is.EqualTo(versions));
    }

    [Test]
    public async Task The_MLA_modules_of_H200_vLLM_0_22_may_take_default_kernels_of_TensorRT_LLM()
    {
        var tree = new TableTree(Path.Combine(RealTables.SystemsDirectory, "data", "h200_sxm"));
        var resolver = await SourceResolver.CreateAsync(
            tree, Path.Combine(RealTables.SystemsDirectory, ReuseManifest.Name), "vllm", "0.22.0", CancellationToken.None);

        var lent = resolver.Sources("mla_context_module_perf").Where(static s => s.Kernels is not null).ToList();

        Assert.That(lent.Select(static s => s.Backend).Distinct(), Is.EqualTo(["trtllm"]));
        Assert.That(lent[0].Kernels, Is.EquivalentTo(["default"]));
    }

    private void Add(params string[] paths) => Array.ForEach(paths, path => _folder.Write(AicFolder.Data(path), ""));

    private void Reuse(string folder, params (string Table, string From)[] donors) => _folder.Write(
        AicFolder.Data(folder + "/reuse.yaml"),
        "schema_version: 1\nreuse:\n" + string.Concat(donors.Select(static d => $"  - table: {d.Table}\n    from_version: '{d.From}'\n    reason: test\n    approved_by: test\n")));

    private void Manifest(params (string File, string Kernel, string Tier, string Frameworks)[] groups) => _folder.Write(
        ReuseManifest.Name,
        "groups:\n" + string.Concat(groups.Select(static g => $"  - op_file: {g.File}\n    kernel_source: '{g.Kernel}'\n    tier: {g.Tier}\n    frameworks: [{g.Frameworks}]\n")));

    private async Task<IReadOnlyList<TableSource>> ResolveAsync(string backend, string version, string table)
    {
        var tree = new TableTree(Path.Combine(_folder.Root, AicFolder.Data("")));
        var resolver = await SourceResolver.CreateAsync(tree, Path.Combine(_folder.Root, ReuseManifest.Name), backend, version, CancellationToken.None);
        return resolver.Sources(table);
    }

    private async Task<IEnumerable<string>> SourcesAsync(string backend, string version, string table) =>
        (await ResolveAsync(backend, version, table)).Select(s => Path.GetRelativePath(Path.Combine(_folder.Root, AicFolder.Data("")), s.Path));
}
