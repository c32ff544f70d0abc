using System.Runtime.CompilerServices;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Rows of a segment that are still in the race, in file order.</summary>
/// <remarks>
/// The loops run once a row, mostly in the first load of a process, before the runtime could see that they are hot: hence
/// <see cref="MethodImplOptions.AggressiveOptimization"/>.
/// </remarks>
internal sealed class RowSelection(int[] rows, int count)
{
    /// <summary>The rows; only the first <see cref="Count"/> count.</summary>
    public int[] Rows { get; } = rows;

    public int Count { get; set; } = count;

    /// <summary>Keeps the rows whose text is allowed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Keep(int[] cells, ReadOnlySpan<bool> allowed)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            var row = Rows[i];
            Rows[kept] = row;
            kept += allowed[cells[row]] ? 1 : 0;
        }

        Count = kept;
    }

    /// <summary>Keeps the rows whose integer is one of the allowed ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Keep(long[] cells, ReadOnlySpan<long> allowed)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            var row = Rows[i];
            Rows[kept] = row;
            kept += allowed.Contains(cells[row]) ? 1 : 0;
        }

        Count = kept;
    }

    public T[] Gather<T>(T[] cells)
    {
        var gathered = new T[Count];
        for (var i = 0; i < gathered.Length; i++)
        {
            gathered[i] = cells[Rows[i]];
        }

        return gathered;
    }

    public string[] Gather(int[] cells, TextPool texts)
    {
        var gathered = new string[Count];
        for (var i = 0; i < gathered.Length; i++)
        {
            gathered[i] = texts[cells[Rows[i]]];
        }

        return gathered;
    }
}
