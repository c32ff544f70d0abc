using System.Globalization;
using System.Text.Json.Nodes;

namespace PlannerHost.Demo;

/// <content>Scaled resources, and what controllers and nodes make of them: pods that start, are capped and go.</content>
internal sealed partial class FakeApiServer
{
    public void AddScale(string plural, string name, int replicas, params (string Key, string Value)[] labels)
    {
        lock (_state)
        {
            _scales[$"{plural}/{name}"] = (replicas, labels.ToDictionary(label => label.Key, label => label.Value));
            for (var i = 0; i < replicas; i++)
            {
                AddPod($"{name}-{++_made}", labels.ToDictionary(label => label.Key, label => label.Value), ready: true);
            }
        }
    }

    public int Replicas(string plural, string name)
    {
        lock (_state)
        {
            return _scales[$"{plural}/{name}"].Replicas;
        }
    }

    private (int Status, string? Body) Scale(string key, string name, HttpRequest request, string body)
    {
        if (!_scales.TryGetValue(key, out var scale))
        {
            return (404, null);
        }

        if (request.Method == "PATCH")
        {
            if (request.ContentType?.StartsWith("application/merge-patch+json", StringComparison.Ordinal) != true)
            {
                return (415, null);
            }

            scale.Replicas = (int)JsonNode.Parse(body)!["spec"]!["replicas"]!;
            _scales[key] = scale;
            Reconcile(name, scale.Replicas, scale.Labels);
        }

        return (200, new JsonObject
        {
            ["apiVersion"] = "autoscaling/v1",
            ["kind"] = "Scale",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace },
            ["spec"] = new JsonObject { ["replicas"] = scale.Replicas },
            ["status"] = new JsonObject { ["replicas"] = scale.Replicas },
        }.ToJsonString());
    }

    private void Reconcile(string name, int replicas, Dictionary<string, string> labels)
    {
        var live = _pods.Values.Where(pod => ((string)pod["metadata"]!["name"]!).StartsWith($"{name}-", StringComparison.Ordinal) && pod["metadata"]!["deletionTimestamp"] is null).ToList();
        for (var i = live.Count; i < replicas; i++)
        {
            AddPod($"{name}-{++_made}", labels, ready: false);
        }

        foreach (var pod in live.Skip(replicas))
        {
            pod["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z";
            Touch(pod, "MODIFIED");
        }
    }

    /// <summary>Pods that start are ready, pods that go are gone, and the agents have applied and reported every cap.</summary>
    public void Settle()
    {
        lock (_state)
        {
            foreach (var (name, pod) in _pods.ToList())
            {
                if (pod["metadata"]!["deletionTimestamp"] is not null)
                {
                    RemovePod(name);
                    continue;
                }

                MakeReady(pod);
                var annotations = pod["metadata"]!["annotations"]!.AsObject();
                if (int.TryParse((string?)annotations[CapAnnotation], NumberStyles.None, CultureInfo.InvariantCulture, out var cap))
                {
                    annotations[EffectiveAnnotation] = Math.Clamp(cap, GpuRange.Min, GpuRange.Max).ToString(CultureInfo.InvariantCulture);
                }

                Touch(pod, "MODIFIED");
            }
        }
    }

    /// <summary>
    /// Lets the pods of a scaled resource go where a simulation has them: so many ready, so many still on their way out; where the nodes' agents act, pods
    /// that wait for them start and every cap that is asked for is in force.
    /// </summary>
    /// <returns>The pods that draw power.</returns>
    public IReadOnlyList<SimulatedPod> Drive(string scale, int ready, int terminating, bool agentsAct)
    {
        lock (_state)
        {
            var all = _pods.Where(pod => pod.Key.StartsWith($"{scale}-", StringComparison.Ordinal)).OrderBy(pod => int.Parse(pod.Key[(scale.Length + 1)..], CultureInfo.InvariantCulture)).ToList();
            var leaving = all.Where(pod => pod.Value["metadata"]!["deletionTimestamp"] is not null).ToList();
            foreach (var (name, pod) in leaving.Take(leaving.Count - terminating).ToList())
            {
                RemovePod(name);
                leaving.RemoveAt(0);
                all.RemoveAll(other => ReferenceEquals(other.Value, pod));
            }

            var live = 0;
            foreach (var (_, pod) in all)
            {
                var isLeaving = pod["metadata"]!["deletionTimestamp"] is not null;
                var before = pod.ToJsonString();
                var annotations = pod["metadata"]!["annotations"]!.AsObject();
                var asked = int.TryParse((string?)annotations[CapAnnotation], NumberStyles.None, CultureInfo.InvariantCulture, out var watts) ? Math.Clamp(watts, GpuRange.Min, GpuRange.Max) : (int?)null;
                if (agentsAct && asked is { } cap)
                {
                    annotations[EffectiveAnnotation] = cap.ToString(CultureInfo.InvariantCulture);
                    if ((string?)pod["status"]!["phase"] == "Pending")
                    {
                        MakeReady(pod);
                        pod["status"]!["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "False" });
                    }
                }

                if (!isLeaving && live++ < ready && annotations[EffectiveAnnotation] is not null)
                {
                    MakeReady(pod);
                }

                if (pod.ToJsonString() != before)
                {
                    Touch(pod, "MODIFIED");
                }
            }

            return [.. all.Where(pod => (string?)pod.Value["status"]!["phase"] == "Running").Select(pod => new SimulatedPod(
                pod.Key,
                (string?)pod.Value["status"]!["conditions"]![0]!["status"] == "True",
                int.TryParse((string?)pod.Value["metadata"]!["annotations"]![EffectiveAnnotation], NumberStyles.None, CultureInfo.InvariantCulture, out var inForce) ? inForce : null))];
        }
    }
}
