using System.Diagnostics;

namespace PlannerHost.Tests.Deploy;

/// <summary>What the script <c>demo/run</c> does on machines that lack something. Every program that it calls is a stand-in that notes its arguments.</summary>
[TestFixture]
[Platform("Linux")]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class DemoScriptTests
{
    private const string Demo = "dotnet samples/PlannerHost/demo/bin/Release/net10.0/PlannerHost.Demo.dll";

    private string _folder = "";

    [SetUp]
    public void MakePath()
    {
        _folder = Directory.CreateTempSubdirectory("path-").FullName;
        File.CreateSymbolicLink(Path.Combine(_folder, "dirname"), "/usr/bin/dirname");
        Provide("dotnet", "prometheus", "apt-get", "sudo", "tee", "chmod", "rm");
        Provide("sudo", """exec "$@" """);
        Provide("tee", "/bin/cat > /dev/null");
        Uid(1000);
    }

    [TearDown]
    public void RemovePath() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task With_Prometheus_nothing_is_installed()
    {
        var (exitCode, _, calls) = await RunAsync();

        Assert.That((exitCode, calls.Length), Is.EqualTo((0, 3)));
        Assert.That(calls[0], Does.StartWith("dotnet build samples/PlannerHost -c Release"));
        Assert.That(calls[1], Does.StartWith("dotnet build samples/PlannerHost/demo -c Release"));
        Assert.That(calls[2], Does.StartWith(Demo));
    }

    [TestCase(0)]
    [TestCase(1000)]
    public async Task Without_it_the_package_is_installed_and_nothing_beside_it(int uid)
    {
        Uid(uid);
        Remove("prometheus");
        Provide("apt-get", $"""[ "$1" != install ] || /bin/cp "{_folder}/dotnet" "{_folder}/prometheus" """);

        var (exitCode, _, calls) = await RunAsync();

        Assert.That(exitCode, Is.Zero);
        Assert.That(calls.Where(call => call.StartsWith("apt-get", StringComparison.Ordinal)), Is.EqualTo(new[] { "apt-get update -qq", "apt-get install -y -qq --no-install-recommends prometheus" }));
        Assert.That(calls.Count(call => call.StartsWith("sudo apt-get", StringComparison.Ordinal)), Is.EqualTo(uid == 0 ? 0 : 2));
        Assert.That(calls[^1], Does.StartWith(Demo));
    }

    [Test]
    public async Task Who_may_not_install_is_told_what_to_ask_for()
    {
        Remove("prometheus", "sudo");

        var (exitCode, errors, calls) = await RunAsync();

        Assert.That((exitCode, calls.Length), Is.EqualTo((1, 0)));
        Assert.That(errors, Does.StartWith("demo: there is no 'prometheus' on the PATH, and installing it takes root or sudo; run 'apt-get install"));
    }

    [Test]
    public async Task Where_there_is_no_apt_get_Prometheus_is_to_be_put_on_the_path()
    {
        Remove("prometheus", "apt-get");

        var (exitCode, errors, calls) = await RunAsync();

        Assert.That((exitCode, calls.Length), Is.EqualTo((1, 0)));
        Assert.That(errors, Does.Contain("no apt-get to install it with; put the program 'prometheus' on the PATH"));
    }

    [TestCase("exit 100", "could not be installed")]
    [TestCase("exit 0", "is installed, and there is no 'prometheus' on the PATH all the same")]
    public async Task An_installation_that_fails_ends_the_demo_with_the_reason(string aptGet, string reason)
    {
        Remove("prometheus");
        Provide("apt-get", aptGet);

        var (exitCode, errors, calls) = await RunAsync();

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors, Does.Contain(reason));
        Assert.That(calls, Has.None.StartsWith("dotnet"));
        Assert.That(calls.Count(call => call.StartsWith("rm ", StringComparison.Ordinal)), Is.EqualTo(calls.Count(call => call.StartsWith("tee ", StringComparison.Ordinal))), "what kept the server from starting is taken away again");
    }

    [Test]
    public async Task Without_a_dotnet_the_script_says_where_to_get_one()
    {
        Remove("dotnet");

        var (exitCode, errors, _) = await RunAsync();

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors, Does.StartWith("demo: there is no 'dotnet' on the PATH"));
    }

    private void Uid(int uid) => Write("id", FormattableString.Invariant($"echo {uid}"));

    private void Provide(params string[] programs)
    {
        foreach (var program in programs)
        {
            Provide(program, "exit 0");
        }
    }

    private void Provide(string program, string then) => Write(program, $"echo \"{program} $*\" >> '{_folder}/calls'\n{then}");

    private void Write(string program, string script)
    {
        var file = Path.Combine(_folder, program);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void Remove(params string[] programs)
    {
        foreach (var program in programs)
        {
            File.Delete(Path.Combine(_folder, program));
        }
    }

    private async Task<(int ExitCode, string Errors, string[] Calls)> RunAsync()
    {
        var start = new ProcessStartInfo("/bin/bash", [Path.Combine(AppContext.BaseDirectory, "script", "samples", "PlannerHost", "demo", "run")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = _folder;
        using var bash = Process.Start(start)!;
        var output = bash.StandardOutput.ReadToEndAsync();
        var errors = await bash.StandardError.ReadToEndAsync();
        await output;
        await bash.WaitForExitAsync();
        var calls = Path.Combine(_folder, "calls");
        return (bash.ExitCode, errors, File.Exists(calls) ? await File.ReadAllLinesAsync(calls) : []);
    }
}
