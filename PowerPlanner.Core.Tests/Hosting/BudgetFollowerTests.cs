using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using PowerPlanner.Hosting;

namespace PowerPlanner.Tests.Hosting;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class BudgetFollowerTests
{
    private readonly FakeLogger _logger = new();
    private readonly List<long?> _budgets = [];
    private readonly IConfigurationRoot _configuration = new ConfigurationBuilder().AddInMemoryCollection([new("totalGpuPowerLimitWatts", "40000")]).Build();

    [Test]
    public void A_changed_budget_is_taken_over()
    {
        using var follower = Follow();

        Change("totalGpuPowerLimitWatts", "9000");

        Assert.That(_budgets, Is.EqualTo(new long?[] { 9_000 }));
        Assert.That(_logger.LatestRecord.Message, Is.EqualTo("east: options changed; budget 40000 → 9000 W from the next tick on"));
    }

    [Test]
    public void A_budget_may_be_lifted()
    {
        using var follower = Follow();

        Change("totalGpuPowerLimitWatts", null);

        Assert.That(_budgets, Is.EqualTo(new long?[] { null }));
    }

    [Test]
    public void A_reload_that_changes_nothing_does_nothing()
    {
        using var follower = Follow();

        _configuration.Reload();

        Assert.That((_budgets.Count, _logger.Collector.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Other_changes_wait_for_a_restart_and_say_so_once()
    {
        using var follower = Follow();

        Change("ttftMs", "250");
        Change("isl", "2048");
        _configuration.Reload();

        Assert.That(_budgets, Is.Empty);
        Assert.That(_logger.Collector.GetSnapshot().Select(record => record.Message), Is.EqualTo(new[]
        {
            "east: options changed that take effect after a restart only: ttftMs",
            "east: options changed that take effect after a restart only: isl, ttftMs",
        }));
    }

    [TestCase("isl", "-5")]
    [TestCase("isl", "many")]
    [TestCase("unknown", "1")]
    public void Invalid_options_are_refused_as_a_whole(string key, string value)
    {
        using var follower = Follow();
        _configuration["totalGpuPowerLimitWatts"] = "9000";

        Change(key, value);

        Assert.That(_budgets, Is.Empty);
        Assert.That((_logger.LatestRecord.Level, _logger.LatestRecord.Id.Id), Is.EqualTo((LogLevel.Error, 703)));
        Assert.That(_logger.LatestRecord.Message, Does.Contain(key));
    }

    [Test]
    public void What_follows_a_refusal_is_taken_over()
    {
        using var follower = Follow();
        Change("isl", "-5");

        _configuration["isl"] = "1024";
        Change("totalGpuPowerLimitWatts", "9000");

        Assert.That(_budgets, Is.EqualTo(new long?[] { 9_000 }));
    }

    [Test]
    public void Nothing_is_followed_after_disposal()
    {
        Follow().Dispose();

        Change("totalGpuPowerLimitWatts", "9000");

        Assert.That(_budgets, Is.Empty);
    }

    private BudgetFollower Follow()
    {
        var section = new SectionOptions(string.Empty, _configuration);
        return new BudgetFollower("east", Create(), Create, [section], _budgets.Add, _logger);

        PowerPlannerOptions Create()
        {
            var options = OptionSamples.Disaggregated();
            section.Configure(options);
            var result = new PlannerSetup("east", Options.DefaultName).Validate(Options.DefaultName, options);
            return result.Succeeded ? options : throw new OptionsValidationException(Options.DefaultName, typeof(PowerPlannerOptions), result.Failures);
        }
    }

    private void Change(string key, string? value)
    {
        _configuration[key] = value;
        _configuration.Reload();
    }
}
