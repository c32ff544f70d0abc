using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Control.Loop;
using PowerPlanner.Control.Snapshots;
using PowerPlanner.Control.Sweeps;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Control.Snapshots;

/// <summary>A snapshot with a right checksum and a wrong value: somebody else wrote it, or another version did.</summary>
internal sealed class SnapshotCheckTests
{
    private const long Most = 1L << 50;

    private static readonly LoopState Intact = Take();

    private static IEnumerable<TestCaseData> ImpossibleValues()
    {
        yield return Case("DeploymentMode", state => state with { Facts = state.Facts with { Mode = (DeploymentMode)9 } });
        yield return Case("fleet.count is 1", state => state with { Fleet = state.Fleet with { Count = 1 } });
        yield return Case("facts.isl is 0", state => state with { Facts = state.Facts with { Isl = 0 } });
        yield return Case("facts.itlTargetMs is NaN", state => state with { Facts = state.Facts with { ItlTargetMs = double.NaN } });
        yield return Case("DisabledReason", state => state with { Watch = state.Watch with { DisabledReason = (DisabledReason)99 } });
        yield return Case("watch.disabledAt", state => state with { Watch = state.Watch with { DisabledReason = DisabledReason.MaxConsecutiveFailures, DisabledAt = null } });
        yield return Case("watch.failureBackoff.failures is -1", state => state with { Watch = state.Watch with { FailureBackoff = state.Watch.FailureBackoff with { Failures = -1 } } });
        yield return CauseCase("noBetterPlan.causes.signals is 0", new(DriftSignals.None, 1, default));
        yield return CauseCase("noBetterPlan.causes.signals is 64", new((DriftSignals)64, 1, default));
        yield return CauseCase("noBetterPlan.causes.sweeps is 0", new(DriftSignals.Itl, 0, default));
        yield return CorrectionCase("corrections.Ttft is 0.49; allowed is 0.5 to 2", corrections => corrections with { Ttft = new(0.49, true, null) });
        yield return CorrectionCase("corrections.Itl is NaN", corrections => corrections with { Itl = new(double.NaN, true, null) });
        yield return CorrectionCase("corrections.PowerDecode is 2.01", corrections => corrections with { PowerDecode = new(2.01, true, null) });
        yield return Case("learnt.nameplateWatts is 0", state => state with { Learnt = state.Learnt with { NameplateWatts = 0 } });
        yield return Case("learnt.excess is 11", state => state with { Learnt = state.Learnt with { Excess = new MeasuredExcess(3, 1, 11) } });
        yield return Case("learnt.lastRead", state => state with { Learnt = state.Learnt with { LastRead = TimeSpan.MaxValue } });
        yield return Case("fleet.budgetWatts is 0; allowed is 1 to 1125899906842624", state => state with { Fleet = state.Fleet with { BudgetWatts = 0 } });
        yield return Case("fleet.budgetWatts is 1125899906842625", state => state with { Fleet = state.Fleet with { BudgetWatts = Most + 1 } });
        yield return Case("fleet.revision is -1", state => state with { Fleet = state.Fleet with { Revision = -1 } });
        yield return Case("desk.generation is -1", state => state with { Desk = state.Desk with { Generation = -1 } });
        yield return CourseCase("course.estimatedTokensPerSecond is -1", course => course with { EstimatedTokensPerSecond = -1 });
        yield return CourseCase("course.estimatedTokensPerSecond is Infinity", course => course with { EstimatedTokensPerSecond = double.PositiveInfinity });
        yield return CourseCase("course.isPlanTargeted", course => course with { IsPlanTargeted = true, Plan = null });
        yield return CourseCase("course.isPlanTargeted", course => course with { IsPlanTargeted = true, Answer = null });
        yield return Case("course.isPlanTargeted", state => state with { Targets = default });
        yield return CourseCase("course.history is 9", course => course with { History = new PlanHistory { Plans = [.. Enumerable.Repeat(new PlanIdentity(1, 1, 400, 300, 41), 9)] } });
        yield return CourseCase("course.plannedWith is 3", course => course with { PlannedWith = course.PlannedWith with { Itl = 3 } });
        yield return Case("counters is -1", state => state with { Counters = state.Counters with { Sweeps = -1 } });
        yield return Case("counters is -2", state => state with { Counters = state.Counters with { FailedCommands = -2 } });

        foreach (var (name, index) in new[] { ("first", 0), ("second", 1) })
        {
            yield return Case($"targets.{name}.replicas is -1", state => state with { Targets = state.Targets.With(index, state.Targets[index] with { Replicas = -1 }) });
            yield return Case($"targets.{name}.capWatts is 0", state => state with { Targets = state.Targets.With(index, state.Targets[index] with { CapWatts = 0 }) });
            yield return Case($"{name}.enforcement.floorWatts is -1", state => state.WithSide(index, state.Side(index) with { Enforcement = new CapEnforcement { DrawFloorWatts = -1, LimitFloorWatts = -1 } }));
            yield return RoleCase(index, $"fleet.{name}.state is impossible", role => role with { State = role.State! with { Ready = -1 } });
            yield return RoleCase(index, $"fleet.{name}.openCaps.lowest is -1", role => role with { OpenCaps = new(5, -1, 1) });
            yield return RoleCase(index, $"fleet.{name}.openCaps.highest is 4; allowed is 5", role => role with { OpenCaps = new(4, 5, 1) });
            yield return RoleCase(index, $"fleet.{name}.openReplicas.lowest is -1", role => role with { OpenReplicas = new(5, -1, 1) });
            yield return RoleCase(index, $"fleet.{name}.openReplicas.revision is -1", role => role with { OpenReplicas = new(5, 5, -1) });
            yield return RoleCase(index, $"fleet.{name}.cap.value is 0", role => role with { Cap = role.Cap with { Value = 0, Exists = true } });
            yield return RoleCase(index, $"fleet.{name}.replicas.value is -1", role => role with { Replicas = role.Replicas with { Value = -1 } });
            yield return RoleCase(index, $"fleet.{name}.superseded.capWatts is -1", role => role with { Superseded = new(-1, default, false) });
            yield return RoleCase(index, $"fleet.{name}.chargeFloorWatts is -1", role => role with { ChargeFloorWatts = -1 });
            yield return RoleCase(index, $"fleet.{name}.newestRevision is -1", role => role with { NewestRevision = -1 });
        }

        yield return PlanCase("course.plan.mode is 9", plan => plan with { Mode = (DeploymentMode)9 });
        yield return PlanCase("course.plan.isl is 0", plan => plan with { Isl = 0 });
        yield return PlanCase("course.plan.osl is 0", plan => plan with { Osl = 0 });
        yield return PlanCase("course.plan.prefillReplicas is -1", plan => plan with { PrefillReplicas = -1 });
        yield return PlanCase("course.plan.decodeReplicas is -1", plan => plan with { DecodeReplicas = -1 });
        yield return PlanCase("course.plan.prefillCapWatts is 0", plan => plan with { PrefillCapWatts = 0 });
        yield return PlanCase("course.plan.decodeCapWatts is 0", plan => plan with { DecodeCapWatts = 0 });
        yield return PlanCase("course.plan.decodeBatch is 0", plan => plan with { DecodeBatch = 0 });
        yield return PlanCase("course.plan.totalWatts is -1", plan => plan with { TotalWatts = -1 });
        yield return PlanCase("course.plan.totalGpus is -1", plan => plan with { TotalGpus = -1 });
        yield return PlanCase("course.plan.ttftMs is 0", plan => plan with { TtftMs = 0 });
        yield return PlanCase("course.plan.ttftMs is Infinity", plan => plan with { TtftMs = double.PositiveInfinity });
        yield return PlanCase("course.plan.itlMs is 0", plan => plan with { ItlMs = 0 });
        yield return PlanCase("course.plan.itlMs is NaN", plan => plan with { ItlMs = double.NaN });
        yield return PlanCase("course.plan.throughputTokensPerSecond is -1", plan => plan with { ThroughputTokensPerSecond = -1 });
        yield return PlanCase("course.plan.throughputTokensPerSecond is Infinity", plan => plan with { ThroughputTokensPerSecond = double.PositiveInfinity });
        yield return PlanCase("course.plan.requestsPerSecondPerPrefillReplica is 0", plan => plan with { RequestsPerSecondPerPrefillReplica = null });
        yield return PlanCase("course.plan.requestsPerSecondPerPrefillReplica is 0", plan => plan with { RequestsPerSecondPerPrefillReplica = 0 });
        yield return Case("course.plan.aggregatedPower", state => state with
        {
            Facts = state.Facts with { Mode = DeploymentMode.Aggregated },
            Fleet = state.Fleet with { Count = 1 },
            Course = state.Course with { Plan = state.Course.Plan! with { Mode = DeploymentMode.Aggregated, AggregatedPower = null } },
        });
    }

