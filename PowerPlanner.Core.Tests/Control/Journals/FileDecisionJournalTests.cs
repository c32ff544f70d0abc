using PowerPlanner.Control;

namespace PowerPlanner.Tests.Control.Journals;

/// <summary>A journal in files is bounded, replays file by file, and survives full disks and dead processes.</summary>
internal sealed class FileDecisionJournalTests
{
    private string _folder = string.Empty;

    private string File1 => Path.Combine(_folder, "sub", "life.jsonl");

    [SetUp]
    public void Begin() => _folder = Directory.CreateTempSubdirectory("journal").FullName;

    [TearDown]
    public void End() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Files_are_bounded_in_size_and_number_and_each_replays_by_itself()
    {
        using (var journal = new FileDecisionJournal(File1, maxBytes: 128 << 10, maxFiles: 3))
        {
            await JournalledLife.RunAsync(21, 400, journal);
        }

        var files = Directory.GetFiles(Path.GetDirectoryName(File1)!).Order(StringComparer.Ordinal).ToArray();
        Assert.That(files.Select(Path.GetFileName), Is.EqualTo(["life.1.jsonl", "life.2.jsonl", "life.jsonl"]));
        foreach (var file in files)
        {
            Assert.That(new FileInfo(file).Length, Is.LessThanOrEqualTo(128 << 10));
            using var stream = File.OpenRead(file);
            var result = DecisionReplay.Run(stream);
            Assert.That((result.IsEqual, result.Decisions > 0), Is.EqualTo((true, true)), file);
        }
    }

    [Test]
    public async Task One_file_is_enough()
    {
        using (var journal = new FileDecisionJournal(File1, FileDecisionJournal.LeastMaxBytes, maxFiles: 1))
        {
            await JournalledLife.RunAsync(22, 200, journal);
        }

        Assert.That(Directory.GetFiles(Path.GetDirectoryName(File1)!), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task A_process_goes_on_in_the_file_of_the_one_before_even_where_that_died_while_it_wrote()
    {
        using (var journal = new FileDecisionJournal(File1))
        {
            await JournalledLife.RunAsync(23, 5, journal);
        }

        await File.AppendAllTextAsync(File1, "{\"line\":\"decision\",\"ki");
        using (var journal = new FileDecisionJournal(File1))
        {
            await JournalledLife.RunAsync(24, 5, journal);
        }

        using var stream = File.OpenRead(File1);
        var result = DecisionReplay.Run(stream);
        Assert.That((result.IsEqual, result.CutLines.Length, result.Parts >= 2), Is.EqualTo((true, 1, true)));
    }

    [Test]
    public async Task A_full_disk_costs_ticks_and_leaves_a_journal_that_replays()
    {
        var disk = new FullDisk { Room = 40_000 };
        var journal = new FileDecisionJournal(File1, 1 << 20, 2, disk.Open);
        await JournalledLife.RunAsync(25, 40, journal);
        disk.Room = long.MaxValue;
        await JournalledLife.RunAsync(25, 40, journal);
        journal.Dispose();

        using var stream = File.OpenRead(File1);
        var result = DecisionReplay.Run(stream);
        Assert.That(disk.Refusals, Is.GreaterThan(10));
        Assert.That((result.IsEqual, result.Parts >= 2, result.Ticks > 40), Is.EqualTo((true, true, true)));
    }

    [Test]
    public void A_second_writer_is_refused_and_a_disposed_one_too()
    {
        using var first = new FileDecisionJournal(File1);
        using var second = new FileDecisionJournal(File1);
        first.Begin("{}"u8);
        Assert.That(() => second.Begin("{}"u8), Throws.InstanceOf<IOException>());
        first.Dispose();
        Assert.That(() => first.Append("{}"u8), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => second.Begin("{}"u8), Throws.Nothing);
    }

    [Test]
    public void A_tick_that_might_not_fit_any_more_begins_another_file()
    {
        // 40 KiB of 64 are written, the next line takes 10, and beside it two ticks of 8 KiB are to have room.
        using var journal = new FileDecisionJournal(File1, FileDecisionJournal.LeastMaxBytes);
        journal.Begin(new byte[40 << 10]);
        journal.Flush();

        journal.Begin(new byte[10 << 10]);
        journal.Flush();

        Assert.That(Directory.GetFiles(Path.GetDirectoryName(File1)!), Has.Length.EqualTo(2));
    }

    [Test]
    public void Bounds_are_checked()
    {
        Assert.That(() => new FileDecisionJournal(" "), Throws.ArgumentException);
        Assert.That(() => new FileDecisionJournal(File1, 1000), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new FileDecisionJournal(File1, maxFiles: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    /// <summary>A disk with so much room, that writes what fits and then refuses.</summary>
    private sealed class FullDisk
    {
        public long Room { get; set; }

        public int Refusals { get; private set; }

        public Stream Open(string path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return new Limited(this, new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 0));
        }

        private sealed class Limited(FullDisk disk, FileStream file) : Stream
        {
            public override bool CanRead => true;

            public override bool CanSeek => true;

            public override bool CanWrite => true;

            public override long Length => file.Length;

            public override long Position { get => file.Position; set => file.Position = value; }

            public override void Flush() => file.Flush();

            public override int Read(byte[] buffer, int offset, int count) => file.Read(buffer, offset, count);

            public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

            public override void SetLength(long value) => file.SetLength(value);

            public override void Write(byte[] buffer, int offset, int count)
            {
                var room = (int)Math.Min(count, Math.Max(0, disk.Room - file.Position));
                file.Write(buffer, offset, room);
                if (room < count)
                {
                    disk.Refusals++;
                    throw new IOException("No space left on device");
                }
            }

            protected override void Dispose(bool disposing)
            {
                file.Dispose();
                base.Dispose(disposing);
            }
        }
    }
}
