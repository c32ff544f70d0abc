using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Models;

namespace PowerPlanner.Tests.Performance.Aic.Models;

internal sealed class ModelConfigurationFileTests
{
    private DirectoryInfo _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("powerplanner-models-");

    [TearDown]
    public void RemoveFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task A_model_is_found_by_its_id()
    {
        Write("Org--Dense-1.5_config.json", EngineSamples.LlamaSmall);

        var model = await ModelConfiguration.FindAsync(_folder.FullName, "Org/Dense-1.5");

        Assert.That((model.Architecture, model.Source), Is.EqualTo(("LlamaForCausalLM", Path.Combine(_folder.FullName, "Org--Dense-1.5_config.json"))));
    }

    [Test]
    public async Task The_quantization_file_beside_a_configuration_is_read()
    {
        Write("Org--Dense_config.json", EngineSamples.LlamaSmall);
        Write("Org--Dense_hf_quant_config.json", """{ "quantization": { "quant_algo": "NVFP4" } }""");

        var model = await ModelConfiguration.FindAsync(_folder.FullName, "Org/Dense");

        Assert.That(model.Description.Quantization.Algorithm, Is.EqualTo("nvfp4"));
    }

    [Test]
    public async Task A_checkpoint_folder_is_read_with_its_quantization_file()
    {
        Write("config.json", EngineSamples.LlamaSmall);
        Write("hf_quant_config.json", """{ "quantization": { "quant_algo": "FP8" } }""");

        var model = await ModelConfiguration.LoadAsync(_folder.FullName);

        Assert.That(model.Description.Quantization.Algorithm, Is.EqualTo("fp8"));
    }

    [Test]
    public void A_file_longer_than_any_configuration_is_refused()
    {
        Write("config.json", new string(' ', (8 << 20) + 1));

        Assert.That(
            async () => await ModelConfiguration.LoadAsync(_folder.FullName),
            Throws.TypeOf<PerformanceFileException>().With.Message.Contains("has more than 8388608 bytes"));
    }

    [Test]
    public void A_device_without_end_is_refused()
    {
        Assume.That(OperatingSystem.IsLinux());

        Assert.That(
            async () => await ModelConfiguration.LoadAsync("/dev/zero"),
            Throws.TypeOf<PerformanceFileException>().With.Message.Contains("has more than 8388608 bytes"));
    }

    [Test]
    public void An_architecture_without_end_is_cut_in_the_message()
    {
        var json = $$"""{ "architectures": ["{{new string('a', 1_000_000)}}"] }""";

        Assert.That(() => ModelConfiguration.Parse(json), Throws.TypeOf<UnknownModelException>().With.Message.Length.LessThan(1000));
    }

    [Test]
    public void An_unknown_id_is_refused_with_the_ids_that_there_are()
    {
        Write("Org--Dense_config.json", EngineSamples.LlamaSmall);
        Write("Org--Dense_hf_quant_config.json", "{}");

        Assert.That(
            async () => await ModelConfiguration.FindAsync(_folder.FullName, "Org/Other"),
            Throws.TypeOf<UnknownModelException>().With.Message.Contains("'Org/Other'").And.Message.Contains("Org/Dense.").And.Message.Not.Contains("hf_quant"));
    }

    [Test]
    public void A_folder_that_does_not_exist_has_no_models() =>
        Assert.That(async () => await ModelConfiguration.FindAsync(Path.Combine(_folder.FullName, "none"), "Org/Model"), Throws.TypeOf<UnknownModelException>());

    [TestCase("../x")]
    [TestCase("..")]
    [TestCase(".")]
    [TestCase("")]
    [TestCase(" ")]
    [TestCase("a/../b")]
    [TestCase("a/b/c")]
    [TestCase("/etc/passwd")]
    [TestCase("a/")]
    [TestCase("/a")]
    [TestCase("a//b")]
    [TestCase("a\\b")]
    [TestCase("C:x")]
    [TestCase("a\0b")]
    [TestCase("a\nb")]
    [TestCase("~root")]
    [TestCase("Org/.hidden")]
    [TestCase("Örg/Modell")]
    public void An_id_that_could_leave_the_folder_is_refused(string id) =>
        Assert.That(
            async () => await ModelConfiguration.FindAsync(_folder.FullName, id), Throws.TypeOf<UnknownModelException>().With.Message.Contains("is malformed"));

    [Test]
    public void An_id_longer_than_a_file_name_is_refused() =>
        Assert.That(async () => await ModelConfiguration.FindAsync(_folder.FullName, new string('a', 5000)), Throws.TypeOf<UnknownModelException>());

    [Test]
    public void A_missing_file_is_named() =>
        Assert.That(
            async () => await ModelConfiguration.LoadAsync(Path.Combine(_folder.FullName, "absent.json")),
            Throws.TypeOf<PerformanceFileException>().With.Message.Contains("absent.json").And.Message.Contains("does not exist"));

    [Test]
    public void Bytes_that_are_no_UTF8_are_refused()
    {
        File.WriteAllBytes(Path.Combine(_folder.FullName, "config.json"), [0x7b, 0xff, 0xfe, 0x7d]);

        Assert.That(async () => await ModelConfiguration.LoadAsync(_folder.FullName), Throws.TypeOf<PerformanceFileException>());
    }

    [Test]
    public void A_file_larger_than_any_configuration_is_not_read()
    {
        using (var file = File.Create(Path.Combine(_folder.FullName, "config.json")))
        {
            file.SetLength((64L << 20) + 1);
        }

        Assert.That(async () => await ModelConfiguration.LoadAsync(_folder.FullName), Throws.TypeOf<PerformanceFileException>().With.Message.Contains("at most"));
    }

    [Test]
    public void Cancelling_stops_reading()
    {
        Write("config.json", EngineSamples.LlamaSmall);

        Assert.That(async () => await ModelConfiguration.LoadAsync(_folder.FullName, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Every_real_configuration_can_be_read_or_is_refused_for_its_model()
    {
        var read = 0;
        foreach (var file in Directory.EnumerateFiles(RealTables.ModelsDirectory, "*_config.json").Where(file => !file.Contains("hf_quant", StringComparison.Ordinal)))
        {
            try
            {
                Assert.That((await ModelConfiguration.LoadAsync(file)).Description.Layers, Is.GreaterThan(0), file);
                read++;
            }
            catch (UnknownModelException)
            {
                // A family that is not known yet, said by name.
            }
        }

        Assert.That(read, Is.GreaterThanOrEqualTo(30));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);
}
