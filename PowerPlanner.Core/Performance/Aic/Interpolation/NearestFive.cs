using System.Runtime.CompilerServices;

namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>The five nearest of the leaves offered so far, nearest first; of equal distances the one offered earlier.</summary>
internal struct NearestFive
{
    private Distances _distances;
    private Leaves _leaves;

    public int Count { get; private set; }

    public readonly double SquaredDistance(int rank) => _distances[rank];

    public readonly int Leaf(int rank) => _leaves[rank];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Offer(double squaredDistance, int leaf)
    {
        if (Count < Distances.Length)
        {
            Insert(Count++, squaredDistance, leaf);
        }
        else if (squaredDistance < _distances[Distances.Length - 1])
        {
            Insert(Distances.Length - 1, squaredDistance, leaf);
        }
    }

    /// <summary>Whether the first four are the same, in whatever order, and the fifth is the same.</summary>
    public readonly bool AgreesWith(in NearestFive other)
    {
        if (Leaf(Distances.Length - 1) != other.Leaf(Distances.Length - 1))
        {
            return false;
        }

        for (var i = 0; i < Distances.Length - 1; i++)
        {
            var found = false;
            for (var j = 0; j < Distances.Length - 1; j++)
            {
                found |= Leaf(i) == other.Leaf(j);
            }

            if (!found)
            {
                return false;
            }
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Insert(int place, double squaredDistance, int leaf)
    {
        while (place > 0 && squaredDistance < _distances[place - 1])
        {
            _distances[place] = _distances[place - 1];
            _leaves[place] = _leaves[place - 1];
            place--;
        }

        _distances[place] = squaredDistance;
        _leaves[place] = leaf;
    }

    [InlineArray(Length)]
    private struct Distances
    {
        public const int Length = 5;
        private double _first;
    }

    [InlineArray(Distances.Length)]
    private struct Leaves
    {
        private int _first;
    }
}
