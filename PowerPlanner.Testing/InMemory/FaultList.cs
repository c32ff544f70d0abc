namespace PowerPlanner.Testing.InMemory;

/// <summary>The faults that are waiting for calls, in the order in which they were injected.</summary>
internal sealed class FaultList
{
    private readonly List<(FleetFault Fault, int Left)> _faults = [];

    public void Add(FleetFault fault) => _faults.Add((fault, fault.Count ?? int.MaxValue));

    public void Clear() => _faults.Clear();

    public void Remove(FleetFault fault) => _faults.RemoveAll(entry => ReferenceEquals(entry.Fault, fault));

    /// <summary>The first fault that strikes this call, which uses up one of its strikes; null where none does.</summary>
    public FleetFault? Strike(FleetFaultTarget call, string? frontend = null)
    {
        for (var i = 0; i < _faults.Count; i++)
        {
            var (fault, left) = _faults[i];
            if (!Strikes(fault, call, frontend))
            {
                continue;
            }

            if (fault.Count is not null && left == 1)
            {
                _faults.RemoveAt(i);
            }
            else if (fault.Count is not null)
            {
                _faults[i] = (fault, left - 1);
            }

            return fault;
        }

        return null;
    }

    private static bool Strikes(FleetFault fault, FleetFaultTarget call, string? frontend)
    {
        var isCommand = call is FleetFaultTarget.Caps or FleetFaultTarget.Replicas or FleetFaultTarget.Admission;
        return (fault.Target == call || (fault.Target == FleetFaultTarget.Commands && isCommand))
            && (fault.Frontend is null || fault.Frontend == frontend);
    }
}
