using System.Globalization;
using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Routed experts: the curve at the tokens of all attention ranks, the low-latency kernel's first where there is one.</summary>
/// <param name="curve">The backend's kernel; null where there is no such curve.</param>
/// <param name="lowLatency">Its kernel for few tokens; null where there is none.</param>
/// <param name="table">What is looked up, for messages.</param>
/// <param name="missing">Set where the hardware has no rate for the number format.</param>
internal sealed class ExpertsOperation(MoeOperation operation, HeldTokenCurve? curve, HeldTokenCurve? lowLatency, string table, MissingHardwareRateException? missing)
    : TokenOperation(operation.Name, operation.Scale, TokenBasis.Tokens)
{
    /// <summary>Most tokens that the low-latency kernel is asked for.</summary>
    private const double FewTokens = 128;

    private readonly double _ranks = operation.AttentionDataParallel;

    public override OperationCost Evaluate(double tokens)
    {
        var gathered = tokens * _ranks;
        var answer = lowLatency is not null && gathered <= FewTokens ? lowLatency.Evaluate(gathered) : TableAnswer.None;
        if (!answer.HasData)
        {
            answer = curve?.Evaluate(gathered) ?? TableAnswer.None;
        }

        var latency = answer.LatencyMs * Scale;
        var energy = answer.EnergyMillijoules * Scale;
        return new OperationCost(latency, energy, energy > 0 ? latency : 0, answer.Provenance);
    }

    public override PerformanceException Miss(double tokens) =>
        (PerformanceException?)missing ?? new NoPerformanceDataException(string.Create(
            CultureInfo.InvariantCulture, $"Operation '{Name}': {table} has no answer for {tokens * _ranks} tokens."));
}
