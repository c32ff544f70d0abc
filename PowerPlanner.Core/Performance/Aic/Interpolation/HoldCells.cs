using System.Buffers;
using System.Runtime.CompilerServices;

namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Cuts the plane of outer and inner octaves into cells of an eighth of an octave, each with the leaves that can be among the five
/// nearest of any of its points.
/// </summary>
/// <remarks>
/// Built by halving squares, each of which keeps of its parent's leaves those that matter: in a square of half diagonal ρ around a centre
/// whose fifth leaf is R away none farther than R + 2ρ does; and as the difference of two squared distances is linear over the plane, a
/// leaf that five others beat at all four corners is beaten by them all over the square.
/// </remarks>
internal sealed class HoldCells
{
    /// <summary>Candidates come in groups of so many; places left over name the leaf behind the last, which lies nowhere.</summary>
    public const int Group = 4;

    private const int Nearest = 5;
    private const double CellsPerOctave = 8;

    /// <summary>Octaves beyond the outermost leaves that the cells reach.</summary>
    private const double Margin = 6;

    private readonly int _outerCells;
    private readonly int _innerCells;
    private readonly int[] _listOfCell;
    private readonly int[] _starts;
    private readonly int[] _candidates;

    private HoldCells(int outerCells, int innerCells, int[] listOfCell, int[] starts, int[] candidates)
    {
        _outerCells = outerCells;
        _innerCells = innerCells;
        _listOfCell = listOfCell;
        _starts = starts;
        _candidates = candidates;
    }

    /// <summary>Whether all points of a rectangle of coordinates lie inside the grid, so that hold never meets them.</summary>
    public delegate bool IsInside(double firstOuter, double lastOuter, double firstInner, double lastInner);

    /// <summary>No candidates anywhere where there is no fifth leaf.</summary>
    public static HoldCells Create(ReadOnlySpan<HoldLeaf> leaves, IsInside isInside)
    {
        if (leaves.Length < Nearest)
        {
            return new HoldCells(0, 0, [], [0], []);
        }

        // Coordinates are whole numbers from 1 on, so that octaves begin at 0.
        var (lastOuter, lastInner) = (0.0, 0.0);
        foreach (var leaf in leaves)
        {
            lastOuter = Math.Max(lastOuter, leaf.OuterOctaves);
            lastInner = Math.Max(lastInner, leaf.InnerOctaves);
        }

        var builder = new Builder(leaves, Cells(lastOuter), Cells(lastInner), isInside);
        return new HoldCells(builder.OuterCells, builder.InnerCells, builder.ListOfCell, [.. builder.Starts], [.. builder.Candidates]);

        static int Cells(double lastOctave) => (int)Math.Ceiling((lastOctave + Margin) * CellsPerOctave);
    }

    /// <summary>The candidates at a point, as indexes of leaves; none outside of the cells and in cells that lie inside the grid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<int> Find(double outerOctaves, double innerOctaves)
    {
        var outer = outerOctaves * CellsPerOctave;
        var inner = innerOctaves * CellsPerOctave;
        if (!(outer >= 0 && inner >= 0 && outer < _outerCells && inner < _innerCells))
        {
            return [];
        }

        var list = _listOfCell[((int)outer * _innerCells) + (int)inner];
        var start = _starts[list];
        return _candidates.AsSpan(start, _starts[list + 1] - start);
    }

