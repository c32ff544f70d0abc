using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>
/// Walks through all that can happen to a tiny fleet, breadth first, each state once; from every state it lets the faults end and sees whether the
/// fleet comes to rest where it should. What breaks a promise is told by the shortest path that leads to it.
/// </summary>
internal sealed class Explorer(TinyRules rules) : IDisposable
{
    private const int LongestUnrest = 100;

    private readonly Successors _successors = new(rules);
    private readonly Successors _calm = new(rules);
    private readonly Dictionary<UInt128, int> _visited = [];
    private readonly List<int> _parents = [];
    private readonly List<UInt128> _keys = [];
    private readonly Dictionary<UInt128, short> _ticksToRest = [];
    private readonly List<(UInt128 Key, Node Node, bool IsGood)> _chain = [];
    private readonly HashSet<string> _signatures = [];

    /// <summary>Broken promises, told.</summary>
    public List<string> Violations { get; } = [];

    public int States => _parents.Count;

    /// <summary>Steps that were taken from every state.</summary>
    public int Depth { get; private set; }

    /// <summary>Whether nothing was left to visit.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The most ticks that a fleet needed to come to rest after the last fault.</summary>
    public int MostTicksToRest { get; private set; }

    private int _slowest = -1;

    public string SlowestPath => _slowest < 0 ? "" : Tell(_slowest);

    /// <summary>All broken promises, with their paths.</summary>
    public string Told => string.Join(Environment.NewLine + Environment.NewLine, Violations);

    public string Summary => string.Create(CultureInfo.InvariantCulture, $"{rules.Name}: {States} states, depth {Depth}{(IsComplete ? " (all)" : "")}, {Dives} dives, {_successors.Commands.Judged} commands judged, {_successors.Commands.Excused} excused, at rest after at most {MostTicksToRest} ticks, {Violations.Count} violations");

    public void Dispose()
    {
        _successors.Dispose();
        _calm.Dispose();
    }

    public Explorer Run(int depth, int mostStates = int.MaxValue, TimeSpan? atMost = null, int mostViolations = 1)
    {
        var watch = Stopwatch.StartNew();
        var frontier = new List<(Node Node, int Id)>();
        foreach (var root in _successors.Roots())
        {
            Visit(root, -1, frontier);
        }

        while (Depth < depth && frontier.Count > 0)
        {
            var next = new List<(Node Node, int Id)>();
            for (var i = 0; i < frontier.Count; i++)
            {
                var (node, id) = frontier[i];
                frontier[i] = default;
                _successors.Expand(node, (child, _) => Visit(child, id, next), (why, _) => Broken(why, id, node));
                if (States >= mostStates || watch.Elapsed > atMost || Violations.Count >= mostViolations)
                {
                    return this;
                }
            }

            frontier = next;
            Depth++;
        }

        IsComplete = frontier.Count == 0;
        return this;
    }

    /// <summary>Dives at random, deeper than breadth comes: at each step all that may happen is checked, and one of it happens.</summary>
    public Explorer Dive(int steps, int dives, int mostViolations = 1, int seed = 1, TimeSpan? atMost = null)
    {
        var watch = Stopwatch.StartNew();
        var random = new Random(seed);
        var frontier = new List<(Node Node, int Id)>();
        var roots = _successors.Roots().ToArray();
        for (var dive = 0; dive < dives && !(watch.Elapsed > atMost) && Violations.Count < mostViolations; dive++)
        {
            Dives++;
            var node = roots[random.Next(roots.Length)];
            Visit(node, -1, frontier);
            var id = _visited[node.Key];
            for (var step = 0; step < steps && Violations.Count < mostViolations; step++)
            {
                frontier.Clear();
                Node? chosen = null;
                var seen = 0;
                var (at, atId) = (node, id);
                _successors.Expand(at, (child, _) => chosen = random.Next(++seen) == 0 ? child : chosen, (why, _) => Broken(why, atId, at));
                if (chosen is null)
                {
                    break;
                }

                Visit(chosen, id, frontier);
                (node, id) = (chosen, _visited[chosen.Key]);
            }
        }

        return this;
    }

    public int Dives { get; private set; }

    private void Visit(Node node, int parent, List<(Node Node, int Id)> frontier)
    {
        var key = node.Key;
        if (!_visited.TryAdd(key, _parents.Count))
        {
            return;
        }

        var id = _parents.Count;
        _parents.Add(parent);
        _keys.Add(key);
        frontier.Add((node, id));
        var ticks = TicksToRest(node, key, out var why);
        if (why is not null)
        {
            Broken("LIVENESS " + why, id, null);
        }
        else if (ticks > MostTicksToRest)
        {
            (MostTicksToRest, _slowest) = (ticks, id);
        }
    }

