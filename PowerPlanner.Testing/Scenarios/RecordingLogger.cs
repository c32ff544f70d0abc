using Microsoft.Extensions.Logging;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>Keeps what a controller logs, with the tick at which it did.</summary>
internal sealed class RecordingLogger : ILogger
{
    private readonly Lock _lock = new();
    private readonly List<ScenarioLogEntry> _entries = [];

    public int Tick { get; set; } = -1;

    public IEnumerable<ScenarioLogEntry> Entries => _entries;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (IsEnabled(logLevel))
        {
            lock (_lock)
            {
                _entries.Add(new ScenarioLogEntry(Tick, logLevel, eventId.Name, formatter(state, exception)));
            }
        }
    }
}
