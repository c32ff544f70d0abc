using PlannerHost.Hosting;
using PowerPlanner.Control;

namespace PlannerHost.Tests.Hosting;

[TestFixture]
internal sealed class SnapshotFileTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("snapshots-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task No_file_is_no_snapshot() =>
        Assert.That(await new SnapshotFile(_folder, "llama").LoadAsync(CancellationToken.None), Is.Null);

    [TestCase("../../etc/passwd")]
    [TestCase("a/b")]
    [TestCase("..")]
    public void A_deployment_s_name_cannot_leave_the_folder(string name) =>
        Assert.That(Path.GetDirectoryName(Path.GetFullPath(new SnapshotFile(_folder, name).Location)), Is.EqualTo(_folder));

    [TestCase("")]
    [TestCase("{")]
    [TestCase("{\"version\":999}")]
    public async Task A_damaged_file_is_refused_and_can_be_put_aside(string text)
    {
        var file = new SnapshotFile(_folder, "llama");
        await File.WriteAllTextAsync(file.Location, text);

        Assert.That(async () => await file.LoadAsync(CancellationToken.None), Throws.TypeOf<InvalidSnapshotException>());
        Assert.That(await File.ReadAllTextAsync(file.PutAside()), Is.EqualTo(text));
        Assert.That(File.Exists(file.Location), Is.False);
    }
}
