using System.Text;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Profiled;

namespace PowerPlanner.Tests.Performance.Profiled;

internal sealed class ProfileCsvTests
{
    private const string GoodPrefill = "isl,ttftMs,powerW\n1000,50,600\n2000,110.5,\n";
    private const string GoodDecode = "batch,context,itlMs,powerW\n1,1000,8,250\n32,1000,12,0\n";

    [Test]
    public async Task A_profile_is_loaded_from_two_files()
    {
        using var folder = new TemporaryFolder();

        var model = await ProfiledPerformanceModel.LoadAsync(folder.Write("prefill.csv", GoodPrefill), folder.Write("decode.csv", GoodDecode), 100_000, 700);

        Assert.Multiple(() =>
        {
            Assert.That(model.EstimatePrefill(new(2000)), Is.EqualTo(new StepEstimate(110.5, null, 0, Provenance.Measured)));
            Assert.That(model.EstimateDecode(new(1, 1000)), Is.EqualTo(new StepEstimate(8, 250, 1, Provenance.Measured)));
            Assert.That(model.EstimateDecode(new(32, 1000)).ActivePowerWatts, Is.Null);
            Assert.That((model.KvCapacityTokens, model.NameplateWatts), Is.EqualTo((100_000L, (double?)700)));
        });
    }

    [TestCase("powerW,ttftMs,isl\r\n600,50,1000\r\n", TestName = "Columns_in_another_order_and_Windows_lines_are_read")]
    [TestCase("isl,note,ttftMs,powerW\n1000,\"a, \"\"b\"\"\nc\",50,600\n", TestName = "Further_columns_are_ignored_quotes_and_all")]
    [TestCase("isl,ttftMs,powerW\n\"1000\",\"5e1\",\"600\"\n", TestName = "Quoted_numbers_are_numbers")]
    [TestCase("isl, ttftMs, powerW\n 1000 , 50 , 600 \n", TestName = "Blanks_around_names_and_numbers_do_not_matter")]
    [TestCase("\uFEFFisl,ttftMs,powerW\n1000,50,600", TestName = "A_byte_order_mark_and_a_missing_last_newline_do_not_matter")]
    public async Task Well_formed_files(string text)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("prefill.csv", text);

        var points = await ProfileCsv.ReadFileAsync(path, ProfileCsv.ReadPrefillAsync, CancellationToken.None);

