using System.Collections.Immutable;
using PowerPlanner.Control;
using PowerPlanner.Planning;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>
/// Runs scenarios: a real controller on a simulated fleet under a simulated clock. A run is a pure function of scenario and seed, waits for
/// nothing and uses no thread of its own unless a model is made to hang.
/// </summary>
public static class ScenarioRunner
{
    private static readonly TimeSpan TickLength = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollOfHangingModel = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan RestOfLetGoSweep = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs a scenario and checks its assertions and the invariants of every run.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="seed">Seed of its noise.</param>
    /// <param name="between">Puts something between the controller and its fleet, such as a fault of one's own; null = nothing.</param>
    /// <param name="journal">Records what the controller's decisions are made of; null = nothing.</param>
    /// <param name="cancellationToken">Stops between two ticks.</param>
    public static async Task<ScenarioRun> RunAsync(Scenario scenario, ulong seed = 42, Func<IActuator, IActuator>? between = null, IDecisionJournal? journal = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentOutOfRangeException.ThrowIfLessThan(scenario.Ticks, 1, nameof(scenario));
        var time = new SimulatedTime();
        var truth = scenario.Base.Model();
        using var model = new FaultyPerformanceModel(truth);
        var problem = scenario.Base.Problem(model);
        var fleet = new SimulatedFleet(FleetSetup(scenario, seed), time);
        var watch = new InvariantWatch(scenario);
        var logger = new RecordingLogger();
        var services = new ControllerServices { Name = scenario.Name, TimeProvider = time, Logger = logger, Journal = journal };
        IActuator actuator = new WatchedActuator(fleet, watch);
        using var controller = new PowerPlannerController(problem, scenario.EffectiveOptions, fleet, between?.Invoke(actuator) ?? actuator, services);
        var budget = problem.Limits.BudgetWatts;

        Dispatch(0);
        fleet.ApplyFaults(0);
        watch.BeginTick(-1, budget);
        var start = await TakeAsync(-1, () => controller.StartAsync(cancellationToken)).ConfigureAwait(false);
        var ticks = ImmutableArray.CreateBuilder<ScenarioTick>(scenario.Ticks);
        for (var tick = 0; tick < scenario.Ticks; tick++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            time.AdvanceTo(TickLength * tick);
            logger.Tick = tick;
            if (tick > 0)
            {
                var wasHanging = model.IsHanging;
                Dispatch(tick);
                await LetGoAsync(wasHanging, model, cancellationToken).ConfigureAwait(false);
            }

            watch.BeginTick(tick, budget);
            fleet.Step(tick);
            var times = scenario.Events.OfType<TickCount>().FirstOrDefault(count => count.AtTick == tick)?.Ticks ?? 1;
            var taken = await TakeAsync(tick, async () =>
            {
                var status = controller.Status;
                for (var i = 0; i < times; i++)
                {
                    status = await controller.TickAsync(cancellationToken).ConfigureAwait(false);
                }

                return times > 0 ? status : status with { Swept = false, Commands = [] };
            }).ConfigureAwait(false);
            watch.CheckTick(taken);
            ticks.Add(taken);
        }

        watch.CheckRun(scenario.Ticks);
        var run = new ScenarioRun { Scenario = scenario, Seed = seed, Start = start, Ticks = ticks.MoveToImmutable(), Log = [.. logger.Entries] };
        return run with { Violations = [.. watch.Violations, .. Failures(run)] };

        void Dispatch(int tick)
        {
            foreach (var happening in scenario.Events)
            {
                switch (happening)
                {
                    case ModelFailure failure when failure.HoldsAt(tick):
                        model.Fail(failure.Mode);
                        break;
                    case ModelFailure failure when tick == failure.LastTick:
                        model.Fail(null);
                        break;
                    case BudgetChange change when change.AtTick == tick:
                        budget = change.Watts;
                        controller.UpdateBudget(budget);
                        break;
                    case ModelRevision revision when revision.AtTick == tick:
                        problem = (scenario.Base with { PrefillWatts = revision.PrefillWatts, DecodeWatts = revision.DecodeWatts }) is var revised
                            ? revised.Problem(revised.Model()) with { Limits = problem.Limits with { BudgetWatts = budget } }
                            : problem;
                        controller.UpdateProblem(problem);
                        break;
                    case ClockJump jump when jump.AtTick == tick:
                        time.SetWallClock(time.GetUtcNow() + jump.By);
                        break;
                    default:
                        // The fleet's own business.
                        break;
                }
            }
        }

        async Task<ScenarioTick> TakeAsync(int tick, Func<ValueTask<ControllerStatus>> act)
        {
            var before = fleet.Machine.State;
            fleet.Machine.ClearCommands();
            fleet.Machine.ResetPeak();
            var status = model.Mode == ModelFailureMode.Hangs
                ? await FireTimersWhileHangingAsync(act, model, time, cancellationToken).ConfigureAwait(false)
                : await act().ConfigureAwait(false);
            return new ScenarioTick
            {
                Tick = tick,
                Status = status,
                Before = before,
                After = fleet.Machine.State,
                Truth = fleet.Truth,
                Observation = fleet.Observation,
                Commands = fleet.Machine.Commands,
                ChargedWatts = fleet.Machine.ChargedWatts,
                PeakChargedWatts = fleet.Machine.PeakWatts,
                DirectionFlips = watch.DirectionFlips,
            };
        }
    }

