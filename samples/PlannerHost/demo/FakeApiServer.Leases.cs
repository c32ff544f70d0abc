using System.Text.Json.Nodes;

namespace PlannerHost.Demo;

/// <content>Leases.</content>
internal sealed partial class FakeApiServer
{
    public JsonObject? Lease(string name)
    {
        lock (_state)
        {
            return _leases.TryGetValue(name, out var lease) ? (JsonObject)lease.DeepClone() : null;
        }
    }

    /// <summary>Writes a lease as another host would.</summary>
    public void ChangeLease(string name, Action<JsonObject> change)
    {
        lock (_state)
        {
            change(_leases[name]["spec"]!.AsObject());
            _leases[name]["metadata"]!["resourceVersion"] = NextVersion();
        }
    }

    private (int Status, string? Body) CreateLease(string body)
    {
        var lease = JsonNode.Parse(body)!.AsObject();
        var name = (string)lease["metadata"]!["name"]!;
        if (_leases.ContainsKey(name))
        {
            return (409, null);
        }

        lease["metadata"]!["resourceVersion"] = NextVersion();
        _leases[name] = lease;
        return (201, lease.ToJsonString());
    }

    private (int Status, string? Body) Lease(string name, string method, string body)
    {
        if (!_leases.TryGetValue(name, out var lease))
        {
            return (404, null);
        }

        if (method == "PUT")
        {
            var next = JsonNode.Parse(body)!.AsObject();
            if ((string?)next["metadata"]?["resourceVersion"] != (string?)lease["metadata"]!["resourceVersion"])
            {
                return (409, null);
            }

            next["metadata"]!["resourceVersion"] = NextVersion();
            _leases[name] = lease = next;
        }

        return (200, lease.ToJsonString());
    }
}
