using PowerPlanner.Control.Loop;
using PowerPlanner.Control.Sweeps;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Performance;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>
/// Sweeps of a tiny fleet: each role runs one or more replicas at 300 or 500 W, a replica at 500 W serves more, the slower role decides, and of
/// equal plans the one with fewer watts is the best. Exact, and never two plans alike. Not thread-safe.
/// </summary>
internal sealed class TinyPlanner(TinyRules rules)
{
    private static readonly int[] Caps = [300, 500];
    private readonly Dictionary<PlanningLimits, SweepAnswer> _answers = [];

    /// <summary>The state of a process that has seen nothing.</summary>
    public LoopState Initial()
    {
        var facts = new ProblemFacts
        {
            Mode = rules.Roles == 1 ? DeploymentMode.Aggregated : DeploymentMode.Disaggregated,
            Isl = 1000,
            Osl = 100,
            TtftTargetMs = 500,
            ItlTargetMs = 50,
            MinPrefillReplicas = 1,
            MinDecodeReplicas = 1,
            MaxReplicas = rules.MostReplicas,
            ConfiguredBudgetWatts = rules.Budgets[0],
            PrefillFallbackCapWatts = 300,
            DecodeFallbackCapWatts = 300,
            PrefillUtilization = 1,
            DecodeUtilization = 1,
            Objective = PlanningObjective.Throughput,
            ReplicaPolicy = ReplicaPolicy.RateMatched,
            FirstGpus = rules.Gpus[0],
            SecondGpus = rules.Roles == 1 ? 0 : rules.Gpus[1],
            PrefillRanks = 1,
        };
        var state = new LoopState
        {
            Learnt = new Learnt { Corrections = CorrectionState.Start(Corrections.None) },
            Course = new Course { PlannedWith = Corrections.None },
            Fleet = new FleetLedger { Count = rules.Roles, First = Role(0), Second = rules.Roles == 1 ? default : Role(1), BudgetWatts = rules.Budgets[0] },
        };
        return LoopCore.Facing(state, facts);
    }

    public SweepAnswer Answer(SweepQuestion question)
    {
        if (!_answers.TryGetValue(question.Limits, out var answer))
        {
            var (first, second, watts) = Best(question.Limits);
            answer = new SweepAnswer { HasAnswered = true };
            if (second.Replicas == 0)
            {
                answer = answer with { Missed = new Infeasibility(InfeasibleReason.PowerBudgetInfeasible, "The smallest fleet does not fit.", watts, null) };
            }
            else
            {
                var plan = Plan(first, second, watts);
                answer = answer with { Plan = plan, PlanAnswer = At(plan) };
            }

            _answers.Add(question.Limits, answer);
        }

        return answer with { Corrections = question.Corrections, InForceAnswer = question.Plan is { } inForce ? At(inForce) : null };
    }

    /// <summary>What a fresh planner finds, as targets by role; no replicas where nothing fits.</summary>
    public (RoleTarget First, RoleTarget Second) Best(TinyWorld world)
    {
        var limits = new PlanningLimits
        {
            BudgetWatts = world.BudgetWatts,
            PrefillCapLimits = rules.Roles == 1 ? null : new GpuPowerLimits(world.Roles[0].Range.Min, world.Roles[0].Range.Max),
            DecodeCapLimits = new GpuPowerLimits(world.Roles[^1].Range.Min, world.Roles[^1].Range.Max),
        };
        var (first, second, _) = Best(limits);
        return rules.Roles == 1 ? (second, default) : (first, second);
    }

