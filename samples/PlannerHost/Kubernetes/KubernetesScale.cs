using System.Net;
using System.Text.Json;
using k8s;
using k8s.Models;

namespace PlannerHost.Kubernetes;

/// <summary>
/// The scale subresource of a role: that of a Deployment, of a custom resource, of anything that has one, as their paths have one form.
/// </summary>
internal sealed class KubernetesScale(IKubernetes client, ApiCaller caller, KubernetesOptions options)
{
    /// <summary>Replicas that the resource has been told to have; at least 0.</summary>
    /// <exception cref="KubernetesApiException">It cannot be read.</exception>
    /// <exception cref="TimeoutException">No answer in time.</exception>
    public async Task<int> ReadAsync(KubernetesRoleOptions role, CancellationToken cancellationToken)
    {
        var scale = await caller.ReadAsync($"reading the scale of {Name(role)}", token => GetAsync(role, token), cancellationToken);
        return Replicas(scale);
    }

    /// <summary>Tells the resource how many replicas to have, if it has been told another number.</summary>
    /// <inheritdoc cref="ApiCaller.WriteAsync"/>
    public async Task SetAsync(KubernetesRoleOptions role, int replicas, Func<bool> mayWrite, CancellationToken cancellationToken)
    {
        var what = FormattableString.Invariant($"scaling {Name(role)} to {replicas}");
        V1Scale scale;
        try
        {
            scale = await caller.ReadAsync(what, token => GetAsync(role, token), cancellationToken);
        }
        catch (Exception failure) when (failure is KubernetesApiException or TimeoutException)
        {
            // Nothing has been sent that could change anything.
            throw new WriteRefusedException(failure.Message, (failure as KubernetesApiException)?.Status, failure);
        }

        if (Replicas(scale) == replicas)
        {
            return;
        }

        var patch = new V1Patch(JsonSerializer.Serialize(new Dictionary<string, object> { ["spec"] = new Dictionary<string, int> { ["replicas"] = replicas } }), V1Patch.PatchType.MergePatch);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await caller.WriteAsync(what, mayWrite, token => client.CustomObjects.PatchNamespacedCustomObjectScaleAsync<V1Scale>(patch, role.Group, role.Version, options.Namespace, role.Plural, role.Name, cancellationToken: token), cancellationToken);
                return;
            }
            catch (WriteRefusedException conflict) when (conflict.Status == HttpStatusCode.Conflict && attempt < options.MaxAttempts)
            {
                await caller.BackOffAsync(attempt, cancellationToken);
            }
        }
    }

    private Task<V1Scale> GetAsync(KubernetesRoleOptions role, CancellationToken token) =>
        client.CustomObjects.GetNamespacedCustomObjectScaleAsync<V1Scale>(role.Group, role.Version, options.Namespace, role.Plural, role.Name, token);

    private string Name(KubernetesRoleOptions role) => $"{role.Plural}.{role.Group}/{role.Name} in {options.Namespace}";

    // A scale without a number has been told nothing: the kinds that have one default it to 1, but a missing number is also 0 in Go's JSON.
    private static int Replicas(V1Scale scale) => Math.Max(0, scale.Spec?.Replicas ?? 0);
}
