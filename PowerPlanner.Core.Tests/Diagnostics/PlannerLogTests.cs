using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Tests.Diagnostics;

internal sealed class PlannerLogTests
{
    private static readonly (string Name, LoggerMessageAttribute Event)[] Events =
        [.. from method in typeof(PlannerLog).GetMethods(BindingFlags.Public | BindingFlags.Static)
            let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
            where attribute is not null
            select (method.Name, attribute)];

    [Test]
    public void An_event_id_means_one_thing() => Assert.That(Events.Select(entry => entry.Event.EventId), Is.Unique);

    [Test]
    public void Every_message_begins_with_its_deployment() => Assert.That(Events.Select(entry => entry.Event.Message), Is.All.StartsWith("{Deployment}: "));

    [TestCase(LogLevel.Debug, "MeasuredPowerUsed")]
    [TestCase(LogLevel.Information, "SweepFinished", "DriftDetected", "CommandSent", "PlanApplied")]
    [TestCase(LogLevel.Warning, "TdpFallback", "TdpUnknown", "NonPhysicalPower", "CapOutsideRange", "BudgetInfeasible", "ProposalClamped", "CommandRefused", "CommandFailed", "ThroughputRegression", "RolloutHold", "NoFrontends")]
    [TestCase(LogLevel.Error, "SweepFailed", "Disabled", "AdmissionPartial", "AdmissionFailed", "StartFailed")]
    [TestCase(LogLevel.Critical, "CoefficientPegged", "MaxBatchedTokensUnknown")]
    [Property("Rule", "LIB-18-a")]
    public void Levels_are_those_of_the_reference(LogLevel level, params string[] names) =>
        Assert.That(Events.Where(entry => names.Contains(entry.Name)).Select(entry => entry.Event.Level), Is.EqualTo(Enumerable.Repeat(level, names.Length)));

    [Test]
    public void A_message_carries_its_values_as_fields()
    {
        var logger = new FakeLogger();

        logger.CoefficientPegged("east", "ttft", 2);

        Assert.That(logger.LatestRecord.Id, Is.EqualTo(new EventId(406, "CoefficientPegged")));
        Assert.That(logger.LatestRecord.GetStructuredStateValue("Coefficient"), Is.EqualTo("ttft"));
        Assert.That(logger.LatestRecord.Message, Is.EqualTo("east: coefficient ttft is at its bound 2: the performance model does not describe this fleet"));
    }
}
