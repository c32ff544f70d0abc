using Microsoft.Extensions.Time.Testing;
using PowerPlanner.Control;
using PowerPlanner.Planning;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Tests.Control.Chaos;

namespace PowerPlanner.Tests.Control.Journals;

/// <summary>A controller's life of many ticks with faults, cancelled ticks, restarts, new budgets, problems and models, all from one seed, into one journal.</summary>
#pragma warning disable CA1001 // Both are disposed where the life ends.
internal sealed class JournalledLife : IMetricsSource, IActuator
#pragma warning restore CA1001
{
    private static readonly ChaosModel.Mood[] Moods =
    [
        ChaosModel.Mood.Fine, ChaosModel.Mood.Fine, ChaosModel.Mood.Fine, ChaosModel.Mood.Throws, ChaosModel.Mood.NoData,
        ChaosModel.Mood.NotFinite, ChaosModel.Mood.Negative, ChaosModel.Mood.NoPower, ChaosModel.Mood.AbsurdPower,
    ];

    private readonly FakeTimeProvider _time = new();
    private readonly Random _random;
    private readonly ChaosCase _case;
    private readonly InMemoryFleet _fleet;
    private readonly IDecisionJournal? _journal;
    private PlanningProblem _problem;
    private CancellationTokenSource _tick = new();
    private PowerPlannerController? _controller;
    private Task _hanging = Task.CompletedTask;
    private int _calls;
    private int _cancelAt = -1;
    private bool _isCancelledAfter;

    private JournalledLife(int seed, IDecisionJournal? journal)
    {
        _random = new Random(seed);
        _case = ChaosCase.Of(seed);
        _problem = _case.Problem;
        _fleet = new InMemoryFleet(_case.Fleet, _time);
        _journal = journal;
    }

    bool IActuator.FencesByRevision => _case.Seed % 2 == 0;

    /// <summary>Lives, and ends with the status of its last tick.</summary>
    public static async Task<ControllerStatus> RunAsync(int seed, int ticks, IDecisionJournal? journal)
    {
        var life = new JournalledLife(seed, journal);
        return await life.RunAsync(ticks);
    }

    public ValueTask<Observation?> ObserveAsync(CancellationToken cancellationToken) => Call(() => _fleet.ObserveAsync(cancellationToken));

    public ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken) => Call(() => _fleet.ReadAsync(cancellationToken));

    public ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken) => Call(() => _fleet.SetCapAsync(command, cancellationToken));

    public ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken) => Call(() => _fleet.SetReplicasAsync(command, cancellationToken));

    public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) =>
        Call(() => _fleet.SetThresholdsAsync(command, cancellationToken));

    private async Task<ControllerStatus> RunAsync(int ticks)
    {
        var controller = Create();
        try
        {
            await ActAsync(token => controller.StartAsync(token));
            for (var i = 0; i < ticks; i++)
            {
                Befall(controller);
                if (_random.Next(25) == 0)
                {
                    var snapshot = controller.CreateSnapshot();
                    controller.Dispose();
                    _time.Advance(TimeSpan.FromSeconds(_random.Next(300)));
                    controller = Create();
                    if (_random.Next(6) > 0)
                    {
                        controller.Restore(_random.Next(2) == 0 ? snapshot : ControllerSnapshot.FromJson(snapshot.ToJson()));
                    }

                    await ActAsync(token => controller.StartAsync(token));
                }

                _time.Advance(TimeSpan.FromSeconds(_random.Next(10) == 0 ? _random.Next(1200) : 60));
                _fleet.SetObservation(ChaosObservation.Of(_random.Next()));
                await ActAsync(token => controller.Status.State == ControllerState.Cold ? controller.StartAsync(token) : _random.Next(20) == 0 ? controller.ReplanAsync(token) : controller.TickAsync(token));
            }

            return controller.Status;
        }
        finally
        {
            controller.Dispose();
            _tick.Dispose();
        }
    }

    private PowerPlannerController Create() => _controller =
        new PowerPlannerController(_problem, _case.Options, this, this, new ControllerServices { Name = $"life {_case.Seed}", TimeProvider = _time, Journal = _journal });

    private void Befall(PowerPlannerController controller)
    {
        FleetRole[] roles = _problem.Mode == DeploymentMode.Aggregated ? [FleetRole.Aggregated] : [FleetRole.Prefill, FleetRole.Decode];
        var role = roles[_random.Next(roles.Length)];
        switch (_random.Next(24))
        {
            case 0:
                controller.UpdateBudget(_random.Next(8) == 0 ? null : _random.Next(500, 8000));
                break;
            case 1:
                _problem = _problem with { Isl = _random.Next(500, 3000), TtftTargetMs = _random.Next(30, 300) + 0.5, MinDecodeReplicas = _random.Next(1, 3) };
                controller.UpdateProblem(_problem);
                break;
            case 2:
                _case.Model.Be(Moods[_random.Next(Moods.Length)]);
                break;
            case 3:
                _case.Model.PrefillMs = _random.Next(20, 120);
                _case.Model.PrefillWatts = _random.Next(200, 600);
                break;
            case 4:
                controller.Reset();
                break;
            case 5 or 6 or 7:
                _fleet.Inject(new FleetFault { Kind = (FleetFaultKind)_random.Next(6), Target = (FleetFaultTarget)_random.Next(6), Count = _random.Next(1, 4), Delay = _case.LateBy });
                break;
            case 8:
                _fleet.ClearFaults();
                break;
            case 9:
                _fleet.ScaleByHand(role, _random.Next(5));
                break;
            case 10:
                _fleet.CapByHand(role, _random.Next(100, 700));
                break;
            case 11:
                _fleet.ChangeCapLimits(role, _random.Next(3) == 0 ? null : new GpuPowerLimits(_random.Next(100, 300), _random.Next(400, 700)));
                break;
            case 12:
                _fleet.SetRolling(role, _random.Next(2) == 0);
                break;
            case 13:
                _fleet.HideCap(role, _random.Next(2) == 0);
                break;
            case 14 when _fleet.State.Frontends.Length > 0:
                _fleet.RestartFrontend(_fleet.State.Frontends[_random.Next(_fleet.State.Frontends.Length)].Name);
                break;
        }
    }

    private async Task ActAsync(Func<CancellationToken, ValueTask<ControllerStatus>> act)
    {
        _tick.Dispose();
        _tick = new CancellationTokenSource();
        _calls = 0;
        _cancelAt = _random.Next(12) == 0 ? _random.Next(6) : -1;
        _isCancelledAfter = _random.Next(2) == 0;
        try
        {
            await act(_tick.Token);
        }
        catch (OperationCanceledException) when (_tick.IsCancellationRequested)
        {
            // What was to happen.
        }

        // What was given up takes a moment to end; a life must not depend on how long.
        await Task.WhenAny(_hanging);
        SpinWait.SpinUntil(() => !_controller!.Loop.IsModelHanging, TimeSpan.FromSeconds(10));
    }

    private ValueTask<T> Call<T>(Func<ValueTask<T>> call)
    {
        var isLast = _calls++ == _cancelAt;
        if (isLast && !_isCancelledAfter)
        {
            _tick.Cancel();
        }

        var answer = call();
        if (!answer.IsCompleted)
        {
            // What hangs does so until its tick is cancelled.
            var task = answer.AsTask();
            _hanging = task;
            _tick.Cancel();
            return new ValueTask<T>(task);
        }

        if (isLast && _isCancelledAfter)
        {
            _tick.Cancel();
        }

        return answer;
    }
}
