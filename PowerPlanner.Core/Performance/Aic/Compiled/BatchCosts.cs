using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>A sum that depends on the batch alone, tabulated for the batches that occur.</summary>
internal sealed class BatchCosts
{
    /// <summary>More sequences than an engine is known to run at once; beyond it the sum is evaluated.</summary>
    private const int Tabulated = 4097;

    private readonly TokenSum _sum;
    private readonly OperationCost[] _costs = new OperationCost[Tabulated];

    public BatchCosts(TokenSum sum)
    {
        _sum = sum;
        for (var batch = 1; batch < _costs.Length; batch++)
        {
            _costs[batch] = sum.Evaluate(batch);
        }
    }

    public OperationCost this[long batch] => (ulong)batch < Tabulated ? _costs[batch] : _sum.Evaluate(batch);

    /// <summary>Costs of the batches 1 … length; batch b goes into element b − 1.</summary>
    public void CopyTo(Span<OperationCost> costs)
    {
        var tabulated = Math.Min(costs.Length, Tabulated - 1);
        _costs.AsSpan(1, tabulated).CopyTo(costs);
        for (var i = tabulated; i < costs.Length; i++)
        {
            costs[i] = _sum.Evaluate(i + 1);
        }
    }
}
