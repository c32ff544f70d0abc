namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Curve over one axis whose speed of light is proportional to the coordinate: the message sizes of collectives (specification 2.4).
/// Straight lines inside, proportional to the size beyond either end, also below the smallest.
/// </summary>
internal static class AxisCurve
{
    /// <summary>The curve over tokens, of which each brings <paramref name="sizePerToken"/> to the coordinate.</summary>
    /// <param name="sizes">Measured sizes, strictly ascending, above 0; at least one.</param>
    /// <param name="leaves">Their measurements.</param>
    /// <param name="sizePerToken">Above 0; may be fractional.</param>
    /// <param name="surest">Provenance that no answer is surer than.</param>
    public static TokenCurve OverTokens(
        ReadOnlySpan<double> sizes, ReadOnlySpan<Leaf> leaves, double sizePerToken, Provenance surest = Provenance.Measured)
    {
        var builder = new TokenCurveBuilder();
        var between = surest == Provenance.Measured ? Provenance.Interpolated : surest;
        AddProportional(builder, 1, sizes[0], leaves[0], sizePerToken);
        for (var i = 0; i < sizes.Length; i++)
        {
            var start = FirstTokenAt(sizes[i], sizePerToken);
            if (start * sizePerToken == sizes[i])
            {
                builder.AddLine(start, leaves[i].LatencyMs, 0, leaves[i].PowerWatts, 0, surest);
                start++;
            }

            if (i + 1 == sizes.Length)
            {
                AddProportional(builder, start, sizes[i], leaves[i], sizePerToken);
            }
            else if (start * sizePerToken < sizes[i + 1])
            {
                AddBetween(builder, start, sizes[i], leaves[i], sizes[i + 1], leaves[i + 1], sizePerToken, between);
            }
        }

        return builder.Build();
    }

    private static double FirstTokenAt(double size, double sizePerToken)
    {
        var token = Math.Max(1, Math.Ceiling(size / sizePerToken));
        while (token > 1 && (token - 1) * sizePerToken >= size)
        {
            token--;
        }

        while (token * sizePerToken < size)
        {
            token++;
        }

        return token;
    }

    private static void AddBetween(TokenCurveBuilder builder, double start, double a, Leaf atA, double b, Leaf atB, double sizePerToken, Provenance provenance)
    {
        var w = ((start * sizePerToken) - a) / (b - a);
        var step = sizePerToken / (b - a);
        builder.AddLine(
            start,
            atA.LatencyMs + ((atB.LatencyMs - atA.LatencyMs) * w),
            (atB.LatencyMs - atA.LatencyMs) * step,
            atA.PowerWatts + ((atB.PowerWatts - atA.PowerWatts) * w),
            (atB.PowerWatts - atA.PowerWatts) * step,
            provenance);
    }

    private static void AddProportional(TokenCurveBuilder builder, double start, double size, Leaf leaf, double sizePerToken)
    {
        if (leaf.LatencyMs > 0)
        {
            var slope = leaf.LatencyMs / size * sizePerToken;
            builder.AddLine(start, slope * start, slope, leaf.PowerWatts, 0, Provenance.Extrapolated);
        }
        else
        {
            builder.AddNoData(start);
        }
    }
}
