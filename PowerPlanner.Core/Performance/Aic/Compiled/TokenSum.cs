using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>
/// The sum of token operations as one function of the tokens: the pieces of all their curves merged, so that one search serves them all.
/// On a segment the measured curves and formulas are one line (its energy one parabola); only blends remain to be evaluated one by one.
/// Immutable; costs allocate nothing.
/// </summary>
internal sealed class TokenSum
{
    private readonly KeyIndex _starts;
    private readonly Segment[] _segments;
    private readonly Term[] _terms;
    private readonly TokenBlendWeights[] _weights;

    /// <summary>Operations that are not one curve.</summary>
    private readonly TokenOperation[] _others;

    private TokenSum(KeyIndex starts, Segment[] segments, Term[] terms, TokenBlendWeights[] weights, TokenOperation[] others)
    {
        _starts = starts;
        _segments = segments;
        _terms = terms;
        _weights = weights;
        _others = others;
    }

    public static TokenSum Create(IReadOnlyList<TokenOperation> operations)
    {
        CurveOperation[] curves = [.. operations.OfType<CurveOperation>()];
        var starts = new SortedSet<double> { 1 };
        foreach (var operation in curves)
        {
            foreach (ref readonly var piece in operation.Curve.Pieces)
            {
                starts.Add(piece.Start);
            }
        }

        var weights = new List<TokenBlendWeights>();
        var offsets = new Dictionary<TokenCurve, int>();
        foreach (var operation in curves)
        {
            if (offsets.TryAdd(operation.Curve, weights.Count))
            {
                weights.AddRange(operation.Curve.Weights);
            }
        }

        var segments = new List<Segment>(starts.Count);
        var terms = new List<Term>();
        var pieceOf = new int[curves.Length];
        foreach (var start in starts)
        {
            var segment = new Segment { Provenance = Provenance.Modelled, FirstTerm = terms.Count };
            for (var i = 0; i < curves.Length; i++)
            {
                var pieces = curves[i].Curve.Pieces;
                while (pieceOf[i] + 1 < pieces.Length && pieces[pieceOf[i] + 1].Start <= start)
                {
                    pieceOf[i]++;
                }

                Add(ref segment, terms, curves[i], pieces[pieceOf[i]], start, offsets[curves[i].Curve]);
            }

            segment.Terms = terms.Count - segment.FirstTerm;
            segments.Add(segment);
        }

        return new TokenSum(
            new KeyIndex([.. starts]), [.. segments], [.. terms], [.. weights], [.. operations.Where(operation => operation is not CurveOperation)]);
    }

    /// <param name="tokens">A whole number, at least 1.</param>
    public OperationCost Evaluate(double tokens)
    {
        var index = _starts.Find(tokens);
        ref readonly var segment = ref _segments[index];
        var x = tokens - _starts[index];
        var latency = segment.LatencyMs + (segment.LatencySlope * x);
        var energy = segment.EnergyMillijoules + (x * (segment.EnergySlope + (segment.EnergyCurvature * x)));
        var covered = segment.CoveredMs + (segment.CoveredSlope * x);
        foreach (ref readonly var term in _terms.AsSpan(segment.FirstTerm, segment.Terms))
        {
            var ms = term.Roofline.Ms(tokens) / term.Blend.Utilization(in _weights[term.Weights], x, tokens);
            latency += ms;
            energy += ms * (term.PowerWatts + (term.PowerSlope * x));
            covered += term.Covered ? ms : 0;
        }

        var sum = new OperationCost(latency, energy, covered, segment.Provenance);
        foreach (var operation in _others)
        {
            sum += operation.Evaluate(tokens);
        }

        return sum;
    }

    private static void Add(ref Segment segment, List<Term> terms, CurveOperation operation, in TokenPiece piece, double start, int weights)
    {
        var x = start - piece.Start;
        var scale = operation.Scale;
        var (power, powerSlope) = (piece.PowerWatts + (piece.PowerSlope * x), piece.PowerSlope);
        segment.Provenance = OperationCost.Combine(segment.Provenance, piece.Provenance);
        if (piece.Blend >= 0)
        {
            var blend = operation.Curve.Blends[piece.Blend];
            var roofline = operation.Curve.Roofline;
            terms.Add(new Term(
                blend with { LatencyMs = blend.LatencyMs + (blend.LatencySlope * x) },
                weights + blend.Weights,
                new GemmRoofline(roofline.ComputeMs * scale, roofline.MemoryMs * scale, roofline.WeightMs * scale),
                power,
                powerSlope,
                piece.Covered && scale > 0));
            return;
        }

        var (latency, latencySlope) = ((piece.LatencyMs + (piece.LatencySlope * x)) * scale, piece.LatencySlope * scale);
        segment.LatencyMs += latency;
        segment.LatencySlope += latencySlope;
        segment.EnergyMillijoules += latency * power;
        segment.EnergySlope += (latency * powerSlope) + (latencySlope * power);
        segment.EnergyCurvature += latencySlope * powerSlope;
        if (piece.Covered)
        {
            segment.CoveredMs += latency;
            segment.CoveredSlope += latencySlope;
        }
    }

    /// <summary>Lines and parabolas over the tokens beyond a segment's start; a NaN latency where an operation has no answer.</summary>
    private struct Segment
    {
        public double LatencyMs;
        public double LatencySlope;
        public double EnergyMillijoules;
        public double EnergySlope;
        public double EnergyCurvature;
        public double CoveredMs;
        public double CoveredSlope;
        public Provenance Provenance;
        public int FirstTerm;
        public int Terms;
    }

    /// <summary>A blend along a segment; its roofline carries the operation's scale.</summary>
    private readonly record struct Term(TokenBlend Blend, int Weights, GemmRoofline Roofline, double PowerWatts, double PowerSlope, bool Covered);
}
