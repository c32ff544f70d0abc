using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using PlannerHost.Frontends;
using PowerPlanner.Admission;
using PowerPlanner.Control;

namespace PlannerHost.Tests.Frontends;

[TestFixture]
internal sealed class FrontendAdapterTests
{
    private static readonly AdmissionThresholds Thresholds = new(0.5, 0.75, 4096);

    [Test]
    public async Task A_frontend_acknowledges_what_it_lists()
    {
        await using var frontend = await FakeFrontend.StartAsync();
        using var adapter = Adapter(("a", frontend.Address));

        var answer = await SetAsync(adapter, "a", Thresholds, generation: 7);

        Assert.That(answer, Is.EqualTo(new FrontendState { Name = "a", AcknowledgedGeneration = 7, Thresholds = Thresholds }));
        Assert.That(await adapter.ReadAsync(CancellationToken.None), Is.EqualTo(new[] { answer }));
    }

    [Test]
    public async Task A_threshold_that_is_not_sent_stays()
    {
        await using var frontend = await FakeFrontend.StartAsync();
        using var adapter = Adapter(("a", frontend.Address));
        await SetAsync(adapter, "a", Thresholds, generation: 1);

        var answer = await SetAsync(adapter, "a", new AdmissionThresholds(0.6, 0.8, null), generation: 2);

        Assert.That(answer, Is.EqualTo(new FrontendState { Name = "a", AcknowledgedGeneration = 2, Thresholds = new AdmissionThresholds(0.6, 0.8, 4096) }));
    }

    [Test]
    public async Task A_frontend_that_restarted_has_acknowledged_nothing()
    {
        await using var frontend = await FakeFrontend.StartAsync();
        using var adapter = Adapter(("a", frontend.Address));
        await SetAsync(adapter, "a", Thresholds, generation: 3);

        await frontend.RestartAsync();

        Assert.That((await adapter.ReadAsync(CancellationToken.None)).Single(), Is.EqualTo(new FrontendState { Name = "a" }));
    }

    [Test]
    [Property("Rule", "LIB-10.3-a")]
    public async Task A_frontend_that_accepts_and_forgets_does_not_acknowledge()
    {
        await using var frontend = await FakeFrontend.StartAsync();
        frontend.IsDeaf = true;
        using var adapter = Adapter(("a", frontend.Address));

        Assert.That((await SetAsync(adapter, "a", Thresholds, generation: 3)).AcknowledgedGeneration, Is.Zero);
    }

    [TestCase(404, "does not know the model 'llama' yet")]
    [TestCase(503, "too busy")]
    [TestCase(529, "too busy")]
    [TestCase(422, "rejects")]
    [TestCase(400, "rejects")]
    public async Task What_a_frontend_refuses_has_changed_nothing(int status, string reason)
    {
        await using var frontend = await FakeFrontend.StartAsync();
        frontend.WriteStatus = status;
        using var adapter = Adapter(("a", frontend.Address));

        Assert.That(async () => await SetAsync(adapter, "a", Thresholds, generation: 1), Throws.TypeOf<CommandRefusedException>().With.Message.Contains(reason));
        Assert.That(frontend.Entry, Is.Null);
    }

    [Test]
    public async Task An_error_inside_a_frontend_may_have_changed_something()
    {
        await using var frontend = await FakeFrontend.StartAsync();
        frontend.WriteStatus = 500;
        using var adapter = Adapter(("a", frontend.Address));

        Assert.That(async () => await SetAsync(adapter, "a", Thresholds, generation: 1), Throws.TypeOf<FrontendException>());
    }

    [Test]
    public async Task Nobody_listening_is_a_refusal_and_the_others_are_written()
    {
        await using var frontend = await FakeFrontend.StartAsync();
        using var adapter = Adapter(("a", await Loopback.DeadAsync()), ("b", frontend.Address), ("c", null));

        Assert.That(async () => await SetAsync(adapter, "a", Thresholds, generation: 1), Throws.TypeOf<CommandRefusedException>());
        Assert.That((await SetAsync(adapter, "b", Thresholds, generation: 1)).AcknowledgedGeneration, Is.EqualTo(1));
        Assert.That(async () => await SetAsync(adapter, "c", Thresholds, generation: 1), Throws.TypeOf<CommandRefusedException>().With.Message.Contains("no address"));
        Assert.That(async () => await SetAsync(adapter, "no-such-frontend", Thresholds, generation: 1), Throws.TypeOf<CommandRefusedException>());
        Assert.That((await adapter.ReadAsync(CancellationToken.None)).Select(state => state.AcknowledgedGeneration), Is.EqualTo(new[] { 0, 1, 0 }));
    }