    private static IEnumerable<TestCaseData> ExtremeValues()
    {
        yield return CorrectionCase("at the bounds of a coefficient", corrections => corrections with { Ttft = new(0.5, true, null), Itl = new(2, true, null) });
        yield return Case("the least budget", state => state with { Fleet = state.Fleet with { BudgetWatts = 1 } });
        yield return Case("the greatest budget", state => state with { Fleet = state.Fleet with { BudgetWatts = Most } });
        yield return Case("no budget", state => state with { Fleet = state.Fleet with { BudgetWatts = null } });
        yield return Case("no nameplate", state => state with { Learnt = state.Learnt with { NameplateWatts = null } });
        yield return CourseCase("nothing estimated", course => course with { EstimatedTokensPerSecond = 0 });
        yield return CourseCase("no plan", course => course with { Plan = null, Answer = null, IsPlanTargeted = false });
        yield return CauseCase("every signal", new((DriftSignals)63, 1, default));
        yield return Case("a role without replicas and cap", state => state with { Targets = state.Targets.With(0, new RoleTarget(0, null)) });
        yield return RoleCase(0, "a role that nobody has seen", role => role with { State = null, Cap = default, Replicas = default });
        yield return PlanCase("a plan that serves nothing", plan => plan with { ThroughputTokensPerSecond = 0, PrefillReplicas = 0, DecodeReplicas = 0, TotalWatts = 0, TotalGpus = 0 });
        yield return PlanCase("least lengths, caps and batch", plan => plan with { Isl = 1, Osl = 1, PrefillCapWatts = 1, DecodeCapWatts = 1, DecodeBatch = 1 });
    }

