using System.Globalization;
using System.Text.Json.Nodes;

namespace PlannerHost.Demo;

/// <content>Pods: made, changed, listed in pages, patched.</content>
internal sealed partial class FakeApiServer
{
    /// <summary>A pod of the cluster, changed in place by <paramref name="change"/>.</summary>
    public void ChangePod(string name, Action<JsonObject> change)
    {
        lock (_state)
        {
            change(_pods[name]);
            Touch(_pods[name], "MODIFIED");
        }
    }

    public void Annotate(string pod, string annotation, string? value) => ChangePod(pod, json =>
    {
        var annotations = json["metadata"]!["annotations"]!.AsObject();
        annotations.Remove(annotation);
        if (value is not null)
        {
            annotations[annotation] = value;
        }
    });

    public IReadOnlyList<string> PodNames
    {
        get
        {
            lock (_state)
            {
                return [.. _pods.Keys];
            }
        }
    }

    public string? Annotation(string pod, string annotation)
    {
        lock (_state)
        {
            return (string?)_pods[pod]["metadata"]!["annotations"]![annotation];
        }
    }

    public void AddPod(string name, Dictionary<string, string> labels, bool ready, int gpus = 1)
    {
        lock (_state)
        {
            var pod = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Pod",
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["namespace"] = Namespace,
                    ["uid"] = Guid.NewGuid().ToString(),
                    ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create<string, JsonNode?>(label.Key, label.Value))),
                    ["annotations"] = new JsonObject(),
                },
                ["spec"] = new JsonObject
                {
                    ["containers"] = new JsonArray(new JsonObject
                    {
                        ["name"] = "engine",
                        ["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["containerPort"] = 8000 }),
                        ["resources"] = new JsonObject { ["limits"] = new JsonObject { ["nvidia.com/gpu"] = gpus.ToString(CultureInfo.InvariantCulture) } },
                    }),
                },
                ["status"] = new JsonObject { ["phase"] = "Pending" },
            };
            _pods[name] = pod;
            if (ready)
            {
                MakeReady(pod);
            }

            Touch(pod, "ADDED");
        }
    }

    /// <summary>A pod of a frontend that listens at an address.</summary>
    public void AddFrontend(string name, Uri address)
    {
        AddPod(name, new Dictionary<string, string> { ["app"] = "llm", ["component"] = "frontend" }, ready: true);
        ChangePod(name, pod => pod["spec"]!["containers"]![0]!["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["containerPort"] = address.Port }));
        ChangePod(name, pod => pod["status"]!["podIP"] = address.Host);
    }

    public static void MakeReady(JsonObject pod) => pod["status"] = new JsonObject
    {
        ["phase"] = "Running",
        ["podIP"] = pod["status"]?["podIP"]?.DeepClone() ?? "10.0.0.7",
        ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }),
        ["containerStatuses"] = new JsonArray(new JsonObject { ["name"] = "engine", ["state"] = new JsonObject { ["running"] = new JsonObject() } }),
    };

    public void RemovePod(string name)
    {
        lock (_state)
        {
            var pod = _pods[name];
            _pods.Remove(name);
            Touch(pod, "DELETED");
        }
    }

    private void Touch(JsonObject pod, string type)
    {
        pod["metadata"]!["resourceVersion"] = NextVersion();
        foreach (var watch in _watches)
        {
            watch.Writer.TryWrite((type, (JsonObject)pod.DeepClone()));
        }
    }

    private string List(HttpRequest request)
    {
        var matching = _pods.Values.Where(pod => Matches(pod, request.Query["labelSelector"])).ToList();
        var from = int.TryParse(request.Query["continue"], NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? start : 0;
        var limit = Math.Min(PageLimit, int.TryParse(request.Query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : int.MaxValue);
        var page = matching.Skip(from).Take(limit).ToList();
        var metadata = new JsonObject { ["resourceVersion"] = _version.ToString(CultureInfo.InvariantCulture) };
        if (from + page.Count < matching.Count)
        {
            metadata["continue"] = (from + page.Count).ToString(CultureInfo.InvariantCulture);
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "PodList",
            ["metadata"] = metadata,
            ["items"] = new JsonArray([.. page.Select(pod => pod.DeepClone())]),
        }.ToJsonString();
    }

    private static bool Matches(JsonObject pod, string? selector) =>
        string.IsNullOrEmpty(selector) || selector.Split(',').All(term => term.Split('=') is [var key, var value] && (string?)pod["metadata"]!["labels"]![key] == value);

    private (int Status, string? Body) PatchPod(string name, HttpRequest request, string body)
    {
        if (request.ContentType?.StartsWith("application/merge-patch+json", StringComparison.Ordinal) != true)
        {
            return (415, null);
        }

        if (!_pods.TryGetValue(name, out var pod))
        {
            return (404, null);
        }

        var patch = JsonNode.Parse(body)!.AsObject();
        if (patch["metadata"]?["uid"] is { } uid && (string?)uid != (string?)pod["metadata"]!["uid"])
        {
            return (409, null);
        }

        Merge(pod, patch);
        Touch(pod, "MODIFIED");
        return (200, pod.ToJsonString());
    }

    // RFC 7386.
    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            if (value is null)
            {
                target.Remove(key);
            }
            else if (value is JsonObject inner && target[key] is JsonObject there)
            {
                Merge(there, inner);
            }
            else
            {
                target[key] = value.DeepClone();
            }
        }
    }
}