    [Test]
    public async Task Slow_frontends_are_written_at_the_same_time()
    {
        await using var first = await FakeFrontend.StartAsync();
        await using var second = await FakeFrontend.StartAsync();
        var hold = new TaskCompletionSource();
        (first.Hold, second.Hold) = (hold.Task, hold.Task);
        using var adapter = Adapter(answerWithinSeconds: 0.05, ("a", first.Address), ("b", second.Address));

        var answers = new[] { await SetAsync(adapter, "a", Thresholds, generation: 1), await SetAsync(adapter, "b", Thresholds, generation: 1) };
        hold.SetResult();
        while ((await adapter.ReadAsync(CancellationToken.None)).Any(state => state.AcknowledgedGeneration == 0))
        {
            await Task.Yield();
        }

        Assert.That(answers.Select(answer => answer.AcknowledgedGeneration), Is.All.Zero, "not yet");
        Assert.That((first.Writes, second.Writes), Is.EqualTo((1, 1)), "both writes went on after their commands were answered");
    }

    [Test]
    [Property("Rule", "LIB-10.4-a")]
    public async Task A_write_that_is_to_wait_goes_out_at_its_instant_and_holds_nothing_up()
    {
        await using var frontend = await FakeFrontend.StartAsync();
        var time = new FakeTimeProvider();
        using var adapter = new FrontendAdapter(
            new FrontendOptions { Model = "llama", AnswerWithinSeconds = 0 },
            new Listed { Endpoints = [new FrontendEndpoint("a", frontend.Address)] },
            time,
            new FakeLogger<FrontendAdapter>());

        var answer = await adapter.SetThresholdsAsync(new SetThresholdsCommand("a", Thresholds, 1) { Delay = TimeSpan.FromSeconds(3) }, CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(2.9));
        await adapter.ReadAsync(CancellationToken.None);
        Assert.That((answer.AcknowledgedGeneration, frontend.Writes), Is.EqualTo((0L, 0)), "not yet");

        time.Advance(TimeSpan.FromSeconds(0.1));
        FrontendState state;
        do
        {
            state = (await adapter.ReadAsync(CancellationToken.None)).Single();
        }
        while (state.AcknowledgedGeneration == 0);

        Assert.That((state.AcknowledgedGeneration, frontend.Writes), Is.EqualTo((1L, 1)));
    }

    [Test]
    public async Task A_newer_command_ends_an_older_one_that_hangs()
    {
        await using var frontend = await FakeFrontend.StartAsync();
        frontend.Hold = new TaskCompletionSource().Task;
        using var adapter = Adapter(answerWithinSeconds: 0.05, ("a", frontend.Address));
        await SetAsync(adapter, "a", Thresholds, generation: 1);
        frontend.Hold = Task.CompletedTask;

        var next = new AdmissionThresholds(0.25, 0.5, 1024);
        await SetAsync(adapter, "a", next, generation: 2);
        FrontendState state;
        do
        {
            state = (await adapter.ReadAsync(CancellationToken.None)).Single();
        }
        while (state.AcknowledgedGeneration == 0);

        Assert.That(state, Is.EqualTo(new FrontendState { Name = "a", AcknowledgedGeneration = 2, Thresholds = next }));
    }

    [Test]
    public async Task A_hung_frontend_costs_its_time_limit_once_and_a_second_from_then_on()
    {
        await using var frontend = await FakeFrontend.StartAsync();
        frontend.Hold = new TaskCompletionSource().Task;
        var time = new FakeTimeProvider();
        using var adapter = new FrontendAdapter(new FrontendOptions { Model = "llama", TimeoutSeconds = 5 }, new Listed { Endpoints = [new FrontendEndpoint("a", frontend.Address)] }, time, new FakeLogger<FrontendAdapter>());
        var first = adapter.ReadAsync(CancellationToken.None).AsTask();
        time.Advance(TimeSpan.FromSeconds(4.9));
        var isEarly = first.IsCompleted;
        time.Advance(TimeSpan.FromSeconds(0.1));
        await first;

        var second = adapter.ReadAsync(CancellationToken.None).AsTask();
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.That((await second).Single(), Is.EqualTo(new FrontendState { Name = "a" }));
        Assert.That(isEarly, Is.False);
    }

