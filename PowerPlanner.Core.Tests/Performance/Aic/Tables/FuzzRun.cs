using System.Globalization;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>
/// Reads damaged inputs, each of which must be understood or refused with a <see cref="PerformanceException"/>, in bounded time and memory.
/// Every case has a random sequence of its own, so that a failing one can be repeated alone from the seed in its message.
/// </summary>
internal sealed class FuzzRun<T>
{
    /// <summary>A case takes less than a millisecond; one that takes this long never ends.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public required int FirstSeed { get; init; }

    public required int Cases { get; init; }

    /// <summary>Makes a damaged input.</summary>
    public required Func<Random, T> Damage { get; init; }

    /// <summary>Reads an input, and throws what is no <see cref="PerformanceException"/> where it was understood as something that cannot be.</summary>
    public required Func<T, ValueTask> Read { get; init; }

    /// <summary>An input in a failure's message.</summary>
    public required Func<T, string> Show { get; init; }

    /// <summary>Bytes that reading one input may allocate.</summary>
    public required long MostBytes { get; init; }

    /// <summary>Runs all cases.</summary>
    /// <returns>How many were understood.</returns>
    public async Task<int> RunAsync()
    {
        var understood = 0;
        for (var seed = FirstSeed; seed < FirstSeed + Cases; seed++)
        {
            var input = Damage(new Random(seed));
            var before = GC.GetTotalAllocatedBytes();
            try
            {
                // On a thread of the pool, so that an endless loop is left behind and told.
                await Task.Run(async () => await Read(input)).WaitAsync(Limit);
                understood++;
            }
            catch (PerformanceException e)
            {
                Check(e, seed, input);
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}: {e}\n{Show(input)}");
            }

            var bytes = GC.GetTotalAllocatedBytes() - before;
            Assert.That(bytes, Is.AtMost(MostBytes), () => $"Seed {seed.ToString(CultureInfo.InvariantCulture)}: bytes allocated\n{Show(input)}");
        }

        return understood;
    }

    // Whatever is in a file, a message is one that a person can read.
    private void Check(PerformanceException e, int seed, T input)
    {
        if (e is PerformanceFileException && e.Message.Length > 1000)
        {
            Assert.Fail($"Seed {seed}: a message of {e.Message.Length} characters\n{Show(input)}");
        }
    }
}
