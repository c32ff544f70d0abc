using k8s.Models;
using PlannerHost.Kubernetes;

namespace PlannerHost.Tests.Kubernetes;

internal sealed class PodFactsTests
{
    private static readonly KubernetesOptions Options = KubernetesFixture.Options();

    [Test]
    public void GPUs_add_up_over_containers_and_sidecars_and_not_over_init_containers()
    {
        var pod = new V1Pod
        {
            Spec = new V1PodSpec
            {
                Containers = [Container("4"), Container("2")],
                InitContainers = [Container("5"), Container("1", restartPolicy: "Always")],
            },
        };

        Assert.That(PodFacts.Of(pod, Options)!.Gpus, Is.EqualTo(7));
    }

    [TestCase("0")]
    [TestCase("-3")]
    [TestCase("5000")]
    [TestCase("1e30")]
    public void A_count_of_GPUs_that_makes_no_sense_is_unknown(string quantity) =>
        Assert.That(PodFacts.Of(new V1Pod { Spec = new V1PodSpec { Containers = [Container(quantity)] } }, Options)!.Gpus, Is.Null);

    [Test]
    public void An_empty_pod_starts_and_may_draw() =>
        Assert.That(PodFacts.Of(new V1Pod(), Options), Has.Property(nameof(PodFacts.Phase)).EqualTo(PodPhase.Starting).And.Property(nameof(PodFacts.MayDraw)).True);

    [TestCase(true, true)]
    [TestCase(false, false)]
    public void A_pending_pod_may_draw_once_an_init_container_has_run(bool hasRun, bool mayDraw)
    {
        var state = hasRun ? new V1ContainerState { Terminated = new V1ContainerStateTerminated() } : new V1ContainerState { Waiting = new V1ContainerStateWaiting() };
        var pod = new V1Pod { Status = new V1PodStatus { Phase = "Pending", InitContainerStatuses = [new V1ContainerStatus { State = state }] } };

        Assert.That(PodFacts.Of(pod, Options)!.MayDraw, Is.EqualTo(mayDraw));
    }

    private static V1Container Container(string gpus, string? restartPolicy = null) => new()
    {
        RestartPolicy = restartPolicy,
        Resources = new V1ResourceRequirements { Limits = new Dictionary<string, ResourceQuantity> { ["nvidia.com/gpu"] = new ResourceQuantity(gpus) } },
    };
}
