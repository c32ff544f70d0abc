using PowerPlanner.Control;
using PowerPlanner.Control.Loop;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>
/// All that may happen next to a fleet and its controller between two ticks: one move of the world, one thing that others do, or one tick with at
/// most one fault. Every command is held against the promises. Not thread-safe.
/// </summary>
internal sealed class Successors : IDisposable
{
    private static readonly CommandFault[] Cuts = [CommandFault.CancelledUnsent, CommandFault.CancelledDelayed, CommandFault.CrashUnsent, CommandFault.CrashApplied, CommandFault.CrashDelayed];
    private static readonly CommandFault[] Faults = [CommandFault.Refused, CommandFault.Lost, CommandFault.Unanswered, CommandFault.Delayed, CommandFault.Cached];

    private readonly PlannerInstruments _instruments = new();
    private readonly TinyRules _rules;
    private readonly LoopCore _core;
    private readonly LoopState _fresh;
    private Action<Node, Step> _sink = static (_, _) => { };
    private Action<string, Step> _fail = static (_, _) => { };

    public Successors(TinyRules rules)
    {
        _rules = rules;
        Planner = new TinyPlanner(rules);
        _fresh = Planner.Initial();
        _core = new LoopCore(new LoopRules("tiny", rules.Options(), rules.IsFenced), new LoopReport("tiny", null, _instruments.ForDeployment("tiny", [], [], rules.Roles == 1)));
    }

    public TinyPlanner Planner { get; }

    /// <summary>Whether what happens is to be put into words.</summary>
    public bool Tells { get; set; }

    /// <summary>Commands checked while something was excused, and while nothing was.</summary>
    public (long Excused, long Judged) Commands { get; private set; }

    public void Dispose() => _instruments.Dispose();

    /// <summary>The fleets that everything begins with: nothing runs, or what somebody else has left.</summary>
    public IEnumerable<Node> Roots()
    {
        foreach (var running in new[] { 0, _rules.MostReplicas })
        {
            var roles = Enumerable.Range(0, _rules.Roles).Select(i => new TinyRole { Rules = _rules, Index = i, WantedReplicas = running, WantedCapWatts = _rules.Ranges[0].Max, Range = _rules.Ranges[0] }.Settled().Forgotten());
            yield return new Node(new TinyWorld { Roles = [.. roles], BudgetWatts = _rules.Budgets[0] }, _fresh, HasBegun: false);
        }
    }

    /// <summary>Everything that may happen next.</summary>
    /// <param name="node">Where things stand.</param>
    /// <param name="sink">Is given what they come to, and how.</param>
    /// <param name="fail">Is told of a broken promise, and how it came to it.</param>
    public void Expand(Node node, Action<Node, Step> sink, Action<string, Step> fail)
    {
        (_sink, _fail) = (sink, fail);
        MoveWorld(node);
        Interfere(node);
        Tick(node, node.World, node.World.Show(), isFresh: true, isFast: false, isFaulty: false, "tick");
        Tick(node, node.World, node.World.Show(), isFresh: true, isFast: true, isFaulty: true, "tick with a fast fleet");
        if (_rules.HasReadFaults)
        {
            Tick(node, node.World, null, isFresh: false, isFast: false, isFaulty: true, "tick without a read");
            for (var i = 0; i < _rules.Roles && _rules.Roles > 1; i++)
            {
                Tick(node, node.World, node.World.Show(hidden: i), isFresh: false, isFast: false, isFaulty: true, Tells ? $"tick whose read misses {_rules.Role(i)}" : "");
            }
        }

        if (_rules.HasLateReads)
        {
            ReadLate(node);
        }
    }

    /// <summary>The world settles, and a tick follows on which nothing goes wrong.</summary>
    /// <returns>What comes of it; null where a promise was broken. And the commands that it took.</returns>
    public (Node? Node, int Commands) Calm(Node node, Action<string, Step> fail)
    {
        (Node? Node, int Commands) result = (null, 0);
        _fail = fail;
        _sink = (next, _) => result = (next, next.State.Tick.Results.Length);
        var world = node.World.Settled();
        Tick(node, world, world.Show(), isFresh: true, isFast: false, isFaulty: true, "calm tick");
        return result;
    }

