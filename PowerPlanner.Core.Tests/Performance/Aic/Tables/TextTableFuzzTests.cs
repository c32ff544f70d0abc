using System.Text;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>Damaged tables in the text form, and names that folders of versions may have.</summary>
internal sealed class TextTableFuzzTests
{
    private const string Table = "moe/sglang/1.0/moe_perf.txt";

    private const string Sample = """
        framework,version,kernel_source,moe_dtype,num_tokens,hidden_size,latency,power
        SGLang,1.0,"sglang_flashinfer_cutlass_moe",w4a16_mxfp4,1,4096,0.25,450.5
        SGLang,1.0,default,bfloat16,2,4096,0.5,
        SGLang,1.0,"a ""quoted"", name",fp8,4,4096,1e-3,0
        SGLang,1.0,moe_torch_flow_min_latency,nvfp4,8,4096,2,700
        """;

    private static readonly string[] Pieces =
    [
        ",", "\"", "\"\"", "\n", "\r\n", "\r", ";", "\t", " ", "", "0", "-1", "1", "+1", "1.5", "1e400", "-1e400", "1e-400", "NaN", "Infinity", "-Infinity", "∞", "1,5", "0x10", "9223372036854775807", "9223372036854775808",
        "1099511627777", "null", "\0", "\uD800", "\uFEFF", "latency", "power", "num_tokens", "version https://git-lfs", "\"\n\"", ",,,,,,,,",
    ];

    private static readonly string[] VersionPieces =
        [".", "-", "_", "+", "!", "v", "a", "b", "rc", "c", "post", "dev", "0", "1", "99999999999999999999999", "00", " ", "\n", "é", "١", "İ", "\0", "\uD800", "local.1", "-1"];

    private static readonly TableQuery Query = new("moe_perf", ["moe_dtype"], [new("num_tokens"), new("hidden_size")], []);

    [Test]
    public async Task A_damaged_text_table_is_a_table_or_a_file_exception()
    {
        const int Cases = 2500;
        using var folder = new AicFolder();
        folder.Write(AicFolder.Data(Table), Sample);
        var database = await folder.OpenAsync("1.0", AicBackend.Sglang);
        var run = new FuzzRun<byte[]>
        {
            FirstSeed = 80_000_000,
            Cases = Cases,
            Damage = static random => DamagedBytes(random),
            Read = async bytes =>
            {
                folder.Write(AicFolder.Data(Table), bytes);
                var rows = await database.LoadAsync(Query, CancellationToken.None);
                if (rows.LatencyMs.Any(static ms => !(ms >= 0 && double.IsFinite(ms))) || rows.PowerWatts.Any(static w => !(w >= 0 && double.IsFinite(w))))
                {
                    throw new InvalidOperationException("A measurement that cannot be was accepted.");
                }

                if (rows.Integers("num_tokens").Any(static tokens => tokens < 0))
                {
                    throw new InvalidOperationException("A key that cannot be was accepted.");
                }
            },
            Show = Convert.ToBase64String,
            MostBytes = 8 << 20,
        };

        var understood = await run.RunAsync();

        Assert.That(understood, Is.InRange(Cases / 20, Cases - (Cases / 10)));
    }

    [Test]
    public async Task Any_name_of_a_folder_has_its_place_in_both_orders_of_versions()
    {
        const int Cases = 1500;
        var run = new FuzzRun<(string Left, string Right)>
        {
            FirstSeed = 90_000_000,
            Cases = Cases,
            Damage = static random => (FuzzText.Damaged("1.3.0rc15", VersionPieces, random), FuzzText.Damaged("0.5.6.post2", VersionPieces, random)),
            Read = static names =>
            {
                var order = AicVersionOrder.OldestFirst;
                var isConsistent = Math.Sign(order.Compare(names.Left, names.Right)) == -Math.Sign(order.Compare(names.Right, names.Left));
                if (Pep440Version.TryParse(names.Left, out var left) && Pep440Version.TryParse(names.Right, out var right))
                {
                    isConsistent &= Math.Sign(left.CompareTo(right)) == -Math.Sign(right.CompareTo(left)) && left.CompareTo(left) == 0;
                }

                return isConsistent ? ValueTask.CompletedTask : throw new InvalidOperationException("The order depends on who asks.");
            },
            Show = static names => $"'{names.Left}' and '{names.Right}'",
            MostBytes = 8 << 20,
        };

        Assert.That(await run.RunAsync(), Is.EqualTo(Cases));
    }

    private static byte[] DamagedBytes(Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(FuzzText.Damaged(Sample, Pieces, random));
        if (random.Next(8) == 0 && bytes.Length > 0)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }
}
