using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Tests.Testing;

/// <summary>What simulated noise and load are made of, seen through their public doors.</summary>
internal sealed class LoadProfileTests
{
    [Test]
    public void A_sine_agrees_with_the_platforms_own()
    {
        var profile = LoadProfile.Sine(2000, 500, 40);

        for (var tick = 0; tick < 200; tick++)
        {
            Assert.That(profile.TokensPerSecond(tick), Is.EqualTo(2000 + (500 * Math.Sin(2 * Math.PI * tick / 40))).Within(1e-9));
        }
    }

    [Test]
    public void A_sine_is_exact_at_its_quarters() =>
        Assert.That(Enumerable.Range(0, 4).Select(LoadProfile.Sine(0, 1, 4).TokensPerSecond), Is.EqualTo(new[] { 0.0, 1, 0, -1 }));

    [Test]
    public void A_ramp_is_level_before_and_after() =>
        Assert.That(new[] { 0, 10, 15, 20, 99 }.Select(LoadProfile.Ramp(100, 200, 10, 20).TokensPerSecond), Is.EqualTo(new[] { 100.0, 100, 150, 200, 200 }));

    [Test]
    public void A_spike_ends_after_its_duration() =>
        Assert.That(new[] { 49, 50, 59, 60 }.Select(LoadProfile.Spike(2000).TokensPerSecond), Is.EqualTo(new[] { 2000.0, 5000, 5000, 2000 }));
}
