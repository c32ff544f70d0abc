using System.Globalization;
using System.Text.Json;

namespace PlannerHost.Tests.EndToEnd;

/// <summary>Everything for real but the hardware: processes, HTTP, Prometheus, the clock. The fleet's own measurements decide.</summary>
[TestFixture]
internal sealed class LoopTests
{
    private const long FullWatts = 6000;
    private const long CutWatts = 3500;
    private const double TtftTargetMs = 800;
    private const double ItlTargetMs = 70;

    // A cut is noticed when the file is read anew (4 s where changes are polled), acted on at the next tick (1 s), and in force when the agents have looked
    // (1 s) and leaving replicas have drained (2 s). Several times that, for a machine that is busy with other things.
    private static readonly TimeSpan SettlingWindow = TimeSpan.FromSeconds(60);

    [Test]
    public async Task Through_a_load_spike_and_a_budget_cut_the_fleet_keeps_its_budget_and_comes_back_to_its_targets()
    {
        await using var rig = await Rig.StartAsync(FullWatts);
        await rig.UntilAsync("the first plan is in force", status => Rig.IsSettled(status, FullWatts) && rig.Fleet.Now.DecodeReady >= 3 && HasBeenFast(rig.Fleet, TimeSpan.Zero, TimeSpan.FromSeconds(3)));
        await UntilThresholdsAreSetAsync(rig);

        // Until the frontends find the workers busy everything gets in, and the whole fleet is too slow.
        var spikeAt = rig.Fleet.Elapsed;
        rig.Fleet.OfferedRequestsPerSecond = 45;
        await rig.UntilAsync("the spike is felt", _ => rig.Fleet.History.Any(moment => moment.At > spikeAt && moment.TtftMs > TtftTargetMs && moment.ItlMs > ItlTargetMs));
        await rig.UntilAsync("latencies are back while the spike lasts", _ => HasBeenFast(rig.Fleet, spikeAt, TimeSpan.FromSeconds(10)));
        var spikeEnds = rig.Fleet.Elapsed;
        rig.Fleet.OfferedRequestsPerSecond = 8;
        await rig.UntilAsync("the plan after the spike is in force", status => Rig.IsSettled(status, FullWatts) && HasBeenFast(rig.Fleet, spikeEnds, TimeSpan.FromSeconds(10)));
        await UntilThresholdsAreSetAsync(rig);

        var cutAt = rig.Fleet.Elapsed;
        rig.Host.SetBudget(CutWatts);
        await rig.UntilAsync("the smaller plan is in force", status => Rig.IsSettled(status, CutWatts) && rig.Fleet.Now.Watts <= CutWatts && HasBeenFast(rig.Fleet, cutAt, TimeSpan.FromSeconds(10)));
        await UntilThresholdsAreSetAsync(rig);
        var raisedAt = rig.Fleet.Elapsed;
        rig.Host.SetBudget(FullWatts);
        await rig.UntilAsync("the larger plan is in force again", status => Rig.IsSettled(status, FullWatts) && rig.Fleet.Now.DecodeReady >= 4 && HasBeenFast(rig.Fleet, raisedAt, TimeSpan.FromSeconds(3)));

        var history = rig.Fleet.History;
        var spike = history.Where(moment => moment.At > spikeAt && moment.At < spikeEnds).ToList();
        var slow = spike.Where(moment => !IsFast(moment)).ToList();
        var underCut = history.Where(moment => moment.At >= cutAt && moment.At < raisedAt).ToList();
        var settledAt = underCut.Last(moment => moment.Watts > CutWatts).At;
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{history.Count} moments in {history[^1].At.TotalSeconds:F0} s; in the spike up to {slow.Max(moment => moment.TtftMs):F0} ms and {slow.Max(moment => moment.ItlMs):F0} ms, too slow for {(slow[^1].At - spikeAt).TotalSeconds:F1} s, then at most {spike.Where(moment => moment.At > slow[^1].At).Max(moment => moment.TtftMs):F0} ms and {spike.Where(moment => moment.At > slow[^1].At).Max(moment => moment.ItlMs):F0} ms; most {history.Max(moment => moment.Watts):F0} W of {FullWatts} W; under the cut at most {underCut.Where(moment => moment.At > settledAt).Max(moment => moment.Watts):F0} W of {CutWatts} W, {(settledAt - cutAt).TotalSeconds:F1} s after it"));
        Assert.Multiple(() =>
        {
            Assert.That(history.Max(moment => moment.Watts), Is.LessThanOrEqualTo(FullWatts));
            Assert.That(settledAt - cutAt, Is.LessThan(SettlingWindow), "the fleet is below the new budget from then on");
            Assert.That(spike.Min(moment => moment.AdmittedRequestsPerSecond / moment.OfferedRequestsPerSecond), Is.LessThan(0.9), "the frontends refuse what is too much");
        });
    }

