using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Tests.Diagnostics;

internal sealed class GuardedLoggerTests
{
    [Test]
    public void A_message_passes()
    {
        var inner = new FakeLogger();

        GuardedLogger.Around(inner).StateChanged("east", "Cold", "Watching");

        Assert.That(inner.LatestRecord.Message, Is.EqualTo("east: Cold → Watching"));
    }

    [Test]
    public void A_sink_that_throws_does_not_reach_the_loop() =>
        Assert.That(
            () =>
            {
                var logger = GuardedLogger.Around(new ThrowingLogger());
                logger.BeginScope("scope");
                logger.StateChanged("east", "Cold", "Watching");
                logger.CoefficientPegged("east", "ttft", 2);
            },
            Throws.Nothing);

    [Test]
    public void No_logger_is_a_logger_that_says_nothing() => Assert.That(GuardedLogger.Around(null).IsEnabled(LogLevel.Critical), Is.False);

    private sealed class ThrowingLogger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throw new IOException("disk full");

        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Information ? true : throw new IOException("disk full");

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new IOException("disk full");
    }
}
