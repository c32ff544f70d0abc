using System.Collections.Immutable;
using System.Globalization;
using PowerPlanner.Control;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>Scenarios by chance: random walks of budget, load and biases with faults among them, for the invariants that hold in every run.</summary>
public static class RandomScenario
{
    private const int TicksPerEvent = 12;
    private const double LeastTokensPerSecond = 100;
    private const double MostTokensPerSecond = 400_000;

    /// <summary>The scenario of a seed: always the same one.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="ticks">Ticks; at least 1.</param>
    public static Scenario Create(ulong seed, int ticks = 1000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ticks, 1);
        var random = new NoiseStream(seed, -2, default);
        var events = ImmutableArray.CreateBuilder<FleetEvent>();
        var load = new List<(int, double)> { (0, 2000) };
        var tokens = 2000.0;
        for (var tick = 1 + Whole(2 * TicksPerEvent); tick < ticks; tick += 1 + Whole(2 * TicksPerEvent))
        {
            switch (Whole(12))
            {
                case 0 or 1:
                    tokens = Math.Clamp(tokens * (0.3 + (3 * random.NextUnit())), LeastTokensPerSecond, MostTokensPerSecond);
                    load.Add((tick, tokens));
                    break;
                case 2 or 3:
                    events.Add(new BudgetChange(tick, 500 + Whole(8000)));
                    break;
                case 4 or 5:
                    events.Add(new BiasStep(tick, (FleetSignal)Whole(5), 0.5 + (1.7 * random.NextUnit())));
                    break;
                case 6:
                    events.Add(new NodeChange(tick, Whole(7) - 3, Whole(5) - 2));
                    break;
                case 7:
                    events.Add(new WritesDenied(tick, 1 + Whole(6)));
                    break;
                case 8:
                    events.Add(new MetricsOutage(tick, 1 + Whole(15), [(FleetSignal)Whole(5)]));
                    break;
                case 9:
                    events.Add(new ModelFailure(tick, 1 + Whole(10), (ModelFailureMode)Whole(3)));
                    break;
                case 10:
                    var least = 150 + Whole(150);
                    events.Add(new CapRangeChange(tick, least, least + 100 + Whole(500)));
                    break;
                default:
                    events.Add(new FrontendRestart(tick, "f" + (1 + Whole(3)).ToString(CultureInfo.InvariantCulture)));
                    break;
            }
        }

        return new Scenario
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"random-{seed}"),
            Title = string.Create(CultureInfo.InvariantCulture, $"A random walk, seed {seed}"),
            Physics = FleetPhysics.Physical,
            Ticks = ticks,
            Load = LoadProfile.Steps(load),
            Events = events.ToImmutable(),
            Options = new ControlOptions { AdmissionMode = Admission.AdmissionMode.Autoset },
            Noise = FleetNoise.Default,
        };

        int Whole(int below) => (int)(random.NextUnit() * below);
    }
}
