using System.Text.Json.Nodes;
using CsCheck;
using PowerPlanner.Admission;
using PowerPlanner.Control;

namespace PowerPlanner.Tests.Control;

/// <summary>A snapshot is taken over exactly or not at all.</summary>
internal sealed class DamagedSnapshotTests
{
    private const int Mutations = 5000;

    private static readonly string Intact = Take();

    [Test]
    public void What_is_read_is_written_again_to_the_last_bit() =>
        Assert.That(ControllerSnapshot.FromJson(Intact).ToJson(), Is.EqualTo(Intact));

    [Test]
    public void A_truncated_snapshot_is_refused_wherever_it_ends()
    {
        for (var length = 0; length < Intact.Length; length++)
        {
            Assert.That(() => ControllerSnapshot.FromJson(Intact[..length]), Throws.TypeOf<InvalidSnapshotException>(), $"{length} characters");
        }
    }

    [Test]
    public void A_snapshot_of_another_version_is_refused_by_name()
    {
        var json = JsonNode.Parse(Intact)!;
        json["version"] = 3;

        Assert.That(() => ControllerSnapshot.FromJson(json.ToJsonString()), Throws.TypeOf<InvalidSnapshotException>().With.Message.Contains("version is 3"));
    }

    [Test]
    public void A_changed_value_breaks_the_checksum()
    {
        var json = JsonNode.Parse(Intact)!;
        json["state"]!["fleet"]!["budgetWatts"] = 8001;

        Assert.That(() => ControllerSnapshot.FromJson(json.ToJsonString()), Throws.TypeOf<InvalidSnapshotException>().With.Message.Contains("checksum"));
    }

    [Test]
    public void A_mutated_snapshot_is_refused_or_says_the_same() => Gen.Select(Gen.Int[0, Intact.Length - 1], Gen.Char[' ', '~'], Gen.Int[0, 2]).Holds(
        (at, character, kind) =>
        {
            var mutated = kind switch
            {
                0 => Intact.Remove(at, 1),
                1 => Intact.Insert(at, character.ToString()),
                _ => Intact.Remove(at, 1).Insert(at, character.ToString()),
            };
            try
            {
                return ControllerSnapshot.FromJson(mutated).ToJson() == Intact;
            }
            catch (InvalidSnapshotException)
            {
                return true;
            }
        },
        iter: Mutations);

    private static string Take()
    {
        using var bench = new ControlBench(options: new ControlOptions { AdmissionMode = AdmissionMode.Autoset });
        bench.Start().GetAwaiter().GetResult();
        bench.Tick(new Observation { Requests = 10, TtftMs = 77.7, ItlMs = 12.3 }).GetAwaiter().GetResult();
        return bench.Controller.CreateSnapshot().ToJson();
    }
}