    private (RoleTarget First, RoleTarget Second, long Watts) Best(in PlanningLimits limits)
    {
        var isPair = rules.Roles > 1;
        var (best, first, second, least) = ((Served: 0, Watts: 0L), default(RoleTarget), default(RoleTarget), long.MaxValue);
        for (var prefill = 1; prefill <= (isPair ? rules.MostReplicas : 1); prefill++)
        {
            for (var decode = 1; decode <= rules.MostReplicas; decode++)
            {
                foreach (var prefillCap in isPair ? Caps : [Caps[0]])
                {
                    foreach (var decodeCap in Caps)
                    {
                        var one = limits.PrefillCapLimits?.Clamp(prefillCap) ?? prefillCap;
                        var other = limits.DecodeCapLimits?.Clamp(decodeCap) ?? decodeCap;
                        var watts = (decode * rules.Gpus[^1] * (long)Math.Max(other, limits.DecodeChargeFloorWatts ?? 0))
                            + (isPair ? prefill * rules.Gpus[0] * (long)Math.Max(one, limits.PrefillChargeFloorWatts ?? 0) : 0);
                        var served = Math.Min(isPair ? prefill * one : int.MaxValue, decode * other);
                        least = Math.Min(least, watts);
                        if (watts <= limits.BudgetWatts && (served > best.Served || (served == best.Served && watts < best.Watts)))
                        {
                            best = (served, watts);
                            first = isPair ? new RoleTarget(prefill, one) : default;
                            second = new RoleTarget(decode, other);
                        }
                    }
                }
            }
        }

        return (first, second, best.Served > 0 ? best.Watts : least);
    }

    private RoleLedger Role(int index) => new() { Role = rules.Role(index), PlannedGpusPerReplica = rules.Gpus[index], UnknownCapWatts = 500 };

    private PowerPlan Plan(in RoleTarget first, in RoleTarget second, long watts)
    {
        var isPair = rules.Roles > 1;
        var decodeCap = second.CapWatts!.Value;
        var prefillCap = first.CapWatts ?? decodeCap;
        var served = Math.Min(isPair ? first.Replicas * prefillCap : int.MaxValue, second.Replicas * decodeCap);
        return new PowerPlan
        {
            Mode = isPair ? DeploymentMode.Disaggregated : DeploymentMode.Aggregated,
            Isl = 1000,
            Osl = 100,
            PrefillReplicas = first.Replicas,
            DecodeReplicas = second.Replicas,
            PrefillCapWatts = prefillCap,
            DecodeCapWatts = decodeCap,
            PrefillCapProvenance = null,
            DecodeCapProvenance = null,
            PrefillNaturalWatts = prefillCap,
            DecodeNaturalWatts = decodeCap,
            JoulesPerRequest = 1,
            DecodeBatch = 1,
            ThroughputRequestsPerSecond = served,
            ThroughputTokensPerSecond = served * 1100.0,
            Bottleneck = null,
            TotalWatts = watts,
            TotalGpus = (first.Replicas * rules.Gpus[0] * (isPair ? 1 : 0)) + (second.Replicas * rules.Gpus[^1]),
            TtftMs = 100,
            ItlMs = 10,
            CorrectedTtftMs = 100,
            CorrectedItlMs = 10,
            PrefillPower = Power(prefillCap),
            DecodePower = Power(decodeCap),
            AggregatedPower = isPair ? null : Power(decodeCap),
            RequestsPerSecondPerPrefillReplica = isPair ? prefillCap : null,
            RequestsPerSecondPerDecodeReplica = decodeCap,
            ThetaDecode = 0.5,
            ThetaPrefillFraction = 0.5,
        };
    }

    // Every cap is the operating point's own, so that no coefficient moves it.
    private static OperatingPointAnswer At(PowerPlan plan) => new()
    {
        TtftMs = plan.TtftMs,
        ItlMs = plan.ItlMs,
        PrefillPower = plan.PrefillPower,
        DecodePower = plan.DecodePower,
        AggregatedPower = plan.AggregatedPower,
        OwnPrefillCapWatts = plan.PrefillCapWatts,
        OwnDecodeCapWatts = plan.DecodeCapWatts,
    };

    private static SidePower Power(int watts) => new(watts, watts, IsValid: true, PowerSource.Prediction);
}
