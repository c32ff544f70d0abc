using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>The specification's worked steps of Qwen3-32B at tp 8 on the H200's tables of vLLM 0.22.0 (9.1, 10.7); ms and mJ (W · ms).</summary>
[TestFixture(EvaluatorKind.Literal)]
[TestFixture(EvaluatorKind.Compiled)]
internal sealed class WorkedSteps(EvaluatorKind evaluator)
{
    private const double Tolerance = 1e-9;

    private IStepEvaluator _qwen = null!;

    [OneTimeSetUp]
    public async Task BuildEngine() => _qwen = (await ReferenceEngine.LoadAsync(
        evaluator, AicBackend.Vllm, "0.22.0", "Qwen/Qwen3-32B", new EngineLayout(tensorParallel: 8))).Evaluator;

    [TestCase("embedding", 0.005730666666666667, 0, 0.0030026666666666665, 0)]
    [TestCase("add_norm_1", 0.8910506666666667, 0, 0.19268266666666667, 0)]
    [TestCase("qkv_gemm", 1.354086713604013, 412.8246071418093, 0.47216720706616716, 105.46765902157121)]
    [TestCase("attention", 3.898023910651042, 685.6847334958496, 0.6199896740595501, 277.5326437862353)]
    [TestCase("proj_gemm", 1.1515677083333333, 665.1814948242188, 0.3561117078993055, 60.22489981651475)]
    [TestCase("add_norm_2", 0.8910506666666667, 0, 0.19268266666666667, 0)]
    [TestCase("gate_ffn1_gemm", 6.674686420583518, 4605.659948540265, 1.3146622413989542, 338.1558413754596)]
    [TestCase("act_gate", 0.51968, 0, 0.19232, 0)]
    [TestCase("ffn2_gemm", 3.2749081863228486, 2162.8131234151597, 0.7141176811663603, 152.08758521722837)]
    [TestCase("logits_gemm", 0.04776293011073984, 25.016947889020642, 0.04776293011073984, 25.016947889020642)]
    [TestCase("embedding_ar", 0.058259921073913576, 0, 0.005049039870500565, 0)]
    [TestCase("ar_1", 3.728634948730469, 0, 0.32313855171203615, 0)]
    [TestCase("ar_2", 3.728634948730469, 0, 0.32313855171203615, 0)]
    [TestCase("p2p", 0, 0, 0, 0)]
    public void An_operation_of_the_reference_case_costs(string name, double contextMs, double contextMj, double generationMs, double generationMj)
    {
        var context = _qwen.ContextOperations(new ContextShape(1, 1024, 0)).Single(operation => operation.Name == name).Cost;
        var generation = _qwen.GenerationOperations(new GenerationShape(1, 1025)).Single(operation => operation.Name == name).Cost;

        using (Assert.EnterMultipleScope())
        {
            AssertCost(context, contextMs, contextMj);
            AssertCost(generation, generationMs, generationMj);
        }
    }