    /// <summary>What is wrong with a fleet that is at rest; null = it is what a fresh planner finds.</summary>
    public string? Unrest(Node node)
    {
        var world = node.World;
        var (first, second) = Planner.Best(world);
        var state = node.State;
        if (state.Fleet.ChargedWatts != world.WorstWatts())
        {
            return $"The ledger says {state.Fleet.ChargedWatts} W, the truth is {world.WorstWatts()} W.";
        }

        for (var i = 0; i < world.Roles.Length; i++)
        {
            var role = world.Roles[i];
            var best = i == 0 ? first : second;
            if (role.WantedReplicas != best.Replicas)
            {
                return $"{_rules.Role(i)} is to have {role.WantedReplicas} replicas; best are {best.Replicas}.";
            }

            if (best.Replicas > 0 && role.Clamp(role.WantedCapWatts) != best.CapWatts)
            {
                return $"{_rules.Role(i)} is to have {role.WantedCapWatts} W; best are {best.CapWatts} W.";
            }
        }

        return null;
    }

    private void MoveWorld(Node node)
    {
        var world = node.World;
        foreach (var role in world.Roles)
        {
            role.Moves((next, what) => _sink(node with { World = world.Moved(next) }, Tells ? $"{_rules.Role(role.Index)}: {what}" : ""));
            _sink(node with { World = world.Moved(role.Settled()) }, Tells ? $"{_rules.Role(role.Index)} settles" : "");
        }

        if (world.Roles.Length > 1)
        {
            _sink(node with { World = world.Settled() }, "all settles");
        }
    }

    private void Interfere(Node node)
    {
        var world = node.World;
        foreach (var budget in _rules.Budgets)
        {
            if (budget != world.BudgetWatts)
            {
                _sink(node with { World = world with { BudgetWatts = budget } }, Tells ? $"budget {budget} W" : "");
            }
        }

        foreach (var role in world.Roles)
        {
            foreach (var range in _rules.Ranges)
            {
                if (range != role.Range)
                {
                    _sink(node with { World = world.With(role.Within(range)) with { IsExcused = true } }, Tells ? $"{_rules.Role(role.Index)}: range {range.Min} to {range.Max} W" : "");
                }
            }

            if (!_rules.HasForeignEdits)
            {
                continue;
            }

            for (var count = 0; count <= _rules.MostReplicas; count++)
            {
                if (count != role.WantedReplicas)
                {
                    _sink(node with { World = world.With(role with { WantedReplicas = count, IsCountForeign = true }) with { IsExcused = true } }, Tells ? $"somebody sets {_rules.Role(role.Index)} to {count} replicas" : "");
                }
            }

            foreach (var cap in new[] { 300, 500 })
            {
                if (cap != role.WantedCapWatts)
                {
                    _sink(node with { World = world.With(role.Replacing(cap) with { IsCapForeign = true }) with { IsExcused = true } }, Tells ? $"somebody sets {_rules.Role(role.Index)} to {cap} W" : "");
                }
            }
        }

        if (_rules.HasCrashes && (node.HasBegun || node.State.IsInherited))
        {
            _sink(node with { State = Inherited(node.State), HasBegun = false }, "the process ends; the next one inherits");
            if (_rules.HasColdStarts)
            {
                _sink(new Node(world with { Roles = [.. world.Roles.Select(role => role.Forgotten())], IsExcused = true }, _fresh, HasBegun: false), "the process ends; the next one starts cold");
            }
        }
    }

    /// <summary>Reads that show the fleet as it was one step ago.</summary>
    private void ReadLate(Node node)
    {
        var (world, sink) = (node.World, _sink);
        var read = world.Show();
        foreach (var role in world.Roles)
        {
            role.Moves((next, what) => Tick(node, world.Moved(next), read, isFresh: false, isFast: false, isFaulty: true, Tells ? $"tick that reads late: {_rules.Role(role.Index)}: {what}" : ""));
        }

        // And as it was a tick ago.
        Node? after = null;
        _sink = (next, _) => after = next;
        Tick(node, world, read, isFresh: true, isFast: false, isFaulty: true, "tick");
        _sink = sink;
        if (after is not null && after.State.Tick.Results.Length > 0)
        {
            Tick(after, after.World, read, isFresh: false, isFast: false, isFaulty: true, "tick, and one more that reads what the first has read");
        }
    }

