using System.Text.RegularExpressions;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Tests.Architecture;

namespace PowerPlanner.Tests.Performance.Aic.Models;

/// <summary>One more family is its own files and a line in the register: nothing else in the library names a family, or an architecture.</summary>
internal sealed class FamilyFilesTests
{
    private const string Folder = "Performance/Aic/Models/";
    private const string Register = Folder + "ModelFamilies.cs";

    private static IEnumerable<Type> Families() =>
        typeof(ModelFamily).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(ModelFamily)) && !type.IsAbstract);

    private static IEnumerable<Type> Details() =>
        typeof(ModelFamily).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(FamilyDetails)) && !type.IsAbstract);

    [TestCaseSource(nameof(Families))]
    public void A_family_is_named_in_its_file_and_in_the_register_alone(Type family)
    {
        // What is said of families that cannot be estimated is the engine's word.
        string[] allowed = family == typeof(UnsupportedFamily)
            ? [$"{Folder}{family.Name}.cs", Register, "Performance/Aic/AicEngine.cs"]
            : [$"{Folder}{family.Name}.cs", Register];

        Assert.That(FilesNaming(family.Name), Is.EquivalentTo(allowed));
    }

    [TestCaseSource(nameof(Details))]
    public void Details_of_a_family_are_named_in_their_file_and_in_the_familys(Type details) => Assert.That(
        FilesNaming(details.Name), Is.EquivalentTo(new[] { $"{Folder}{details.Name}.cs", $"{Folder}{details.Name.Replace("Details", "Family", StringComparison.Ordinal)}.cs" }));

    [Test]
    public void Architectures_are_literals_of_families_alone()
    {
        var files = SourceTree.CoreFiles()
            .Where(file => Regex.IsMatch(file.Text, "\"[A-Za-z0-9]+For(CausalLM|ConditionalGeneration)\"", RegexOptions.None, TimeSpan.FromSeconds(10)))
            .Select(file => file.Path);

        Assert.That(files.Where(path => !path.EndsWith("Family.cs", StringComparison.Ordinal) && path != Register), Is.Empty);
    }

    [Test]
    public void An_architecture_belongs_to_one_family_of_the_register()
    {
        var instances = Families().Where(type => type != typeof(UnsupportedFamily)).SelectMany(type => type.GetFields()
            .Where(field => field.IsStatic && field.FieldType == type).Select(field => (ModelFamily)field.GetValue(null)!)).ToList();

        var architectures = instances.SelectMany(family => family.Architectures).ToList();

        Assert.That(architectures, Is.Unique.And.Not.Empty);
        using (Assert.EnterMultipleScope())
        {
            foreach (var family in instances)
            {
                Assert.That(family.Architectures.Select(ModelFamilies.OfArchitecture), Is.All.SameAs(family));
                Assert.That(family.QkNormArchitectures, Is.SubsetOf(architectures));
                Assert.That(ModelFamilies.Named(family.Name).Name, Is.EqualTo(family.Name));
            }
        }
    }

    private static IEnumerable<string> FilesNaming(string type) => SourceTree.CoreFiles()
        .Where(file => Regex.IsMatch(file.Text, $@"\b{type}\b", RegexOptions.None, TimeSpan.FromSeconds(10)))
        .Select(file => file.Path);
}
