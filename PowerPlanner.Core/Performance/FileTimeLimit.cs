namespace PowerPlanner.Performance;

/// <summary>Ends the reading of a file that takes too long: on a network drive that has stopped to answer, a read may never return.</summary>
/// <remarks>
/// Opening such a file blocks as well, and so does opening a pipe that nobody writes to; hence the read begins on a thread of the pool, not on the caller's.
/// Reading goes on in the background, where nobody waits for it, if it does not heed the token. What cannot be ended is a computation: that
/// a damaged file leads to no endless one is the part of each reader.
/// </remarks>
internal sealed class FileTimeLimit(TimeProvider time, TimeSpan limit)
{
    /// <summary>AIC's largest file takes 0.1 s from a cold disk; a file that takes 300 times as long does not arrive.</summary>
    public static FileTimeLimit Default { get; } = new(TimeProvider.System, TimeSpan.FromSeconds(30));

    /// <summary>Runs a read.</summary>
    /// <exception cref="PerformanceFileException">The limit has passed.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async ValueTask<T> RunAsync<T>(string path, Func<CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var expired = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, cancellationToken);
        try
        {
            return await ReadAside(read, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (expired.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new PerformanceFileException(
                path, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"was not read within {limit.TotalSeconds} s."), e);
        }
    }

    private static async Task<T> ReadAside<T>(Func<CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return await read(cancellationToken).ConfigureAwait(false);
    }
}