    private void Tick(Node node, TinyWorld world, FleetState? fleet, bool isFresh, bool isFast, bool isFaulty, string what)
    {
        var state = node.State;
        world = world.Passing();
        if (isFresh)
        {
            if (!_rules.IsFenced)
            {
                fleet = world.Show();
            }

            world = world.IsExcused ? world with { IsExcused = false } : world;
        }

        var now = state.Now + _rules.Tick;
        var input = new LoopInput
        {
            Kind = LoopInputKind.Observed,
            Now = now,
            Time = state.Taken + _rules.Tick,
            Tick = node.HasBegun ? TickKind.Tick : TickKind.Start,
            Fleet = fleet,
            Update = new LoopUpdate(HasBudget: true, world.BudgetWatts, null, Reset: false),
            Observation = _rules.HasMeter ? Honest(world) : null,
        };
        var run = new TickRun { World = world, Memory = state, IsFresh = isFresh, IsFast = isFast, IsFaulty = isFaulty, HasBegun = node.HasBegun, Name = what, What = what };
        Go(Decide(run, state, input));
        if (_rules.HasMeter && !isFaulty)
        {
            for (var i = 0; i < _rules.Roles; i++)
            {
                var bad = Honest(world);
                bad = _rules.Role(i) switch
                {
                    FleetRole.Prefill => bad with { Prefill = new RoleObservation { PowerWattsPerGpu = 900 }, TotalWatts = 3000 },
                    FleetRole.Decode => bad with { Decode = new RoleObservation { PowerWattsPerGpu = 900 }, TotalWatts = 3000 },
                    _ => bad with { Aggregated = new RoleObservation { PowerWattsPerGpu = 900 }, TotalWatts = 3000 },
                };
                var name = Tells ? $"tick on which the meter says 900 W a GPU of {_rules.Role(i)}" : "";
                Go(Decide(run with { IsFaulty = true, Name = name, What = name }, state, input with { Observation = bad }));
            }
        }
    }

    /// <summary>Draws of an idle fleet: below every cap.</summary>
    private static Observation Honest(TinyWorld world)
    {
        var gpus = world.Roles.Sum(role => role.Replicas.Length * role.Gpus);
        var idle = new RoleObservation { PowerWattsPerGpu = 100, ScheduledTokens = 0 };
        return world.Roles.Length == 1
            ? new Observation { Aggregated = idle, TotalWatts = gpus * 100 }
            : new Observation { Prefill = idle, Decode = idle, TotalWatts = gpus * 100 };
    }

    private TickRun Decide(TickRun run, in LoopState state, in LoopInput input)
    {
        try
        {
            run.Intent = _core.Decide(state, input, out var next);
            run.State = next;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Fail(run, $"The loop throws {failure}");
            run.IsBroken = true;
        }

        if (!run.IsBroken && run.IsFresh && !run.World.IsExcused)
        {
            for (var i = 0; i < _rules.Roles; i++)
            {
                // What is about to be sent is charged already, and not yet true.
                var (charged, worst) = (run.State.Fleet[i].ChargedWatts, run.World.Roles[i].Worst());
                if (charged < worst.Watts)
                {
                    Fail(run, $"COVER The ledger charges {charged} W for {_rules.Role(i)}; it may draw {worst.Watts} W.");
                    run.IsBroken = true;
                    break;
                }
            }
        }

        return run;
    }

    private void Go(TickRun run)
    {
        while (!run.IsBroken)
        {
            if (run.Intent.IsNothing)
            {
                _sink(new Node(run.World, run.State, HasBegun: true), new Step(run.Name, run.What));
                return;
            }

            if (run.Intent.Sweep is { } question)
            {
                run = Decide(run with { }, run.State, Input(run, LoopInputKind.Swept) with { Sweep = Planner.Answer(question) });
                run.HasBegun = true;
                continue;
            }

            var command = run.Intent.Command!.Value;
            run.Memory = run.State;
            if (run.Commands++ >= 4 * _rules.Roles)
            {
                Fail(run, "A tick does not end.");
                return;
            }

            if (!run.IsFaulty)
            {
                if (_rules.HasCommandFaults)
                {
                    foreach (var fault in Faults)
                    {
                        Go(Send(run with { IsFaulty = true }, command, fault));
                    }
                }

                if (_rules.HasCrashes)
                {
                    foreach (var fault in Cuts)
                    {
                        Cut(run with { IsFaulty = true }, command, fault);
                    }
                }
            }

            run = Send(run, command, CommandFault.None);
        }
    }

