using PowerPlanner.Planning;

namespace PowerPlanner.Control.Sweeps;

/// <summary>
/// Asks the models on a thread of their own, so that one that hangs costs a timeout and not the loop. A model that cannot be stopped
/// keeps its thread, which is none of the pool's; no second one is given to it before it comes back.
/// </summary>
internal sealed class SweepRunner(TimeProvider time, TimeSpan timeout)
{
    private Task? _hanging;

    /// <summary>Whether a model still has not come back from a sweep that was given up.</summary>
    public bool IsHanging => _hanging is { IsCompleted: false };

    /// <summary>Asks the models of a problem everything that planning needs, and the planner what is best.</summary>
    /// <param name="problem">The problem; its limits and corrections are those of the question.</param>
    /// <param name="question">What to ask.</param>
    /// <param name="cancellationToken">Gives the sweep up.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<SweepAnswer> RunAsync(PlanningProblem problem, SweepQuestion question, CancellationToken cancellationToken)
    {
        if (IsHanging)
        {
            return new SweepAnswer { Failure = "The performance model has not come back from the last sweep." };
        }

        var started = time.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var token = stop.Token;
        var asked = problem with { Limits = question.Limits, Corrections = question.Corrections.Values };
        var sweep = Task.Factory.StartNew(
            () => SweepAnswer.From(Planner.Prepare(asked, token), question, Nameplate(asked)),
            token,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default);
        try
        {
            var answer = await sweep.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
            return answer with { Elapsed = time.GetElapsedTime(started) };
        }
        catch (TimeoutException)
        {
            await AbandonAsync(sweep, stop).ConfigureAwait(false);
            return new SweepAnswer { Failure = FormattableString.Invariant($"The performance model took longer than {timeout.TotalSeconds} s."), Elapsed = time.GetElapsedTime(started) };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await AbandonAsync(sweep, stop).ConfigureAwait(false);
            throw;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Prepare turns what models throw into an answer; what still comes out is a model that cancels by itself, or a defect.
            return new SweepAnswer { Failure = $"The sweep failed with {failure.GetType().Name}: {failure.Message}", Elapsed = time.GetElapsedTime(started) };
        }
    }

    private async ValueTask AbandonAsync(Task sweep, CancellationTokenSource stop)
    {
        await stop.CancelAsync().ConfigureAwait(false);
        _hanging = sweep;

        // Nobody awaits it any more; its failure is old news.
        _ = sweep.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static double? Nameplate(PlanningProblem problem)
    {
        if (problem.NameplateWatts is { } watts)
        {
            return watts;
        }

        try
        {
            return (problem.DecodeEngine ?? problem.AggregatedEngine)!.Model.NameplateWatts;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // The sweep itself asks too and says what is wrong.
            return null;
        }
    }
}