    [Test]
    public async Task A_directory_that_fails_leaves_the_last_list()
    {
        await using var frontend = await FakeFrontend.StartAsync();
        var directory = new Listed { Endpoints = [new FrontendEndpoint("a", frontend.Address)] };
        using var adapter = new FrontendAdapter(new FrontendOptions { Model = "llama" }, directory, TimeProvider.System, new FakeLogger<FrontendAdapter>());
        await adapter.ReadAsync(CancellationToken.None);

        directory.Endpoints = null;

        Assert.That((await adapter.ReadAsync(CancellationToken.None)).Select(state => state.Name), Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public async Task A_cancelled_call_writes_nothing()
    {
        await using var frontend = await FakeFrontend.StartAsync();
        using var adapter = Adapter(("a", frontend.Address));

        Assert.That(async () => await adapter.SetThresholdsAsync(new SetThresholdsCommand("a", Thresholds, 1), new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(frontend.Writes, Is.Zero);
    }

    [TestCase("nonsense")]
    [TestCase("3")]
    [TestCase("{}")]
    [TestCase("""[{"model":"llama","active_decode_blocks_threshold":"high"}]""")]
    [TestCase("""[{"model":"llama","active_decode_blocks_threshold":"NaN","active_prefill_tokens_threshold_frac":0.5}]""")]
    [TestCase("""[{"model":"llama","active_decode_blocks_threshold":NaN,"active_prefill_tokens_threshold_frac":0.5}]""")]
    [TestCase("""[{"model":"llama","active_decode_blocks_threshold":-0.5,"active_prefill_tokens_threshold_frac":0.5}]""")]
    [TestCase("""[{"model":"llama","active_decode_blocks_threshold":1.5,"active_prefill_tokens_threshold_frac":0.5}]""")]
    [TestCase("""[{"model":"llama","active_decode_blocks_threshold":0.5,"active_prefill_tokens_threshold_frac":1e999}]""")]
    [TestCase("""[{"model":"llama","active_decode_blocks_threshold":0.5,"active_prefill_tokens_threshold_frac":0.5,"active_prefill_tokens_threshold":-1}]""")]
    [TestCase("""[{"model":"llama","active_decode_blocks_threshold":0.5,"active_prefill_tokens_threshold_frac":0.5,"active_prefill_tokens_threshold":99999999999999999999}]""")]
    [TestCase("""[{"model":"llama","active_decode_blocks_threshold":0.5,"active_prefill_tokens_threshold_frac":0.5},{"model":"llama","active_decode_blocks_threshold":0.6,"active_prefill_tokens_threshold_frac":0.5}]""", Description = "twice, and not the same")]
    [TestCase("""[{"model":"\ud800","active_decode_blocks_threshold":0.5,"active_prefill_tokens_threshold_frac":0.5}]""", Description = "half a surrogate pair")]
    [TestCase("""[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]""", Description = "deeper than any list")]
    public async Task A_list_that_is_not_understood_acknowledges_nothing(string list)
    {
        await using var server = await Loopback.StartAsync(async context => await context.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(list)));
        using var adapter = Adapter(("a", server.Address));

        Assert.That((await adapter.ReadAsync(CancellationToken.None)).Single(), Is.EqualTo(new FrontendState { Name = "a" }));
    }

    [TestCase("GET")]
    [TestCase("POST")]
    public async Task An_answer_without_end_is_given_up(string method)
    {
        await using var server = await Loopback.StartAsync(async context =>
        {
            var block = new byte[64 * 1024];
            while (context.Request.Method == method)
            {
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
        });
        using var adapter = Adapter(("a", server.Address));
        await adapter.ReadAsync(CancellationToken.None);

        // What the frontend did with the write is not known, as it never said.
        Assert.That(async () => await SetAsync(adapter, "a", Thresholds, generation: 1), Throws.TypeOf<FrontendException>());
    }

    private static async Task<FrontendState> SetAsync(FrontendAdapter adapter, string name, AdmissionThresholds thresholds, long generation) =>
        await adapter.SetThresholdsAsync(new SetThresholdsCommand(name, thresholds, generation), CancellationToken.None);

    private static FrontendAdapter Adapter(params (string Name, Uri? Address)[] frontends) => Adapter(answerWithinSeconds: 60, frontends);

    private static FrontendAdapter Adapter(double answerWithinSeconds, params (string Name, Uri? Address)[] frontends) => new(
        new FrontendOptions { Model = "llama", TimeoutSeconds = 60, AnswerWithinSeconds = answerWithinSeconds },
        new Listed { Endpoints = [.. frontends.Select(frontend => new FrontendEndpoint(frontend.Name, frontend.Address))] },
        TimeProvider.System,
        new FakeLogger<FrontendAdapter>());

    private sealed class Listed : IFrontendDirectory
    {
        public FrontendEndpoint[]? Endpoints { get; set; }

        public ValueTask<IReadOnlyList<FrontendEndpoint>> ListAsync(CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<FrontendEndpoint>>(Endpoints ?? throw new InvalidOperationException("The directory is down."));
    }
}
