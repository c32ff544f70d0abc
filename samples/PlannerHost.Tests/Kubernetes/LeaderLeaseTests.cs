using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using PlannerHost.Kubernetes;
using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;

namespace PlannerHost.Tests.Kubernetes;

internal sealed class LeaderLeaseTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Test]
    public async Task The_first_host_leads_and_the_second_waits()
    {
        await using var server = await FakeApiServer.StartAsync();
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        using var b = Create(server, "b", time);

        Assert.That((await Try(a), await Try(b)), Is.EqualTo((true, false)));
        Assert.That((a.Term, b.Term), Is.EqualTo((1L, 0L)));
        Assert.That((string?)server.Lease("planner")!["spec"]!["holderIdentity"], Is.EqualTo("a"));
    }

    [Test]
    public async Task A_lease_that_is_renewed_is_kept()
    {
        await using var server = await FakeApiServer.StartAsync();
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        using var b = Create(server, "b", time);

        for (var i = 0; i < 20; i++)
        {
            Assert.That((await Try(a), await Try(b)), Is.EqualTo((true, false)));
            time.Advance(5 * Second);
        }

        Assert.That(a.Term, Is.EqualTo(1));
    }

    [Test]
    public async Task Two_hosts_never_lead_at_once_whatever_their_clocks_show()
    {
        await using var server = await FakeApiServer.StartAsync();

        // A day ahead and a day behind: neither reads what the other's clock showed.
        var ahead = new FakeTimeProvider(new DateTimeOffset(2030, 1, 2, 0, 0, 0, TimeSpan.Zero));
        var behind = new FakeTimeProvider(new DateTimeOffset(2029, 12, 31, 0, 0, 0, TimeSpan.Zero));
        using var a = Create(server, "a", ahead);
        using var b = Create(server, "b", behind);
        var random = new Random(4711);
        var led = new HashSet<string>();

        for (var i = 0; i < 600; i++)
        {
            // Each tries now and then, with gaps that lose it the lease at times.
            if (random.Next(8) == 0)
            {
                await Try(a);
            }

            if (random.Next(8) == 0)
            {
                await Try(b);
            }

            Assert.That(a.IsLeader && b.IsLeader, Is.False, $"both lead at step {i}");
            led.UnionWith(a.IsLeader ? ["a"] : b.IsLeader ? ["b"] : []);
            ahead.Advance(2 * Second);
            behind.Advance(2 * Second);
        }

        Assert.That(led, Is.EquivalentTo(new[] { "a", "b" }), "each led at some time");
    }

    [Test]
    public async Task A_host_whose_server_hangs_stops_acting_in_time_and_the_next_one_takes_over_later()
    {
        await using var server = await FakeApiServer.StartAsync();
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        using var b = Create(server, "b", time);
        await Try(a);
        await Try(b);
        var ended = a.Ended;

        // Host a runs on without an answer, and without anything of it being called.
        time.Advance(20 * Second);
        var actsAfter20 = a.IsLeader;
        var endedAfter20 = ended.IsCancellationRequested;
        var takenAfter20 = await Try(b);
        time.Advance(10 * Second);
        var takenAfter30 = await Try(b);

        Assert.That((actsAfter20, endedAfter20), Is.EqualTo((false, true)));
        Assert.That((takenAfter20, takenAfter30), Is.EqualTo((false, true)));
        Assert.That((int?)server.Lease("planner")!["spec"]!["leaseTransitions"], Is.EqualTo(1));
    }

    [TestCase(500)]
    [TestCase(403)]
    [TestCase(429)]
    public async Task A_server_that_fails_ends_the_term_by_its_time_and_says_so_once(int status)
    {
        await using var server = await FakeApiServer.StartAsync();
        var time = new FakeTimeProvider();
        var logger = new FakeLogger<LeaderLease>();
        using var a = Create(server, "a", time, logger);
        await Try(a);
        server.Inject(new ApiFault { Path = "/leases/", Status = status });

        var leads = new List<bool>();
        for (var i = 0; i < 6; i++)
        {
            time.Advance(4 * Second);
            leads.Add(await Try(a));
        }

        Assert.That(leads, Is.EqualTo(new[] { true, true, true, true, false, false }));
        Assert.That(logger.Collector.GetSnapshot().Count(entry => entry.Id.Id == 203), Is.EqualTo(1));
        server.Heal();
        Assert.That((await Try(a), a.Term), Is.EqualTo((true, 2L)));
    }

    [Test]
    public async Task A_host_that_sees_another_one_hold_the_lease_stops_at_once()
    {
        await using var server = await FakeApiServer.StartAsync();
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        await Try(a);
        var ended = a.Ended;

        server.ChangeLease("planner", spec => spec["holderIdentity"] = "usurper");
        await Try(a);

        Assert.That((a.IsLeader, ended.IsCancellationRequested), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task Of_two_hosts_that_reach_for_a_free_lease_one_gets_it()
    {
        await using var server = await FakeApiServer.StartAsync();
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        using var b = Create(server, "b", time);

        var got = await Task.WhenAll(Try(a), Try(b));

        Assert.That(got.Count(leads => leads), Is.EqualTo(1));
    }

    [Test]
    public async Task A_conflict_on_renewal_is_no_renewal()
    {
        await using var server = await FakeApiServer.StartAsync();
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        await Try(a);
        time.Advance(15 * Second);
        server.Inject(new ApiFault { Method = "PUT", Status = 409, Times = 1 });
        await Try(a);

        time.Advance(6 * Second);

        Assert.That(a.IsLeader, Is.False);
    }

    [Test]
    public async Task A_lease_that_is_given_back_is_taken_at_once()
    {
        await using var server = await FakeApiServer.StartAsync();
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        using var b = Create(server, "b", time);
        await Try(a);
        await Try(b);

        await a.ReleaseAsync(CancellationToken.None);

        Assert.That(a.IsLeader, Is.False);
        Assert.That(await Try(b), Is.True);
    }

    [Test]
    public async Task Giving_back_leaves_anothers_lease_alone()
    {
        await using var server = await FakeApiServer.StartAsync();
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        using var b = Create(server, "b", time);
        await Try(a);

        await b.ReleaseAsync(CancellationToken.None);

        Assert.That((string?)server.Lease("planner")!["spec"]!["holderIdentity"], Is.EqualTo("a"));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(int.MaxValue)]
    public async Task A_duration_that_makes_no_sense_does_not_keep_hosts_out(int hostile)
    {
        await using var server = await FakeApiServer.StartAsync();
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        using var b = Create(server, "b", time);
        await Try(a);
        server.ChangeLease("planner", spec => spec["leaseDurationSeconds"] = hostile);
        await Try(b);

        time.Advance(30 * Second);

        Assert.That(await Try(b), Is.True);
    }

    [Test]
    public async Task A_holder_that_promised_longer_is_waited_for_as_long()
    {
        await using var server = await FakeApiServer.StartAsync();
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        using var b = Create(server, "b", time);
        await Try(a);
        server.ChangeLease("planner", spec => spec["leaseDurationSeconds"] = 60);
        await Try(b);
        time.Advance(59 * Second);
        var early = await Try(b);

        time.Advance(1 * Second);

        Assert.That((early, await Try(b)), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task A_renewal_counts_from_its_beginning()
    {
        await using var server = await FakeApiServer.StartAsync();
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        await Try(a);
        time.Advance(18 * Second);

        // The renewal arrives, and its answer does not: what this host knows is the earlier one.
        server.Inject(new ApiFault { Method = "PUT", ActsFirst = true, Status = 500, Times = 1 });
        await Try(a);
        time.Advance(2 * Second);

        Assert.That(a.IsLeader, Is.False);
    }

    [Test]
    public async Task A_guarded_fleet_fences_as_it_does_by_itself()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var a = Create(server, "a", new FakeTimeProvider());

        Assert.That(new LeaderGuard(Fleet(), a).FencesByRevision, Is.True);
    }

    [Test]
    public async Task Commands_are_refused_where_the_host_does_not_lead()
    {
        await using var server = await FakeApiServer.StartAsync();
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        var fleet = Fleet();
        var guard = new LeaderGuard(fleet, a);

        await Assert.ThatAsync(async () => await guard.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 1), CancellationToken.None), Throws.TypeOf<CommandRefusedException>());
        await Assert.ThatAsync(async () => await guard.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 2, 2), CancellationToken.None), Throws.TypeOf<CommandRefusedException>());
        await Assert.ThatAsync(async () => await guard.SetThresholdsAsync(new SetThresholdsCommand("f1", default, 3), CancellationToken.None), Throws.TypeOf<CommandRefusedException>());
        await Assert.ThatAsync(async () => await guard.ReadAsync(CancellationToken.None), Throws.Nothing);
        Assert.That(fleet.Commands, Is.Empty);

        await Try(a);
        await guard.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 4), CancellationToken.None);
        time.Advance(20 * Second);

        await Assert.ThatAsync(async () => await guard.SetCapAsync(new SetCapCommand(FleetRole.Decode, 450, 5), CancellationToken.None), Throws.TypeOf<CommandRefusedException>());
        Assert.That(fleet.Commands, Has.Length.EqualTo(1));
    }

    [Test]
    public async Task A_command_on_its_way_when_the_term_ends_is_uncertain()
    {
        await using var server = await KubernetesFixture.StartAsync();
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        await Try(a);
        using var actuator = KubernetesFixture.Create(server, leadership: a);
        var guard = new LeaderGuard(actuator, a);
        server.Inject(new ApiFault { Method = "PATCH" });

        var command = guard.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 1), CancellationToken.None).AsTask();
        while (!server.Writes.Any(request => request.StartsWith("PATCH", StringComparison.Ordinal)))
        {
            await Task.Yield();
        }

        time.Advance(20 * Second);

        await Assert.ThatAsync(() => command, Throws.TypeOf<LeadershipLostException>());
    }

    [Test]
    public async Task A_host_that_lost_its_lease_gives_new_pods_no_cap_and_forgets_it_for_its_next_term()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 1);
        var time = new FakeTimeProvider();
        using var a = Create(server, "a", time);
        await Try(a);
        using var actuator = KubernetesFixture.Create(server, leadership: a);
        await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 1), CancellationToken.None);
        var taken = server.Pods("decode")[0];
        server.AddPod("llm-decode-new", new Dictionary<string, string> { ["app"] = "llm", ["component"] = "decode" }, ready: true);

        time.Advance(20 * Second);
        await actuator.ReadAsync(CancellationToken.None);
        var whileOut = server.Annotation("llm-decode-new", FakeApiServer.CapAnnotation);

        // Whoever led meanwhile asked for another cap: that one counts from now on, not the one of the former term.
        server.Annotate(taken, FakeApiServer.CapAnnotation, "300");
        await Try(a);
        await actuator.ReadAsync(CancellationToken.None);

        Assert.That((a.IsLeader, whileOut, server.Annotation("llm-decode-new", FakeApiServer.CapAnnotation)), Is.EqualTo((true, (string?)null, "300")));
    }

    [Test]
    public async Task The_service_takes_the_lease_and_gives_it_back_when_it_stops()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var a = Create(server, "a", TimeProvider.System);
        await a.StartAsync(CancellationToken.None);
        while (!a.IsLeader)
        {
            await Task.Yield();
        }

        await a.StopAsync(CancellationToken.None);

        Assert.That(a.IsLeader, Is.False);
        Assert.That((string?)server.Lease("planner")!["spec"]!["holderIdentity"], Is.Empty);
    }

    [Test]
    public async Task Options_under_which_two_hosts_might_meet_are_refused()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var client = server.CreateClient();

        Assert.That(
            () => new LeaderLease(client, new LeaderLeaseOptions { ActSeconds = 28 }, "a", longestWriteSeconds: 5, TimeProvider.System, NullLogger<LeaderLease>.Instance),
            Throws.ArgumentException.With.Message.Contains("ActSeconds (28)").And.Message.Contains("DurationSeconds (30)"));
    }

    [Test]
    public async Task Each_process_has_a_name_of_its_own()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var a = Create(server, null, TimeProvider.System);
        using var b = Create(server, null, TimeProvider.System);

        Assert.That(a.Identity, Is.Not.EqualTo(b.Identity));
    }

    private static Task<bool> Try(LeaderLease lease) => lease.TryOnceAsync(CancellationToken.None);

    private static LeaderLease Create(FakeApiServer server, string? identity, TimeProvider time, FakeLogger<LeaderLease>? logger = null) =>
        new(server.CreateClient(), new LeaderLeaseOptions { Namespace = FakeApiServer.Namespace, Name = "planner" }, identity, longestWriteSeconds: 5, time, logger ?? new FakeLogger<LeaderLease>());

    private static InMemoryFleet Fleet() => new(new InMemoryFleetSetup { Decode = new InMemoryRole { Replicas = 1, CapWatts = 700 } });
}