    /// <summary>One command, whatever becomes of it.</summary>
    private TickRun Send(TickRun run, in FleetCommand command, CommandFault fault)
    {
        var before = run.World;
        var role = before.Roles[command.Role];
        var shown = fault == CommandFault.Cached ? role.Show() : null;
        var after = fault switch
        {
            CommandFault.Refused or CommandFault.Lost => role,
            CommandFault.Delayed => role with { Wire = role.Wire.Add(new WireCommand(command.Kind, command.Value, command.Revision)) },
            _ => role.Taking(command.Kind, command.Value, command.Revision),
        };
        run = Reached(run, before, after, command, fault);
        if (run.IsBroken)
        {
            return run;
        }

        if (run.IsFast)
        {
            run.World = run.World.Settled();
        }

        var input = fault switch
        {
            CommandFault.Refused => Input(run, LoopInputKind.Refused),
            CommandFault.Lost or CommandFault.Unanswered or CommandFault.Delayed => Input(run, LoopInputKind.Unanswered),
            _ => Input(run, LoopInputKind.Answered) with { Role = shown ?? run.World.Roles[command.Role].Show() },
        };
        return Decide(run, run.State, input);
    }

    /// <summary>The tick, or the process, ends at a command.</summary>
    private void Cut(TickRun run, in FleetCommand command, CommandFault fault)
    {
        var role = run.World.Roles[command.Role];
        var after = fault switch
        {
            CommandFault.CrashUnsent or CommandFault.CancelledUnsent => role,
            CommandFault.CrashApplied => role.Taking(command.Kind, command.Value, command.Revision),
            _ => role with { Wire = role.Wire.Add(new WireCommand(command.Kind, command.Value, command.Revision)) },
        };
        run = Reached(run, run.World, after, command, fault);
        if (run.IsBroken)
        {
            return;
        }

        if (fault is CommandFault.CancelledUnsent or CommandFault.CancelledDelayed)
        {
            run = Decide(run, run.State, Input(run, LoopInputKind.Cancelled));
            if (!run.IsBroken)
            {
                _sink(new Node(run.World, run.State, HasBegun: true), new Step(run.Name, run.What));
            }

            return;
        }

        _sink(new Node(run.World, Inherited(run.Memory), HasBegun: false), new Step(run.Name, run.What));
    }

    /// <summary>A command has reached the world, or not: what may be drawn fits the budget, or nothing has risen.</summary>
    private TickRun Reached(TickRun run, TinyWorld before, TinyRole after, in FleetCommand command, CommandFault fault)
    {
        run.World = before.With(after);
        if (Tells)
        {
            run.What += $"; {command.Kind} {_rules.Role(command.Role)} {command.Value} of revision {command.Revision}{(fault == CommandFault.None ? "" : $" ({fault})")}";
            run.Name += fault == CommandFault.None ? "" : $"; {command.Kind} {_rules.Role(command.Role)} {fault}";
        }

        Commands = before.IsExcused ? (Commands.Excused + 1, Commands.Judged) : (Commands.Excused, Commands.Judged + 1);
        if (before.IsExcused)
        {
            return run;
        }

        var role = before.Roles[command.Role];
        var watts = run.World.WorstWatts();
        if (watts <= before.BudgetWatts)
        {
            return run;
        }

        var (was, now) = (role.Worst(), after.Worst());
        if (now.Watts > was.Watts || now.Replicas > was.Replicas || now.CapWatts > was.CapWatts)
        {
            // What somebody else, or a forgotten process, wants shows only as far as it is in effect: that a command takes it back is no news to the ledger.
            if ((role.IsCapForeign || role.IsCountForeign) && (!run.IsFresh || watts <= ChargedBefore(run, command)))
            {
                Commands = (Commands.Excused + 1, Commands.Judged - 1);
                return run;
            }

            Fail(run, $"SAFETY {command.Kind} of {_rules.Role(command.Role)}: {watts} W may be drawn, {before.WorstWatts()} W before; replicas {was.Replicas} to {now.Replicas}, caps {was.CapWatts} to {now.CapWatts} W; the budget is {before.BudgetWatts} W.");
            run.IsBroken = true;
        }

        return run;
    }

    private static long ChargedBefore(in TickRun run, in FleetCommand command)
    {
        var (fleet, open) = (run.State.Fleet, run.State.Tick.OpenBefore);
        var role = fleet[command.Role];
        role = command.Kind == CommandKind.SetCap ? role with { OpenCaps = open } : role with { OpenReplicas = open };
        return fleet.With(command.Role, role).ChargedWatts;
    }

    private void Fail(in TickRun run, string why) => _fail(why, new Step(run.Name, run.What));

    private static LoopInput Input(in TickRun run, LoopInputKind kind) => new() { Kind = kind, Now = run.State.Now, Time = run.State.Taken };

    // A process's clock begins anew, and no time passes between two processes.
    private LoopState Inherited(in LoopState memory) => Inheritance.Of(memory, _fresh with { Taken = memory.Taken }, TimeSpan.FromHours(1), memory.Taken);
}