    [TestCaseSource(nameof(ImpossibleValues))]
    public void An_impossible_value_is_refused_by_name(string named, Func<LoopState, LoopState> damage)
    {
        ArgumentNullException.ThrowIfNull(damage);
        Assert.That(() => SnapshotCheck.ThrowIfImpossible(damage(Intact)), Throws.TypeOf<InvalidSnapshotException>().With.Message.Contains(named));
    }

    [TestCaseSource(nameof(ExtremeValues))]
    public void A_value_at_the_edge_of_the_possible_is_taken(string what, Func<LoopState, LoopState> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Assert.That(() => SnapshotCheck.ThrowIfImpossible(change(Intact)), Throws.Nothing, what);
    }

    [Test]
    public void Reading_a_snapshot_checks_its_values() =>
        Assert.That(
            () => ControllerSnapshot.FromJson(new ControllerSnapshot(Intact with { Fleet = Intact.Fleet with { Revision = -1 } }).ToJson()),
            Throws.TypeOf<InvalidSnapshotException>().With.Message.Contains("fleet.revision is -1"));

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

    private static TestCaseData Case(string named, Func<LoopState, LoopState> change) => new TestCaseData(named, change).SetArgDisplayNames(named);

    private static TestCaseData CourseCase(string named, Func<Course, Course> change) => Case(named, state => state with { Course = change(state.Course) });

    private static TestCaseData PlanCase(string named, Func<PowerPlan, PowerPlan> change) => CourseCase(named, course => course with { Plan = change(course.Plan!) });

    private static TestCaseData CorrectionCase(string named, Func<CorrectionState, CorrectionState> change) =>
        Case(named, state => state with { Learnt = state.Learnt with { Corrections = change(state.Learnt.Corrections) } });

    private static TestCaseData CauseCase(string named, NoBetterPlanCause cause) =>
        Case(named, state => state with { Watch = state.Watch with { NoBetterPlan = new NoBetterPlanBackoff { Causes = [cause] } } });

    private static TestCaseData RoleCase(int index, string named, Func<RoleLedger, RoleLedger> change) => Case(named, state => state.WithRole(index, change(state.Fleet[index])));

    private static LoopState Take()
    {
        using var bench = new ControlBench(options: new ControlOptions { AdmissionMode = AdmissionMode.Autoset });
        bench.Start().GetAwaiter().GetResult();
        bench.Tick(new Observation { Requests = 10, TtftMs = 77.7, ItlMs = 12.3 }).GetAwaiter().GetResult();
        return bench.Controller.CreateSnapshot().Memory;
    }
}
