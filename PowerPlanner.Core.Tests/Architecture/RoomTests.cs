using System.Text.RegularExpressions;

namespace PowerPlanner.Tests.Architecture;

/// <summary>Folder = namespace = room, and the rooms know each other only in the direction in which data flows.</summary>
internal sealed partial class RoomTests
{
    /// <summary>What every room may use and no room owns: the guards of public doors.</summary>
    private const string Shared = "Guard.cs";

    /// <summary>Which rooms each room may use besides itself, as docs/architecture.md draws it.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Performance"] = [],
        ["Power"] = [],
        ["Planning"] = ["Performance", "Power"],
        ["Facility"] = ["Planning"],
        ["Admission"] = ["Performance", "Power"],
        ["Feedback"] = ["Performance", "Power"],
        ["Diagnostics"] = ["Performance", "Power"],
        ["Control"] = ["Planning", "Admission", "Feedback", "Diagnostics", "Performance", "Power"],
        ["Hosting"] = ["Control", "Planning", "Admission", "Feedback", "Diagnostics", "Performance", "Power"],
    };

    [Test]
    public void Every_file_lies_in_a_room() =>
        Assert.That(
            FilesInRooms().Select(file => file.Path).Where(path => !Arrows.ContainsKey(path.Split('/')[0])),
            Is.Empty);

    [Test]
    public void A_folder_is_a_namespace()
    {
        var wrong = from file in FilesInRooms()
                    let expected = "PowerPlanner." + Path.GetDirectoryName(file.Path)!.Replace('\\', '/').Replace('/', '.')
                    let stated = NamespaceLine().Match(file.Text).Groups[1].Value
                    where stated != expected
                    select $"{file.Path}: namespace '{stated}', expected '{expected}'";

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Rooms_use_only_the_rooms_below_them()
    {
        var wrong = from file in FilesInRooms()
                    let room = file.Path.Split('/')[0]
                    from used in RoomsUsed(file.Text)
                    where used != room && !Arrows[room].Contains(used)
                    select $"{file.Path} uses {used}";

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void A_file_is_named_after_a_type_in_it()
    {
        var wrong = from file in SourceTree.CoreFiles()
                    let name = Path.GetFileName(file.Path).Split('.')[0]
                    where !Regex.IsMatch(file.Text, $@"\b(class|struct|interface|enum|record|delegate [\w<>?(), ]+) {Regex.Escape(name)}\b")
                    select file.Path;

        Assert.That(wrong, Is.Empty);
    }

    private static IEnumerable<(string Path, string Text)> FilesInRooms() => SourceTree.CoreFiles().Where(file => file.Path != Shared);

    private static IEnumerable<string> RoomsUsed(string text) =>
        QualifiedRoom().Matches(LineComment().Replace(text, string.Empty))
            .Select(match => match.Groups[1].Value)
            .Where(Arrows.ContainsKey)
            .Distinct();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    // A room may be named from the root (PowerPlanner.Planning.X) or from a sibling (Planning.X).
    [GeneratedRegex(@"(?:\bPowerPlanner\.|(?<=[\s(<,\[]))(Performance|Power|Planning|Facility|Admission|Feedback|Diagnostics|Control|Hosting)(?=\.[A-Z]|;)")]
    private static partial Regex QualifiedRoom();

    [GeneratedRegex(@"//.*$", RegexOptions.Multiline)]
    private static partial Regex LineComment();
}
