using System.Text;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Performance;

internal sealed class LimitedFileTests
{
    private string _path = null!;

    [SetUp]
    public void MakeFile() => _path = Path.GetTempFileName();

    [TearDown]
    public void RemoveFile() => File.Delete(_path);

    [Test]
    public async Task A_file_is_read_up_to_the_limit([Values(0, 1, 65_535, 65_536, 65_537, 100_000)] int length)
    {
        var written = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        await File.WriteAllBytesAsync(_path, written);

        var read = await LimitedFile.ReadAsync(_path, 100_000, CancellationToken.None);

        Assert.That(read?.ToArray(), Is.EqualTo(written));
    }

    [Test]
    public async Task A_file_beyond_the_limit_is_not_read()
    {
        await File.WriteAllBytesAsync(_path, new byte[100_001]);

        Assert.That(await LimitedFile.ReadAsync(_path, 100_000, CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task What_has_no_length_and_no_end_is_not_read()
    {
        Assume.That(OperatingSystem.IsLinux());

        Assert.That(await LimitedFile.ReadAsync("/dev/zero", 100_000, CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task What_has_no_length_and_an_end_is_read()
    {
        Assume.That(OperatingSystem.IsLinux());

        Assert.That(await LimitedFile.ReadTextAsync("/proc/self/status", 100_000, Encoding.UTF8, CancellationToken.None), Does.Contain("Pid:"));
    }

    [Test]
    public async Task A_byte_order_mark_tells_the_encoding()
    {
        await File.WriteAllTextAsync(_path, "größer", Encoding.Unicode);

        Assert.That(await LimitedFile.ReadTextAsync(_path, 100, Encoding.UTF8, CancellationToken.None), Is.EqualTo("größer"));
    }
}
