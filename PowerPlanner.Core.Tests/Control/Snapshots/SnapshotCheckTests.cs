using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Control.Loop;
using PowerPlanner.Control.Snapshots;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Control.Snapshots;

/// <summary>A snapshot with a right checksum and a wrong value: somebody else wrote it, or another version did.</summary>
internal sealed class SnapshotCheckTests
{
    private const long Most = 1L << 50;

    private static readonly LoopMemory Intact = Take();

    private static IEnumerable<TestCaseData> ImpossibleValues()
    {
        yield return Case("DeploymentMode", memory => memory with { Mode = (DeploymentMode)9 });
        yield return Case("DisabledReason", memory => memory with { DisabledReason = (DisabledReason)99 });
        yield return Case("corrections.Ttft is 0.49; allowed is 0.5 to 2", memory => memory with { Corrections = memory.Corrections with { Ttft = new(0.49, true, null) } });
        yield return Case("corrections.Itl is NaN", memory => memory with { Corrections = memory.Corrections with { Itl = new(double.NaN, true, null) } });
        yield return Case("corrections.PowerDecode is 2.01", memory => memory with { Corrections = memory.Corrections with { PowerDecode = new(2.01, true, null) } });
        yield return Case("budgetWatts is 0; allowed is 1 to 1125899906842624", memory => memory with { BudgetWatts = 0 });
        yield return Case("budgetWatts is 1125899906842625", memory => memory with { BudgetWatts = Most + 1 });
        yield return Case("failureBackoff.failures is -1", memory => memory with { FailureBackoff = memory.FailureBackoff with { Failures = -1 } });
        yield return Case("commandRevision is -1", memory => memory with { CommandRevision = -1 });
        yield return Case("thresholdGeneration is -1", memory => memory with { ThresholdGeneration = -1 });
        yield return Case("estimatedTokensPerSecond is -1", memory => memory with { EstimatedTokensPerSecond = -1 });
        yield return Case("estimatedTokensPerSecond is Infinity", memory => memory with { EstimatedTokensPerSecond = double.PositiveInfinity });
        yield return Case("nameplateWatts is 0", memory => memory with { NameplateWatts = 0 });
        yield return Case("isPlanTargeted", memory => memory with { IsPlanTargeted = true, Plan = null });
        yield return Case("isPlanTargeted", memory => memory with { IsPlanTargeted = true, Answer = null });
        yield return Case("isPlanTargeted", memory => memory with { IsPlanTargeted = true, HasTargets = false });
        yield return Case("history", memory => memory with { History = default });
        yield return Case("noBetterPlan", memory => memory with { NoBetterPlan = default });
        yield return Case("counters is -1", memory => memory with { Counters = memory.Counters with { Sweeps = -1 } });
        yield return Case("counters is -2", memory => memory with { Counters = memory.Counters with { FailedCommands = -2 } });

        foreach (var (name, side) in new (string, Func<LoopMemory, Func<SideMemory, SideMemory>, LoopMemory>)[]
        {
            ("first", (memory, change) => memory with { First = change(memory.First) }),
            ("second", (memory, change) => memory with { Second = change(memory.Second) }),
        })
        {
            yield return Case($"{name}.target.replicas is -1", memory => side(memory, own => own with { Target = own.Target with { Replicas = -1 } }));
            yield return Case($"{name}.target.capWatts is 0", memory => side(memory, own => own with { Target = own.Target with { CapWatts = 0 } }));
            yield return Case($"{name}.pendingCap.value is -1", memory => side(memory, own => own with { PendingCap = own.PendingCap with { Value = -1 } }));
            yield return Case($"{name}.pendingReplicas.value is -1", memory => side(memory, own => own with { PendingReplicas = own.PendingReplicas with { Value = -1 } }));
            yield return Case($"{name}.pendingCap.revision is -1", memory => side(memory, own => own with { PendingCap = own.PendingCap with { Revision = -1 } }));
            yield return Case($"{name}.pendingReplicas.revision is -1", memory => side(memory, own => own with { PendingReplicas = own.PendingReplicas with { Revision = -1 } }));
            yield return Case($"{name}.pendingCap.least is -1", memory => side(memory, own => own with { PendingCap = own.PendingCap with { Least = -1 } }));
            yield return Case($"{name}.pendingReplicas.least is -1", memory => side(memory, own => own with { PendingReplicas = own.PendingReplicas with { Least = -1 } }));
            yield return Case($"{name}.chargeFloorWatts is -1", memory => side(memory, own => own with { ChargeFloorWatts = -1 }));
            yield return Case($"{name}.newestRevision is -1", memory => side(memory, own => own with { NewestRevision = -1 }));
        }

        yield return PlanCase("DeploymentMode", plan => plan with { Mode = (DeploymentMode)9 });
        yield return PlanCase("plan.isl is 0", plan => plan with { Isl = 0 });
        yield return PlanCase("plan.osl is 0", plan => plan with { Osl = 0 });
        yield return PlanCase("plan.prefillReplicas is -1", plan => plan with { PrefillReplicas = -1 });
        yield return PlanCase("plan.decodeReplicas is -1", plan => plan with { DecodeReplicas = -1 });
        yield return PlanCase("plan.prefillCapWatts is 0", plan => plan with { PrefillCapWatts = 0 });
        yield return PlanCase("plan.decodeCapWatts is 0", plan => plan with { DecodeCapWatts = 0 });
        yield return PlanCase("plan.decodeBatch is 0", plan => plan with { DecodeBatch = 0 });
        yield return PlanCase("plan.totalWatts is -1", plan => plan with { TotalWatts = -1 });
        yield return PlanCase("plan.totalGpus is -1", plan => plan with { TotalGpus = -1 });
        yield return PlanCase("plan.ttftMs is 0", plan => plan with { TtftMs = 0 });
        yield return PlanCase("plan.ttftMs is Infinity", plan => plan with { TtftMs = double.PositiveInfinity });
        yield return PlanCase("plan.itlMs is 0", plan => plan with { ItlMs = 0 });
        yield return PlanCase("plan.itlMs is NaN", plan => plan with { ItlMs = double.NaN });
        yield return PlanCase("plan.throughputTokensPerSecond is -1", plan => plan with { ThroughputTokensPerSecond = -1 });
        yield return PlanCase("plan.throughputTokensPerSecond is Infinity", plan => plan with { ThroughputTokensPerSecond = double.PositiveInfinity });
        yield return PlanCase("plan.requestsPerSecondPerPrefillReplica is 0", plan => plan with { RequestsPerSecondPerPrefillReplica = null });
        yield return PlanCase("plan.requestsPerSecondPerPrefillReplica is 0", plan => plan with { RequestsPerSecondPerPrefillReplica = 0 });
        yield return PlanCase("plan.aggregatedPower", plan => plan with { Mode = DeploymentMode.Aggregated, AggregatedPower = null });
    }