    /// <summary>Ticks until no command is sent any more and the fleet is what it should be, and stays so.</summary>
    private int TicksToRest(Node node, UInt128 key, out string? why)
    {
        why = null;
        _chain.Clear();
        var (at, atKey) = (node, key);
        short known;
        while (!_ticksToRest.TryGetValue(atKey, out known))
        {
            var cycle = _chain.FindIndex(step => step.Key == atKey);
            if (cycle >= 0)
            {
                if (_chain.Skip(cycle).All(step => step.IsGood))
                {
                    for (var i = cycle; i < _chain.Count; i++)
                    {
                        _ticksToRest[_chain[i].Key] = 0;
                    }

                    known = 0;
                    _chain.RemoveRange(cycle, _chain.Count - cycle);
                    break;
                }

                why = $"The fleet does not come to rest: {Describe(_chain[^1].Node)}";
                return -1;
            }

            string? broken = null;
            var (next, commands) = _calm.Calm(at, (reason, _) => broken = reason);
            if (next is null)
            {
                why = $"After {_chain.Count} calm ticks: {broken}";
                return -1;
            }

            _chain.Add((atKey, at, commands == 0 && _successors.Unrest(next) is null));
            if (_chain.Count > LongestUnrest)
            {
                why = $"The fleet is not at rest after {LongestUnrest} calm ticks: {Describe(next)}";
                return -1;
            }

            (at, atKey) = (next, next.Key);
        }

        if (known < 0)
        {
            why = "";
            return -1;
        }

        for (var i = _chain.Count - 1; i >= 0; i--)
        {
            known = (short)(known > 0 || !_chain[i].IsGood ? known + 1 : 0);
            _ticksToRest[_chain[i].Key] = known;
        }

        return known;
    }

    private string Describe(Node node) => $"{_successors.Unrest(node) ?? "commands go on"} {node.World}";

    private void Broken(string why, int id, Node? parent)
    {
        // One of a kind is enough: what differs in numbers alone is the same defect.
        var signature = new string([.. why.Take(60).Where(c => !char.IsDigit(c))]);
        if (why.Length == 0 || !_signatures.Add(signature))
        {
            return;
        }

        Violations.Add($"{why}{Environment.NewLine}{Tell(id)}{(parent is null ? TellRest(id) : TellBroken(id, why))}");
    }

    private Node Find(int id, StringBuilder? text)
    {
        var path = new List<int>();
        for (var i = id; i >= 0; i = _parents[i])
        {
            path.Insert(0, i);
        }

        var node = _successors.Roots().First(root => root.Key == _keys[path[0]]);
        text?.AppendLine(CultureInfo.InvariantCulture, $"  begin: {node.World}");
        using var teller = new Successors(rules) { Tells = true };
        foreach (var step in path.Skip(1))
        {
            Node? found = null;
            var how = "";
            teller.Expand(node, (child, what) => (found, how) = found is null && child.Key == _keys[step] ? (child, what.Text) : (found, how), static (_, _) => { });
            node = found ?? throw new InvalidOperationException("A path cannot be walked again.");
            text?.AppendLine(CultureInfo.InvariantCulture, $"  {how}{Environment.NewLine}      {node.World}");
        }

        return node;
    }

    private string Tell(int id)
    {
        var text = new StringBuilder();
        Find(id, text);
        return text.ToString();
    }

    private string TellBroken(int id, string why)
    {
        var node = Find(id, null);
        var text = "";
        using var teller = new Successors(rules) { Tells = true };
        teller.Expand(node, static (_, _) => { }, (reason, what) => text = text.Length == 0 && reason == why ? $"  {what.Text}" : text);
        return text;
    }

    private string TellRest(int id)
    {
        var text = new StringBuilder();
        var node = Find(id, null);
        using var teller = new Successors(rules) { Tells = true };
        for (var i = 0; i < 12; i++)
        {
            var broken = "";
            var (next, _) = teller.Calm(node, (reason, what) => broken = $"{what.Text}: {reason}");
            text.AppendLine(CultureInfo.InvariantCulture, $"  calm: {string.Join(", ", next?.State.Tick.Results.Select(r => $"{r.Kind} {r.Role} {r.Value}") ?? [broken])}{Environment.NewLine}      {next?.World}");
            if (next is null)
            {
                break;
            }

            node = next;
        }

        return text.ToString();
    }
}
