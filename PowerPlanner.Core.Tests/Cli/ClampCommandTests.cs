using Snapshooter.NUnit;

namespace PowerPlanner.Tests.Cli;

internal sealed class ClampCommandTests
{
    private const string Cases = """
        [{ "id": "c1", "proposed": { "prefill": 4, "decode": 4 }, "current": { "prefill": null, "decode": null }, "prefillGpus": 1, "decodeGpus": 1,
           "prefillCapWatts": 250, "decodeCapWatts": 250, "totalGpuPowerLimitWatts": 1500, "maxGpuBudget": -1, "minGpuBudget": -1, "minEndpoint": 1, "policy": "Pair" },
         { "id": "Q11", "proposed": { "prefill": 4, "decode": 1 }, "current": { "prefill": 1, "decode": 4 }, "prefillGpus": 1, "decodeGpus": 1,
           "prefillCapWatts": 1000, "decodeCapWatts": 1000, "totalGpuPowerLimitWatts": 5000, "policy": "Staged" },
         { "id": "Q17", "proposed": { "prefill": 6 }, "current": { "prefill": 2 }, "prefillGpus": 1, "prefillCapWatts": 400, "totalGpuPowerLimitWatts": 1200, "policy": "Staged" },
         { "id": "unknown GPUs", "proposed": { "prefill": 4, "decode": 4 }, "prefillGpus": null, "decodeGpus": 1, "prefillCapWatts": 250, "decodeCapWatts": 250, "totalGpuPowerLimitWatts": 100 },
         { "id": "no budget", "proposed": { "prefill": 4, "decode": null }, "current": { "prefill": 1, "decode": 2 }, "prefillGpus": 1, "decodeGpus": 1, "prefillCapWatts": 250, "decodeCapWatts": 250, "totalGpuPowerLimitWatts": null, },
         { "id": "c1", "proposed": { "prefill": 9, "decode": 9 }, "prefillGpus": 2, "decodeGpus": 2, "prefillCapWatts": 250, "decodeCapWatts": 250, "maxGpuBudget": 0 }]
        """;

    [Test]
    public async Task Clamps_in_JSON()
    {
        var run = await CliRun.On(Cases, "clamp", "--cases", "FILE", "--json");

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, string.Empty)));
        Snapshot.Match(run.Stable());
    }

    [Test]
    public async Task Clamps_for_people() => Snapshot.Match((await CliRun.On(Cases, "clamp", "--cases", "FILE")).Output);

    [Test]
    public async Task No_cases_have_no_answers() => Assert.That((await CliRun.On("[]", "clamp", "--cases", "FILE", "--json")).Output, Is.EqualTo("[]" + Environment.NewLine));
}