        Assert.That(points, Is.EqualTo(new[] { new ProfiledPrefillPoint(1000, 50, 600) }));
    }

    [TestCase("isl,ttftMs\n1,1\n", "powerW", TestName = "A_missing_column_is_named")]
    [TestCase("isl;ttftMs;powerW\n1;1;1\n", "'isl'", TestName = "Semicolons_are_no_commas")]
    [TestCase("ISL,ttftMs,powerW\n1,1,1\n", "'isl'", TestName = "Names_keep_their_case")]
    [TestCase("isl,isl,ttftMs,powerW\n1,1,1,1\n", "twice", TestName = "A_column_that_occurs_twice_is_refused")]
    [TestCase("isl,ttftMs,powerW\n", "at least one", TestName = "A_header_alone_is_refused")]
    [TestCase("", "header", TestName = "An_empty_file_is_refused")]
    [TestCase("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull", TestName = "A_pointer_of_Git_LFS_is_recognised")]
    [TestCase("isl,ttftMs,powerW\n1000,50,600\n2000\n", "row 2", TestName = "A_truncated_row_is_refused")]
    [TestCase("isl,ttftMs,powerW\n1000,50,600\n1000,60,600\n", "row 2 repeats the operating point of row 1", TestName = "A_duplicate_is_told_with_both_rows")]
    [TestCase("isl,ttftMs,powerW\n1000,\"50,600\n", "row 1", TestName = "An_open_quote_is_refused")]
    [TestCase("isl,ttftMs,powerW\n1000,\"50\"x,600\n", "row 1", TestName = "Text_after_a_quote_is_refused")]
    public void Broken_files_are_refused_with_their_name(string text, string told)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("broken.csv", text);

        Assert.That(
            async () => await ProfileCsv.ReadFileAsync(path, ProfileCsv.ReadPrefillAsync, CancellationToken.None),
            Throws.TypeOf<PerformanceFileException>().With.Message.Contains("broken.csv").And.Message.Contains(told));
    }

    [TestCase("0,1000,8,250", "batch", "'0'")]
    [TestCase("-3,1000,8,250", "batch", "'-3'")]
    [TestCase("1.5,1000,8,250", "batch", "'1.5'")]
    [TestCase("99999999999,1000,8,250", "batch", "'99999999999'")]
    [TestCase(",1000,8,250", "batch", "''")]
    [TestCase("1,,8,250", "context", "''")]
    [TestCase("1,9223372036854775808,8,250", "context", "'9223372036854775808'")]
    [TestCase("1,1000,NaN,250", "itlMs", "'NaN'")]
    [TestCase("1,1000,Infinity,250", "itlMs", "'Infinity'")]
    [TestCase("1,1000,1e999,250", "itlMs", "'1e999'")]
    [TestCase("1,1000,0,250", "itlMs", "'0'")]
    [TestCase("1,1000,-8,250", "itlMs", "'-8'")]
    [TestCase("1,1000,eight,250", "itlMs", "'eight'")]
    [TestCase("1,1000,\"8,5\",250", "itlMs", "'8,5'")]
    [TestCase("1,1000,8,-1", "powerW", "'-1'")]
    [TestCase("1,1000,8,NaN", "powerW", "'NaN'")]
    [TestCase("1,1000,1000000001,300", "itlMs", "'1000000001'")]
    [TestCase("1,1000,1e308,300", "itlMs", "'1e308'")]
    [TestCase("1,1000,8,n/a", "powerW", "'n/a'")]
    public void A_value_that_is_not_allowed_is_told_with_row_column_and_value(string row, string column, string value)
    {
        using var text = new StringReader($"batch,context,itlMs,powerW\n7,7,7,7\n{row}\n");

        Assert.That(
            async () => await ProfileCsv.ReadDecodeAsync(text, "decode.csv", CancellationToken.None),
            Throws.TypeOf<PerformanceFileException>().With.Message.Contains($"decode.csv: row 2, column '{column}': {value} must be"));
    }

    [Test]
    public void A_row_longer_than_any_profile_has_is_refused()
    {
        using var text = new StringReader("isl,ttftMs,powerW\n1000,50," + new string('1', 2 * ProfileCsv.MaximumRowLength) + "\n");

        Assert.That(async () => await ProfileCsv.ReadPrefillAsync(text, "prefill.csv", CancellationToken.None), Throws.TypeOf<PerformanceFileException>());
    }

    [Test]
    public void A_file_longer_than_any_profile_is_refused()
    {
        using var text = new EndlessCsv("isl,ttftMs,powerW\n");

        Assert.That(
            async () => await ProfileCsv.ReadPrefillAsync(text, "prefill.csv", CancellationToken.None),
            Throws.TypeOf<PerformanceFileException>().With.Message.Contains("100000 rows"));
    }

    [Test]
    public void A_file_that_does_not_exist_is_named()
    {
        Assert.That(
            async () => await ProfiledPerformanceModel.LoadAsync("/nowhere/prefill.csv", "/nowhere/decode.csv", 1),
            Throws.TypeOf<PerformanceFileException>().With.Message.StartsWith("/nowhere/prefill.csv: "));
    }

    [Test]
    public void A_folder_is_no_file()
    {
        Assert.That(
            async () => await ProfiledPerformanceModel.LoadAsync(Path.GetTempPath(), "decode.csv", 1),
            Throws.TypeOf<PerformanceFileException>());
    }

    [Test]
    public void Reading_can_be_cancelled()
    {
        using var text = new StringReader(GoodPrefill);

        Assert.That(async () => await ProfileCsv.ReadPrefillAsync(text, "prefill.csv", new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Whatever_a_file_holds_it_is_read_or_refused_as_a_file()
    {
        var random = new Random(20_261_124);
        var read = 0;
        for (var i = 0; i < 4000; i++)
        {
            var isPrefill = i % 2 == 0;
            using var text = new StringReader(Mutated(isPrefill ? GoodPrefill + "3000,200,650\n" : GoodDecode + "1,4000,9,260\n", random));
            try
            {
                if (isPrefill)
                {
                    var points = await ProfileCsv.ReadPrefillAsync(text, "prefill.csv", CancellationToken.None);
                    _ = new ProfiledPerformanceModel(points, [new(1, 1, 1)], 1).EstimatePrefill(new(1500));
                }
                else
                {
                    var points = await ProfileCsv.ReadDecodeAsync(text, "decode.csv", CancellationToken.None);
                    _ = new ProfiledPerformanceModel([new(1, 1)], points, 1).EstimateDecode(new(7, 1500));
                }

                read++;
            }
            catch (PerformanceFileException exception)
            {
                Assert.That(exception.Message, Does.Contain(".csv: "));
            }
        }

        Assert.That(read, Is.InRange(200, 3800), "the mutations are too harsh or too mild to tell anything");
    }

    // One to four edits of the kinds that happen to files: bytes flipped, pieces cut, doubled or swapped, odd characters put in.
    private static string Mutated(string good, Random random)
    {
        const string Odd = ",\"\n\r\0;\t -+.eE0123456789\uFEFF\uD800é%xNaI∞";
        var text = new StringBuilder(good);
        for (var edits = random.Next(1, 5); edits > 0 && text.Length > 0; edits--)
        {
            var at = random.Next(text.Length);
            var length = Math.Min(random.Next(1, 12), text.Length - at);
            switch (random.Next(6))
            {
                case 0: text[at] = Odd[random.Next(Odd.Length)]; break;
                case 1: text.Insert(at, Odd[random.Next(Odd.Length)]); break;
                case 2: text.Remove(at, length); break;
                case 3: text.Insert(random.Next(text.Length), text.ToString(at, length)); break;
                case 4: text.Length = at; break;
                default: text[at] = (char)random.Next(char.MaxValue); break;
            }
        }

        return text.ToString();
    }

    /// <summary>Rows without end, each with another input length, and nothing of it in memory.</summary>
    private sealed class EndlessCsv(string header) : TextReader
    {
        private string _rest = header;
        private int _row;

        public override int Read(Span<char> buffer)
        {
            var length = Math.Min(buffer.Length, _rest.Length);
            _rest.AsSpan(0, length).CopyTo(buffer);
            _rest = length < _rest.Length ? _rest[length..] : $"{++_row},50,600\n";
            return length;
        }

        public override int Read(char[] buffer, int index, int count)
        {
            var filled = 0;
            while (filled < count)
            {
                filled += Read(buffer.AsSpan(index + filled, count - filled));
            }

            return filled;
        }

        public override ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

        public override Task<int> ReadAsync(char[] buffer, int index, int count) => Task.FromResult(Read(buffer, index, count));
    }

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("profile");

        public string Write(string name, string text)
        {
            var path = Path.Combine(_folder.FullName, name);
            File.WriteAllText(path, text);
            return path;
        }

        public void Dispose() => _folder.Delete(true);
    }
}
