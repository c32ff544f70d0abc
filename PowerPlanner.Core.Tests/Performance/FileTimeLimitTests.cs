using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Performance;

internal sealed class FileTimeLimitTests
{
    private static readonly FileTimeLimit Short = new(TimeProvider.System, TimeSpan.FromMilliseconds(1));

    [Test]
    public void A_read_that_never_ends_is_given_up_and_names_the_file() =>
        Assert.That(
            async () => await Short.RunAsync<int>("slow.parquet", static _ => new ValueTask<int>(new TaskCompletionSource<int>().Task), CancellationToken.None),
            Throws.TypeOf<PerformanceFileException>().With.Message.EqualTo("slow.parquet: was not read within 0.001 s."));

    [Test]
    public void A_read_that_blocks_before_its_first_await_is_given_up_too()
    {
        using var never = new ManualResetEventSlim();

        Assert.That(
            async () => await Short.RunAsync(
                "pipe.yaml",
                _ =>
                {
                    never.Wait(CancellationToken.None);
                    return new ValueTask<int>(0);
                },
                CancellationToken.None),
            Throws.TypeOf<PerformanceFileException>());
        never.Set();
    }

    [Test]
    public void A_read_that_heeds_its_token_is_told_the_same() =>
        Assert.That(
            async () => await Short.RunAsync(
                "slow.parquet",
                static async token =>
                {
                    await new TaskCompletionSource<int>().Task.WaitAsync(token);
                    return 0;
                },
                CancellationToken.None),
            Throws.TypeOf<PerformanceFileException>());

    [Test]
    public void A_caller_that_gives_up_gets_a_cancellation_and_no_file_exception()
    {
        using var caller = new CancellationTokenSource();

        var reading = FileTimeLimit.Default.RunAsync("slow.parquet", static _ => new ValueTask<int>(new TaskCompletionSource<int>().Task), caller.Token).AsTask();
        caller.Cancel();

        Assert.That(async () => await reading, Throws.InstanceOf<OperationCanceledException>());
    }
}
