namespace PlannerHost.Tests.Hosting;

[TestFixture]
internal sealed class HostAssemblyTests
{
    [Test]
    public void Nothing_of_the_host_is_public() =>
        Assert.That(typeof(Program).Assembly.GetExportedTypes(), Is.Empty);
}
