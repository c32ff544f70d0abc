using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>Parquet's hybrid of runs and bit-packed groups, byte by byte.</summary>
internal sealed class PackedRunsTests
{
    // The example of Encodings.md: the numbers 0 to 7 in three bits each.
    [Test]
    public void Packed_numbers_are_read_from_the_lowest_bit_on() =>
        Assert.That(Read([0x03, 0b1000_1000, 0b1100_0110, 0b1111_1010], bits: 3, count: 8), Is.EqualTo([0, 1, 2, 3, 4, 5, 6, 7]));

    [Test]
    public void A_run_repeats_its_number() => Assert.That(Read([0x0A, 0x2C, 0x01], bits: 9, count: 5), Is.EqualTo([300, 300, 300, 300, 300]));

    [Test]
    public void Runs_and_packed_groups_follow_one_another() =>
        Assert.That(Read([0x04, 1, 0x03, 0b0101_0101, 0x02, 0], bits: 1, count: 11), Is.EqualTo([1, 1, 1, 0, 1, 0, 1, 0, 1, 0, 0]));

    [Test]
    public void Numbers_of_no_bits_are_zero_and_take_no_bytes() => Assert.That(Read([0x06], bits: 0, count: 3), Is.EqualTo([0, 0, 0]));

    [Test]
    public void Numbers_of_32_bits_are_read_whole() => Assert.That(Read([0x02, 0xFF, 0xFF, 0xFF, 0xFF], bits: 32, count: 1), Is.EqualTo([-1]));

    [Test]
    public void What_follows_the_last_number_is_not_looked_at()
    {
        Assert.That(Read([0x03, 0xFF, 0x80], bits: 1, count: 3), Is.EqualTo([1, 1, 1]));
        Assert.That(Read([0x64, 1], bits: 1, count: 2), Is.EqualTo([1, 1]));
    }

    [TestCase(new byte[0], 1)]
    [TestCase(new byte[] { 0x00, 0x00 }, 8)]
    [TestCase(new byte[] { 0x02 }, 1)]
    [TestCase(new byte[] { 0x03, 0xFF }, 3)]
    [TestCase(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 }, 1)]
    [TestCase(new byte[] { 0x02, 0x01 }, 33)]
    public void Too_few_bytes_and_impossible_lengths_are_refused(byte[] bytes, int bits) =>
        Assert.That(() => Read(bytes, bits, count: 4), Throws.TypeOf<InvalidDataException>());

    private static int[] Read(byte[] bytes, int bits, int count)
    {
        var numbers = new int[count];
        var runs = new PackedRuns(bytes, bits);
        runs.Read(numbers);
        return numbers;
    }
}
