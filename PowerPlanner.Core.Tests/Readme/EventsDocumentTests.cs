using System.Reflection;
using Microsoft.Extensions.Logging;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Tests.Readme;

internal sealed class EventsDocumentTests
{
    private static readonly Dictionary<int, string> Subjects = new()
    {
        [1] = "Planning",
        [2] = "Acting",
        [3] = "Admission",
        [4] = "Learning",
        [5] = "Budget",
        [6] = "The loop",
        [7] = "Hosting",
    };

    [Test]
    public void The_tables_of_events_and_activities_are_those_of_the_code()
    {
        var events = from method in typeof(PlannerLog).GetMethods(BindingFlags.Public | BindingFlags.Static)
                     let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
                     where attribute is not null
                     orderby attribute.EventId
                     group (method.Name, Event: attribute) by attribute.EventId / 100;
        var constants = typeof(PlannerActivity).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).ToList();

        GeneratedDocument.AssertIsCurrent("events.md",
        [
            "# Log events and activities",
            "",
            "Category `PowerPlanner.Control.PowerPlannerController`. Every message has the field `Deployment`. What may hold for many ticks is written",
            "once when it begins, once when it ends, and every 60 ticks in between; [counters](metrics.md) carry the rate. Ids are a contract: one is",
            "never used again for something else.",
            "",
            "This page is written from the code by a test (`POWERPLANNER_WRITE_DOCS=1 dotnet test`); do not edit it.",
            .. events.SelectMany(subject => new[]
            {
                "",
                $"## {Subjects[subject.Key]}",
                "",
                GeneratedDocument.Row("id", "level", "name", "when", "message"),
                GeneratedDocument.Row("---", "---", "---", "---", "---"),
            }.Concat(subject.Select(entry => GeneratedDocument.Row(
                entry.Event.EventId.ToString(System.Globalization.CultureInfo.InvariantCulture), entry.Event.Level.ToString(), GeneratedDocument.Code(entry.Name),
                XmlSummaries.OfMethod(typeof(PlannerLog), entry.Name), entry.Event.Message)))),
            "",
            "## Activities",
            "",
            $"Activity source `{PlannerInstruments.ActivitySourceName}` (`PlannerInstruments.ActivitySourceName`).",
            "",
            GeneratedDocument.Row("activity", "meaning"),
            GeneratedDocument.Row("---", "---"),
            .. Table(constants.Where(field => !IsTag(field))),
            "",
            GeneratedDocument.Row("tag", "meaning"),
            GeneratedDocument.Row("---", "---"),
            .. Table(constants.Where(IsTag)),
        ]);
    }

    private static bool IsTag(FieldInfo field) => field.Name.EndsWith("Tag", StringComparison.Ordinal);

    private static IEnumerable<string> Table(IEnumerable<FieldInfo> constants) => constants.Select(field =>
        GeneratedDocument.Row(GeneratedDocument.Code((string)field.GetRawConstantValue()!), XmlSummaries.OfField(typeof(PlannerActivity), field.Name)));
}
