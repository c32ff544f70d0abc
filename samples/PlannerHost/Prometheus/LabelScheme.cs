namespace PlannerHost.Prometheus;

/// <summary>Which labels of a GPU's series name the pod that uses it (dcgm-exporter issue 85).</summary>
internal enum LabelScheme
{
    /// <summary>Not known: ask for both and take the one that has our pods.</summary>
    Probe,

    /// <summary><c>exported_namespace</c>, <c>exported_pod</c>: scraped with <c>honorLabels: false</c>, where <c>pod</c> names the exporter.</summary>
    Exported,

    /// <summary><c>namespace</c>, <c>pod</c>: scraped with <c>honorLabels: true</c>.</summary>
    Honoured,
}