    [Test]
    public Task A_host_that_is_killed_at_random_moments_never_takes_the_fleet_above_its_budget() => KillAsync(kills: 3, seed: 1);

    [Test]
    [Explicit("On request: takes several minutes.")]
    [CancelAfter(1_800_000)]
    public Task A_host_that_is_killed_twenty_times_never_takes_the_fleet_above_its_budget() => KillAsync(kills: 20, seed: 2);

    [Test]
    public async Task It_holds_its_plan_through_outages_and_recovers_by_itself()
    {
        await using var rig = await Rig.StartAsync(FullWatts, settings => settings["Deployments:llm:Planner:capProbing"] = "Off");
        await rig.UntilAsync("the first plan is in force", status => Rig.IsSettled(status, FullWatts) && rig.Fleet.Now.DecodeReady >= 3);

        await OutageAsync(rig, "Prometheus is away", rig.Prometheus.StopAsync, rig.Prometheus.StartAsync);
        await OutageAsync(rig, "the frontends are down", () => Task.WhenAll(rig.Fleet.Frontends.Select(frontend => frontend.StopAsync())), () => Task.WhenAll(rig.Fleet.Frontends.Select(frontend => frontend.RestartAsync())));
        await OutageAsync(rig, "the API server fails", () => Inject(new ApiFault { Status = 500 }), Heal);
        await OutageAsync(rig, "the API server hangs", () => Inject(new ApiFault()), Heal);

        Assert.That(rig.Fleet.History.Max(moment => moment.Watts), Is.LessThanOrEqualTo(FullWatts));

        Task Inject(ApiFault fault)
        {
            rig.Fleet.Cluster.Inject(fault);
            return Task.CompletedTask;
        }

        Task Heal()
        {
            rig.Fleet.Cluster.Heal();
            return Task.CompletedTask;
        }
    }

    // Every frontend has the thresholds of the plan, as the frontend itself says.
    private static async Task UntilThresholdsAreSetAsync(Rig rig)
    {
        await rig.UntilAsync("every frontend has acknowledged the thresholds of the plan", deployment =>
            deployment?.GetProperty("status").GetProperty("applied").GetProperty("thresholds") is { ValueKind: JsonValueKind.Object } applied
            && rig.Fleet.Frontends.TrueForAll(frontend => frontend.Entry is { } entry
                && Math.Abs((double)entry["active_decode_blocks_threshold"]! - applied.GetProperty("thetaDecode").GetDouble()) < 1e-6
                && Math.Abs((double)entry["active_prefill_tokens_threshold_frac"]! - applied.GetProperty("thetaPrefillFraction").GetDouble()) < 1e-6));
    }

    private static bool HasBeenFast(FleetServer fleet, TimeSpan since, TimeSpan time)
    {
        var now = fleet.Now.At;
        return now - since >= time && fleet.History.Where(moment => moment.At >= now - time).All(IsFast);
    }

    private static bool IsFast(FleetMoment moment) => moment.TtftMs <= TtftTargetMs && moment.ItlMs <= ItlTargetMs;