    /// <summary>
    /// Runs a scenario again with a journal and saves it (<see cref="MemoryDecisionJournal.Save"/>): for runs that failed, since a run is the same each time and
    /// a journal costs several times what a tick does.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="between">What stood between the controller and its fleet.</param>
    /// <param name="cancellationToken">Stops between two ticks.</param>
    /// <returns>The file, for <c>powerplanner replay --journal</c>.</returns>
    public static async Task<string> RecordAsync(ScenarioRun run, Func<IActuator, IActuator>? between = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        var journal = new MemoryDecisionJournal();
        await RunAsync(run.Scenario, run.Seed, between, journal, cancellationToken).ConfigureAwait(false);
        return journal.Save(FormattableString.Invariant($"{run.Scenario.Name}-{run.Seed}"));
    }

    /// <summary>What a scenario's fleet consists of when its controller starts.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="seed">Seed of its noise.</param>
    public static SimulatedFleetSetup FleetSetup(Scenario scenario, ulong seed = 42)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        var profile = scenario.Base;
        var problem = profile.Problem(profile.Model());
        var plan = Planner.Plan(problem).Plan;
        var batch = plan?.DecodeBatch ?? (int)Math.Max(1, profile.KvTokens / (profile.Isl + profile.Osl));
        var atPlan = scenario.StartsAtPlan ? plan : null;
        var counts = scenario.InitialReplicas ?? (atPlan is null ? (1, profile.DecodeGpus) : (atPlan.PrefillReplicas, atPlan.DecodeReplicas));
        return new SimulatedFleetSetup
        {
            Physics = scenario.Physics,
            Engines = EngineConstants.Of(problem, profile.Isl, profile.Osl, batch) with { DecodePowerFloorWatts = profile.DecodePowerFloorWatts },
            Prefill = Role(counts.Item1, profile.PrefillGpus, atPlan?.PrefillCapWatts ?? profile.PrefillCapWatts),
            Decode = Role(counts.Item2, profile.FleetDecodeGpus ?? profile.DecodeGpus, atPlan?.DecodeCapWatts ?? profile.DecodeCapWatts),
            Isl = profile.Isl,
            Osl = profile.Osl,
            Load = scenario.Load ?? LoadProfile.Constant(profile.TokensPerSecond),
            Events = scenario.Events,
            Noise = scenario.Noise,
            Seed = seed,
            Tick = TickLength,
        };

        InMemoryRole Role(int replicas, int gpus, int capWatts) => new()
        {
            Replicas = replicas,
            GpusPerReplica = gpus,
            CapWatts = capWatts,
            CapLimits = profile.CapLimits,
            StartDelay = scenario.EffectiveWarmup,
            DrainDelay = scenario.EffectiveDrain,
        };
    }

    private static IEnumerable<string> Failures(ScenarioRun run)
    {
        foreach (var assertion in run.Scenario.Assertions)
        {
            if (assertion.Check(run) is { } failure)
            {
                yield return $"{assertion.Text}; {failure}";
            }
        }
    }

    // A sweep that was given up still holds its thread. What it does once it is let go is real time, of which a tick takes next to none.
    private static async Task LetGoAsync(bool wasHanging, FaultyPerformanceModel model, CancellationToken cancellationToken)
    {
        if (wasHanging && model.Mode != ModelFailureMode.Hangs)
        {
            await Task.Delay(RestOfLetGoSweep, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    // A model that hangs holds a thread; the clock is moved to the controller's own time limit as soon as it does.
    private static async Task<ControllerStatus> FireTimersWhileHangingAsync(
        Func<ValueTask<ControllerStatus>> act,
        FaultyPerformanceModel model,
        SimulatedTime time,
        CancellationToken cancellationToken)
    {
        var task = Task.Run(() => act().AsTask(), cancellationToken);
        while (!task.IsCompleted)
        {
            if (model.IsHanging)
            {
                time.FireNextTimer();
            }

            await Task.WhenAny(task, Task.Delay(PollOfHangingModel, TimeProvider.System, cancellationToken)).ConfigureAwait(false);
        }

        return await task.ConfigureAwait(false);
    }
}
