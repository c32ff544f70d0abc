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

    /// <summary>Asks the models of a problem everything that planning needs.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="cancellationToken">Gives the sweep up.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<SweepOutcome> RunAsync(PlanningProblem problem, CancellationToken cancellationToken)
    {
        if (IsHanging)
        {
            return new SweepOutcome("The performance model has not come back from the last sweep.");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var token = stop.Token;
        var sweep = Task.Factory.StartNew(
            () => new SweepOutcome(Planner.Prepare(problem, token), Nameplate(problem)),
            token,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default);
        try
        {
            return await sweep.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await AbandonAsync(sweep, stop).ConfigureAwait(false);
            return new SweepOutcome(FormattableString.Invariant($"The performance model took longer than {timeout.TotalSeconds} s."));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await AbandonAsync(sweep, stop).ConfigureAwait(false);
            throw;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Prepare turns what models throw into an answer; what still comes out is a model that cancels by itself, or a defect.
            return new SweepOutcome($"The sweep failed with {failure.GetType().Name}: {failure.Message}");
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
