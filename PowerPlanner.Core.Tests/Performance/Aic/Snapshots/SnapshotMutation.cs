using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Snapshots;

namespace PowerPlanner.Tests.Performance.Aic.Snapshots;

/// <summary>Damages snapshot files, and says what may come of it.</summary>
internal static class SnapshotMutation
{
    /// <summary>What a damaged file may cost at most: some multiple of its size, never what a length in it claims.</summary>
    private const long MostBytes = 200_000_000;

    private static readonly byte[] Telling = [0x00, 0x01, 0x02, 0x04, 0x08, 0x7F, 0x80, 0xFF];

    /// <param name="whole">A snapshot.</param>
    /// <param name="random">What happens to it.</param>
    /// <param name="resealed">Whether length and checksum are made to fit the damage, so that it reaches the payload's reader.</param>
    public static byte[] Of(byte[] whole, Random random, bool resealed)
    {
        var first = resealed ? SnapshotFile.HeaderBytes : 0;
        var bytes = whole.ToList();
        for (var left = random.Next(1, 4); left > 0; left--)
        {
            // Mostly near the start, where lengths and names are; the rest is measurements.
            var at = first + (int)((bytes.Count - first) * Math.Pow(random.NextDouble(), random.Next(1, 6)));
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = Telling[random.Next(Telling.Length)];
                    break;
                case 2:
                    for (var i = at; i < Math.Min(at + 4, bytes.Count); i++)
                    {
                        bytes[i] = Telling[random.Next(Telling.Length)];
                    }

                    break;
                case 3:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                    break;
                case 4:
                    bytes.InsertRange(at, new byte[random.Next(1, 9)]);
                    break;
                default:
                    bytes.RemoveRange(at, random.Next(4) == 0 ? bytes.Count - at : 0);
                    break;
            }

            if (bytes.Count <= first)
            {
                break;
            }
        }

        if (!resealed)
        {
            return [.. bytes];
        }

        byte[] payload = [.. bytes.Skip(SnapshotFile.HeaderBytes)];
        return [.. SnapshotFile.Header(payload), .. payload];
    }

    /// <summary>
    /// Opening refuses the file or takes it. One that it takes is well-formed, with other values: an engine of them answers, or says of its
    /// hardware, layout or data why not.
    /// </summary>
    public static async Task<bool> AssertNoWorseThanRefusedAsync(string path, ModelConfiguration model, EngineLayout layout, string what)
    {
        var before = GC.GetTotalAllocatedBytes();
        var isRefused = false;
        AicDatabase? database = null;
        try
        {
            database = await AicSnapshot.OpenAsync(path);
        }
        catch (PerformanceFileException e)
        {
            Assert.That(e.Path, Is.EqualTo(path), what);
            isRefused = true;
        }

        if (database is not null)
        {
            try
            {
                var engine = await AicEngine.LoadAsync(database, model, layout);
                engine.EstimateContext(3, 700);
                engine.EstimateDecodeStep(5000, 300);
            }
            catch (PerformanceException)
            {
                isRefused = true;
            }
        }

        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(MostBytes), what);
        return isRefused;
    }
}