    private static IEnumerable<TestCaseData> ExtremeValues()
    {
        yield return Case("at the bounds of a coefficient", memory => memory with { Corrections = memory.Corrections with { Ttft = new(0.5, true, null), Itl = new(2, true, null) } });
        yield return Case("the least budget", memory => memory with { BudgetWatts = 1 });
        yield return Case("the greatest budget", memory => memory with { BudgetWatts = Most });
        yield return Case("no budget", memory => memory with { BudgetWatts = null });
        yield return Case("no nameplate", memory => memory with { NameplateWatts = null });
        yield return Case("nothing estimated", memory => memory with { EstimatedTokensPerSecond = 0 });
        yield return Case("no plan", memory => memory with { Plan = null, Answer = null, IsPlanTargeted = false });
        yield return Case("a role without replicas and cap", memory => memory with { First = memory.First with { Target = new RoleTarget(0, null), PendingCap = default, ChargeFloorWatts = 0 } });
        yield return PlanCase("a plan that serves nothing", plan => plan with { ThroughputTokensPerSecond = 0, PrefillReplicas = 0, DecodeReplicas = 0, TotalWatts = 0, TotalGpus = 0 });
        yield return PlanCase("least lengths, caps and batch", plan => plan with { Isl = 1, Osl = 1, PrefillCapWatts = 1, DecodeCapWatts = 1, DecodeBatch = 1 });
    }

    [TestCaseSource(nameof(ImpossibleValues))]
    public void An_impossible_value_is_refused_by_name(string named, Func<LoopMemory, LoopMemory> damage)
    {
        ArgumentNullException.ThrowIfNull(damage);
        Assert.That(() => SnapshotCheck.ThrowIfImpossible(damage(Intact)), Throws.TypeOf<InvalidSnapshotException>().With.Message.Contains(named));
    }

    [TestCaseSource(nameof(ExtremeValues))]
    public void A_value_at_the_edge_of_the_possible_is_taken(string what, Func<LoopMemory, LoopMemory> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Assert.That(() => SnapshotCheck.ThrowIfImpossible(change(Intact)), Throws.Nothing, what);
    }

    [Test]
    public void Reading_a_snapshot_checks_its_values() =>
        Assert.That(
            () => ControllerSnapshot.FromJson(new ControllerSnapshot(Intact with { CommandRevision = -1 }).ToJson()),
            Throws.TypeOf<InvalidSnapshotException>().With.Message.Contains("commandRevision is -1"));

    [TestCase("[200]")]
    [TestCase("[200,700,800]")]
    [TestCase("[200,\"700\"]")]
    [TestCase("[200,700.5]")]
    [TestCase("200")]
    public void A_range_of_caps_is_an_array_of_two_integers(string range)
    {
        var options = new System.Text.Json.JsonSerializerOptions { Converters = { new GpuPowerLimitsConverter() } };

        Assert.That(() => System.Text.Json.JsonSerializer.Deserialize<PowerPlanner.Power.GpuPowerLimits>(range, options), Throws.TypeOf<System.Text.Json.JsonException>().With.Message.Contains("range of caps"));
    }

    private static TestCaseData Case(string named, Func<LoopMemory, LoopMemory> change) => new TestCaseData(named, change).SetArgDisplayNames(named);

    private static TestCaseData PlanCase(string named, Func<PowerPlan, PowerPlan> change) => Case(named, memory => memory with { Plan = change(memory.Plan!) });

    private static LoopMemory Take()
    {
        using var bench = new ControlBench(options: new ControlOptions { AdmissionMode = AdmissionMode.Autoset });
        bench.Start().GetAwaiter().GetResult();
        bench.Tick(new Observation { Requests = 10, TtftMs = 77.7, ItlMs = 12.3 }).GetAwaiter().GetResult();
        return bench.Controller.CreateSnapshot().Memory;
    }
}
