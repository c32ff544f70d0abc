using PowerPlanner.Control;
using PowerPlanner.Planning;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Simulation;

namespace Quickstart;

/// <summary>A controller in charge of a simulated fleet: it observes, plans and acts as it would in production, in simulated time.</summary>
internal static class ClosedLoop
{
    private const int Minutes = 40;
    private const int SpikeAt = 6;
    private const int SpikeEnd = 10;
    private const int CutAt = 16;
    private const int RefusedFor = 3;
    private const int BackAt = 28;
    private const long CutWatts = 18_000;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(PlanningProblem problem, PowerPlan plan, View view)
    {
        // 1. A fleet that does exactly what the model says, give or take noise. It is both the metrics source and the actuator.
        var time = new SimulatedTime();
        var tokens = plan.ThroughputTokensPerSecond;
        var fleet = new SimulatedFleet(
            new SimulatedFleetSetup
            {
                Engines = EngineConstants.Of(problem, problem.Isl, problem.Osl, plan.DecodeBatch),
                Prefill = Role(problem.PrefillEngine!, plan.PrefillReplicas, plan.PrefillCapWatts, problem),
                Decode = Role(problem.DecodeEngine!, plan.DecodeReplicas, plan.DecodeCapWatts, problem),
                Isl = problem.Isl,
                Osl = problem.Osl,
                Load = LoadProfile.Spike(0.4 * tokens, 1.3 * tokens, SpikeAt, SpikeEnd - SpikeAt),
                Events = [new WritesDenied(CutAt, RefusedFor)],
            },
            time);

        // 2. The controller. A host would give it Prometheus and Kubernetes instead of the fleet.
        using var controller = new PowerPlannerController(problem, new ControlOptions(), fleet, fleet, new ControllerServices { TimeProvider = time });
        await controller.StartAsync();
        var lines = new List<StoryLine>();
        for (var minute = 0; minute < Minutes; minute++)
        {
            time.AdvanceTo(minute * Minute);
            var news = News(minute);
            if (minute is CutAt or BackAt)
            {
                controller.UpdateBudget(minute == CutAt ? CutWatts : problem.Limits.BudgetWatts);
            }

            // 3. One minute: the fleet works, the controller looks and acts.
            fleet.Step(minute);
            var before = controller.Status.State;
            var status = await controller.TickAsync();
            var deeds = status.Commands.Select(Deed);
            var told = string.Join("; ", new[] { news }.Concat(deeds).Where(text => text.Length > 0));
            told = told.Length == 0 && status.State != before ? $"now {status.State}" : told;
            if (told.Length > 0)
            {
                lines.Add(new StoryLine(minute, fleet.Truth.Load.RequestsPerSecond, fleet.Truth.TtftMs, fleet.Truth.FleetWatts, fleet.Machine.ChargedWatts, status.BudgetWatts!.Value, told));
            }
        }

        view.Story("Forty minutes in the loop", lines, 1.3 * plan.ThroughputRequestsPerSecond);
        var end = controller.Status;
        view.Say($"At the end: {end.Applied.PrefillReplicas} prefill and {end.Applied.DecodeReplicas} decode engines, state {end.State}. \"Held to\" is what the caps let all GPUs draw together.");
    }

    private static string News(int minute) => minute switch
    {
        SpikeAt => "traffic spikes to 130 % of what the fleet can serve",
        SpikeEnd => "the spike is over",
        CutAt => "the facility takes 12 kW away, and the cluster refuses every command",
        CutAt + RefusedFor => "commands get through again",
        BackAt => "the power is back",
        _ => string.Empty,
    };

    private static string Deed(CommandResult command)
    {
        var what = command.Kind switch
        {
            CommandKind.SetCap => FormattableString.Invariant($"{Name(command.Role)} caps at {command.Value} W"),
            CommandKind.SetReplicas => FormattableString.Invariant($"{Name(command.Role)} to {command.Value} engine{(command.Value == 1 ? string.Empty : "s")}"),
            _ => "new thresholds",
        };
        return command.Succeeded ? what : $"{what}: refused";
    }

    private static string Name(FleetRole? role) => role == FleetRole.Prefill ? "prefill" : "decode";

    private static InMemoryRole Role(PlanningEngine engine, int replicas, int capWatts, PlanningProblem problem) => new()
    {
        GpusPerReplica = engine.Layout.Gpus,
        Replicas = replicas,
        CapWatts = capWatts,
        CapLimits = problem.Limits.PrefillCapLimits,
        StartDelay = Minute,
        DrainDelay = TimeSpan.FromSeconds(30),
    };
}
