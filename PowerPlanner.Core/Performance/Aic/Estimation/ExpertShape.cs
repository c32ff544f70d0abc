using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>Geometry of routed experts, whatever their format and layout.</summary>
internal readonly record struct ExpertShape(long ExpertsPerToken, long Experts, long HiddenSize, long IntermediateSize)
{
    private const double LeastCoordinate = 1e-9;

    public static ExpertShape Of(MoeOperation operation) => new(operation.ExpertsPerToken, operation.Experts, operation.HiddenSize, operation.IntermediateSize);

    /// <summary>An operation with this geometry.</summary>
    public MoeOperation In(MoeOperation operation) => operation with
    {
        ExpertsPerToken = (int)ExpertsPerToken,
        Experts = (int)Experts,
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize,
    };

    /// <summary>
    /// The nearest of some shapes over the logarithms of their dimensions, each scaled to [0, 1] over the shapes; a dimension beyond them counts as at
    /// their edge. The first of equally near ones wins.
    /// </summary>
    /// <param name="shapes">At least one.</param>
    public static ExpertShape Nearest(IReadOnlyList<ExpertShape> shapes, ExpertShape asked)
    {
        var squares = new double[shapes.Count];
        foreach (var dimension in new Func<ExpertShape, long>[] { shape => shape.ExpertsPerToken, shape => shape.Experts, shape => shape.HiddenSize, shape => shape.IntermediateSize })
        {
            double[] logarithms = [.. shapes.Select(shape => Logarithm(dimension(shape)))];
            var (lowest, highest) = (logarithms.Min(), logarithms.Max());
            var span = highest > lowest ? highest - lowest : 1;
            var position = Math.Clamp((Logarithm(dimension(asked)) - lowest) / span, 0, 1);
            for (var i = 0; i < squares.Length; i++)
            {
                var distance = position - ((logarithms[i] - lowest) / span);
                squares[i] += distance * distance;
            }
        }

        return shapes[Array.IndexOf(squares, squares.Min())];
    }

    private static double Logarithm(long dimension) => Math.Log(Math.Max(dimension, LeastCoordinate));
}
