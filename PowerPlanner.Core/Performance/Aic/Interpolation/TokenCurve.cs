using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Latency and power over a whole number of tokens (or rows of a matrix product), cut into pieces within which the formula, the
/// provenance and whether there is power at all do not change. Lines answer for measured curves, their ends and memory operations;
/// blends for matrix products between measured weight shapes. Immutable.
/// </summary>
internal sealed class TokenCurve
{
    private readonly KeyIndex _starts;
    private readonly TokenPiece[] _pieces;
    private readonly TokenBlend[] _blends;
    private readonly TokenBlendWeights[] _weights;

    public TokenCurve(TokenPiece[] pieces, TokenBlend[] blends, TokenBlendWeights[] weights, GemmRoofline roofline)
    {
        _pieces = pieces;
        _blends = blends;
        _weights = weights;
        Roofline = roofline;
        _starts = new KeyIndex(Array.ConvertAll(pieces, piece => piece.Start));
    }

    public ReadOnlySpan<TokenPiece> Pieces => _pieces;

    public ReadOnlySpan<TokenBlend> Blends => _blends;

    public ReadOnlySpan<TokenBlendWeights> Weights => _weights;

    /// <summary>Speed of light of the shape that blends answer for.</summary>
    public GemmRoofline Roofline { get; }

    /// <param name="tokens">A whole number, at least 1.</param>
    public TableAnswer Evaluate(double tokens)
    {
        ref readonly var piece = ref _pieces[_starts.Find(tokens)];
        var x = tokens - piece.Start;
        var power = piece.PowerWatts + (piece.PowerSlope * x);
        if (piece.Blend < 0)
        {
            return new TableAnswer(piece.LatencyMs + (piece.LatencySlope * x), power, piece.Provenance);
        }

        ref readonly var blend = ref _blends[piece.Blend];
        return new TableAnswer(Roofline.Ms(tokens) / blend.Utilization(in _weights[blend.Weights], x, tokens), power, piece.Provenance);
    }
}

/// <summary>A stretch of a <see cref="TokenCurve"/>, up to the next one's start.</summary>
/// <param name="Start">First token count.</param>
/// <param name="LatencyMs">ms at the start; NaN where there is no answer. Unused in a blend.</param>
/// <param name="LatencySlope">ms a token.</param>
/// <param name="PowerWatts">W at the start.</param>
/// <param name="PowerSlope">W a token.</param>
/// <param name="Blend">Index of the blend; −1 = a line.</param>
/// <param name="Covered">Whether the answers have energy.</param>
internal readonly record struct TokenPiece(
    double Start, double LatencyMs, double LatencySlope, double PowerWatts, double PowerSlope, int Blend, Provenance Provenance, bool Covered)
{
    public bool HasData => Blend >= 0 || !double.IsNaN(LatencyMs);
}

/// <summary>Latencies of at most four measured weight shapes along one piece; unused places have latency 1.</summary>
internal readonly record struct TokenBlend(Vector256<double> LatencyMs, Vector256<double> LatencySlope, int Weights)
{
    /// <summary>Weighted mean utilization: speed of light over latency.</summary>
    /// <param name="weights">The weights that this blend names.</param>
    /// <param name="x">Tokens beyond the piece's start.</param>
    /// <param name="tokens">Tokens.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Utilization(in TokenBlendWeights weights, double x, double tokens)
    {
        var latency = LatencyMs + (LatencySlope * x);
        var light = Vector256.MaxNative(weights.ComputeMs * tokens, (weights.MemoryMs * tokens) + weights.WeightMs);
        return Vector256.Sum(light / latency);
    }
}

/// <summary>Rooflines of at most four measured weight shapes, each times its share of the weights; unused places are 0.</summary>
internal readonly record struct TokenBlendWeights(Vector256<double> ComputeMs, Vector256<double> MemoryMs, Vector256<double> WeightMs);