    private static async Task OutageAsync(Rig rig, string what, Func<Task> begin, Func<Task> end)
    {
        await rig.UntilAsync("nothing is under way", status => Rig.IsSettled(status, FullWatts) && rig.Fleet.IsQuiet(TimeSpan.FromSeconds(10)));
        var before = rig.Fleet.Now;
        var said = rig.Host.Log.Count;
        await begin();
        await rig.PassAsync(TimeSpan.FromSeconds(12));
        var during = rig.Fleet.Now;
        var repeated = rig.Host.Log.Skip(said).Where(line => line.Contains("\"Warning\"", StringComparison.Ordinal) || line.Contains("\"Error\"", StringComparison.Ordinal))
            .GroupBy(Text, StringComparer.Ordinal).OrderByDescending(group => group.Count()).FirstOrDefault();
        await end();
        await rig.UntilAsync($"after {what} all is as before", status => Rig.IsSettled(status, FullWatts));
        TestContext.Out.WriteLine($"{what}: {during.PrefillReady} + {during.DecodeReady} replicas at {during.PrefillCapWatts} and {during.DecodeCapWatts} W; most often said ({repeated?.Count() ?? 0}): {repeated?.Key}");
        Assert.Multiple(() =>
        {
            Assert.That((during.PrefillReady, during.DecodeReady, during.PrefillCapWatts, during.DecodeCapWatts), Is.EqualTo((before.PrefillReady, before.DecodeReady, before.PrefillCapWatts, before.DecodeCapWatts)), what);
            Assert.That(repeated?.Count() ?? 0, Is.LessThanOrEqualTo(2), $"{what}: {repeated?.Key}");
        });
    }

    private static string Text(string line)
    {
        using var entry = JsonDocument.Parse(line);
        return entry.RootElement.GetProperty("Message").GetString()!;
    }

    private static async Task KillAsync(int kills, int seed)
    {
        const long SmallWatts = 4500;
        var random = new Random(seed);
        await using var rig = await Rig.StartAsync(FullWatts, settings =>
        {
            // Alone, so that a new life need not wait for the lease of the one before.
            foreach (var key in settings.Keys.Where(key => key.Contains(":Lease:", StringComparison.Ordinal)).ToList())
            {
                settings.Remove(key);
            }

            settings["Deployments:llm:Lease:Enabled"] = "false";
        });
        await rig.UntilAsync("the first plan is in force", status => Rig.IsSettled(status, FullWatts) && rig.Fleet.Now.DecodeReady >= 3);
        await rig.UntilAsync("something has been learnt", status => Learnt(status) > 0.01);

        // Two saves: the first may have begun before it was learnt.
        for (var i = 0; i < 2; i++)
        {
            var saved = rig.Host.SavedAt;
            await rig.UntilAsync("it has been saved", _ => rig.Host.SavedAt > saved);
        }

        var budget = FullWatts;
        var forgotten = 0;
        for (var i = 0; i < kills; i++)
        {
            // In the middle of what a new budget or another load brings about, or in peace.
            if (random.Next(2) == 0)
            {
                rig.Host.SetBudget(budget = budget == FullWatts ? SmallWatts : FullWatts);
            }

            rig.Fleet.OfferedRequestsPerSecond = random.Next(4, 16);
            await rig.PassAsync(TimeSpan.FromSeconds(random.NextDouble() * 8));
            await rig.Host.KillAsync();
            await rig.PassAsync(TimeSpan.FromSeconds(random.NextDouble() * 3));
            rig.Host.Start();
            await rig.UntilAsync("the host is back", status => status?.GetProperty("status").GetProperty("state").GetString() is not (null or "Cold" or "cold"));
            forgotten += Learnt(await rig.Host.StatusAsync()) > 0.01 ? 0 : 1;
        }

        await rig.UntilAsync("the last plan is in force", status => Rig.IsSettled(status, budget) && rig.Fleet.Now.Watts <= budget);
        var end = rig.Fleet.Elapsed;
        await rig.PassAsync(TimeSpan.FromSeconds(5));

        var history = rig.Fleet.History;
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kills} kills in {end.TotalSeconds:F0} s: most {history.Max(moment => moment.Watts):F0} W of {FullWatts} W; coefficients forgotten {forgotten} times"));
        Assert.Multiple(() =>
        {
            Assert.That(history.Max(moment => moment.Watts), Is.LessThanOrEqualTo(FullWatts));
            Assert.That(history.Where(moment => moment.At >= end).Max(moment => moment.Watts), Is.LessThanOrEqualTo(budget));
            Assert.That(forgotten, Is.Zero);
        });
    }

    // How far the coefficients are from their initial 1.
    private static double Learnt(JsonElement? deployment) =>
        deployment?.GetProperty("status").GetProperty("corrections").EnumerateObject().Where(value => value.Value.ValueKind == JsonValueKind.Number).Max(value => Math.Abs(value.Value.GetDouble() - 1)) ?? 0;
}