    [Test]
    public void The_steps_of_the_reference_case_have_the_published_sums()
    {
        var context = _qwen.Context(new ContextShape(1, 1024, 0));
        var generation = _qwen.Generation(new GenerationShape(1, 1025));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(context.LatencyMs, Is.EqualTo(26.224).Within(0.0005));
            Assert.That(context.EnergyMillijoules, Is.EqualTo(8557.180855306324).Within(8557 * Tolerance));
            Assert.That(context.EnergyMillijoules / context.LatencyMs, Is.EqualTo(326.31007874020474).Within(326 * Tolerance));
            Assert.That(generation.LatencyMs, Is.EqualTo(4.757).Within(0.0005));
            Assert.That(generation.EnergyMillijoules, Is.EqualTo(958.48557710603).Within(958 * Tolerance));
            Assert.That(generation.EnergyMillijoules / generation.LatencyMs, Is.EqualTo(201.49689324943085).Within(201 * Tolerance));
        }
    }

    [Test]
    public void Operations_add_up_to_their_step()
    {
        var shape = new ContextShape(3, 700, 77);

        var sum = _qwen.ContextOperations(shape).Aggregate(OperationCost.Zero, (total, operation) => total + operation.Cost);

        // A step adds some operations up before it asks for their costs: the same numbers, in another order.
        var step = _qwen.Context(shape);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sum.LatencyMs, Is.EqualTo(step.LatencyMs).Within(step.LatencyMs * Tolerance));
            Assert.That(sum.EnergyMillijoules, Is.EqualTo(step.EnergyMillijoules).Within(step.EnergyMillijoules * Tolerance));
            Assert.That(sum.CoveredLatencyMs, Is.EqualTo(step.CoveredLatencyMs).Within(step.CoveredLatencyMs * Tolerance));
            Assert.That(sum.Provenance, Is.EqualTo(step.Provenance));
        }
    }

    [TestCase(2062, 42.2955144172831, 16526.323572741832)]
    [TestCase(707, 16.12783546679265, 3861.594681466205)]
    public void A_mixed_step_without_its_attention_costs(int tokens, double latencyMs, double energyMillijoules) =>
        AssertCost(_qwen.Context(new ContextShape(1, tokens, 0), OperationSelection.ExceptAttention), latencyMs, energyMillijoules);

    [TestCase(2, 1500, 0, 1, 4.441460049376781, 876.5034381044794)]
    [TestCase(1, 900, 500, 2, 2.0345777293527885, 357.9110196439282)]
    public void A_mixed_steps_context_attention_costs(int batch, int newTokens, int prefix, int divisor, double latencyMs, double energyMillijoules) => AssertCost(
        _qwen.Context(new ContextShape(batch, newTokens, prefix), OperationSelection.AttentionOnly) * (1.0 / divisor), latencyMs, energyMillijoules);

    [TestCase(14, 1601, 0.7902670220295589, 182.686857516788)]
    [TestCase(7, 1551, 0.7367375177562238, 181.59174200488334)]
    public void A_mixed_steps_generation_attention_costs(int batch, int sequence, double latencyMs, double energyMillijoules) => AssertCost(
        _qwen.Generation(new GenerationShape(batch, sequence), OperationSelection.AttentionOnly), latencyMs, energyMillijoules);

    [Test]
    public void A_decode_step_costs() => AssertCost(_qwen.Generation(new GenerationShape(16, 1601)), 5.310338174551368, 1250.049634628239);

    [TestCase("embedding", 0.0030426666666666666)]
    [TestCase("add_norm_1", 0.20292266666666667)]
    [TestCase("add_norm_2", 0.20292266666666667)]
    [TestCase("qkv_gemm", 0.4853220313739865)]
    [TestCase("attention", 0.8019414136091868)]
    [TestCase("proj_gemm", 0.3562349175347222)]
    [TestCase("gate_ffn1_gemm", 1.240319554378786)]
    [TestCase("act_gate", 0.19712000000000002)]
    [TestCase("ffn2_gemm", 0.6839048384118834)]
    [TestCase("logits_gemm", 0.047888694097940644)]
    [TestCase("embedding_ar", 0.00843968003988266)]
    [TestCase("ar_1", 0.5401395225524902)]
    [TestCase("ar_2", 0.5401395225524902)]
    [TestCase("p2p", 0)]
    public void An_operation_of_the_decode_step_costs(string name, double latencyMs)
    {
        var cost = _qwen.GenerationOperations(new GenerationShape(16, 1601)).Single(operation => operation.Name == name).Cost;

        Assert.That(cost.LatencyMs, Is.EqualTo(latencyMs).Within(latencyMs * Tolerance));
    }

    private static void AssertCost(OperationCost cost, double latencyMs, double energyMillijoules)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cost.LatencyMs, Is.EqualTo(latencyMs).Within(latencyMs * Tolerance));
            Assert.That(cost.EnergyMillijoules, Is.EqualTo(energyMillijoules).Within(energyMillijoules * Tolerance));
        }
    }
}