    private ref struct Builder
    {
        /// <summary>A list this short is not worth halving.</summary>
        private const int ShortList = 8;

        /// <summary>Up to so many leaves each is compared with each.</summary>
        private const int LongestDuel = 24;

        /// <summary>Keeps rounding from dropping a leaf on the rim, octaves.</summary>
        private const double Surplus = 1e-9;

        private readonly ReadOnlySpan<HoldLeaf> _leaves;
        private readonly IsInside _isInside;

        public Builder(ReadOnlySpan<HoldLeaf> leaves, int outerCells, int innerCells, IsInside isInside)
        {
            _leaves = leaves;
            _isInside = isInside;
            OuterCells = outerCells;
            InnerCells = innerCells;
            ListOfCell = new int[outerCells * innerCells];
            var all = new int[leaves.Length];
            for (var i = 0; i < all.Length; i++)
            {
                all[i] = i;
            }

            var size = 1;
            while (size < Math.Max(outerCells, innerCells))
            {
                size *= 2;
            }

            Halve(0, 0, size, all);
        }

        public int OuterCells { get; }

        public int InnerCells { get; }

        public int[] ListOfCell { get; }

        /// <summary>List 0 is empty.</summary>
        public List<int> Starts { get; } = [0, 0];

        public List<int> Candidates { get; } = [];

        private readonly void Halve(int outer, int inner, int size, ReadOnlySpan<int> candidates)
        {
            if (outer >= OuterCells || inner >= InnerCells || _isInside(
                double.Exp2((outer / CellsPerOctave) - Surplus), double.Exp2(((outer + size) / CellsPerOctave) + Surplus),
                double.Exp2((inner / CellsPerOctave) - Surplus), double.Exp2(((inner + size) / CellsPerOctave) + Surplus)))
            {
                return;
            }

            var buffer = ArrayPool<int>.Shared.Rent(candidates.Length);
            var kept = buffer.AsSpan(0, Narrow(outer, inner, size, candidates, buffer));
            if (kept.Length <= LongestDuel)
            {
                kept = kept[..Duel(outer, inner, size, kept)];
            }

            if (size == 1 || kept.Length <= ShortList)
            {
                Fill(outer, inner, size, kept);
            }
            else
            {
                var half = size / 2;
                Halve(outer, inner, half, kept);
                Halve(outer, inner + half, half, kept);
                Halve(outer + half, inner, half, kept);
                Halve(outer + half, inner + half, half, kept);
            }

            ArrayPool<int>.Shared.Return(buffer);
        }

        /// <summary>Drops the leaves beyond the reach of the square's centre.</summary>
        /// <remarks>Optimized at once, as it runs thousands of times in a process's first tenth of a second, before any recompilation.</remarks>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly int Narrow(int outer, int inner, int size, ReadOnlySpan<int> candidates, Span<int> kept)
        {
            var half = size / (2 * CellsPerOctave);
            var outerOctaves = (outer / CellsPerOctave) + half;
            var innerOctaves = (inner / CellsPerOctave) + half;
            var nearest = default(NearestFive);
            foreach (var candidate in candidates)
            {
                nearest.Offer(_leaves[candidate].SquaredDistance(outerOctaves, innerOctaves), candidate);
            }

            var reach = Math.Sqrt(nearest.SquaredDistance(Nearest - 1)) + (2 * Math.Sqrt(2) * half) + Surplus;
            var count = 0;
            foreach (var candidate in candidates)
            {
                if (_leaves[candidate].SquaredDistance(outerOctaves, innerOctaves) <= reach * reach)
                {
                    kept[count++] = candidate;
                }
            }

            return count;
        }

        /// <summary>Drops the leaves that five others beat at all four corners.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly int Duel(int outer, int inner, int size, Span<int> candidates)
        {
            Span<double> corners = stackalloc double[LongestDuel * 4];
            var (firstOuter, lastOuter) = (outer / CellsPerOctave, (outer + size) / CellsPerOctave);
            var (firstInner, lastInner) = (inner / CellsPerOctave, (inner + size) / CellsPerOctave);
            for (var i = 0; i < candidates.Length; i++)
            {
                ref readonly var leaf = ref _leaves[candidates[i]];
                corners[4 * i] = leaf.SquaredDistance(firstOuter, firstInner);
                corners[(4 * i) + 1] = leaf.SquaredDistance(firstOuter, lastInner);
                corners[(4 * i) + 2] = leaf.SquaredDistance(lastOuter, firstInner);
                corners[(4 * i) + 3] = leaf.SquaredDistance(lastOuter, lastInner);
            }

            var count = 0;
            for (var i = 0; i < candidates.Length; i++)
            {
                var beaten = 0;
                for (var j = 0; j < candidates.Length && beaten < Nearest; j++)
                {
                    if (corners[4 * j] < corners[4 * i] - Surplus && corners[(4 * j) + 1] < corners[(4 * i) + 1] - Surplus
                        && corners[(4 * j) + 2] < corners[(4 * i) + 2] - Surplus && corners[(4 * j) + 3] < corners[(4 * i) + 3] - Surplus)
                    {
                        beaten++;
                    }
                }

                if (beaten < Nearest)
                {
                    candidates[count++] = candidates[i];
                }
            }

            return count;
        }

        private readonly void Fill(int outer, int inner, int size, ReadOnlySpan<int> candidates)
        {
            var list = Starts.Count - 1;
            foreach (var candidate in candidates)
            {
                Candidates.Add(candidate);
            }

            while (Candidates.Count % Group != 0)
            {
                Candidates.Add(_leaves.Length);
            }

            Starts.Add(Candidates.Count);
            for (var o = outer; o < Math.Min(outer + size, OuterCells); o++)
            {
                ListOfCell.AsSpan((o * InnerCells) + inner, Math.Min(size, InnerCells - inner)).Fill(list);
            }
        }
    }
}
