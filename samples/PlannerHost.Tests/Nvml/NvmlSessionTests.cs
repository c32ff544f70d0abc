using PlannerHost.Nvml;
using PowerPlanner.Power;

namespace PlannerHost.Tests.Nvml;

[NonParallelizable]
internal sealed class NvmlSessionTests
{
    [Test]
    public void Every_GPU_is_listed_with_its_limits_draw_and_energy()
    {
        using var session = NvmlStub.Open(gpus: 3);
        var failures = new List<NvmlException>();

        var gpus = session.ReadAll(failures);

        Assert.That(failures, Is.Empty);
        Assert.That(gpus.Select(gpu => gpu.Uuid), Is.EqualTo(new[] { NvmlStub.Uuid(0), NvmlStub.Uuid(1), NvmlStub.Uuid(2) }));
        Assert.That(gpus[1], Is.EqualTo(new NvmlGpu
        {
            Uuid = NvmlStub.Uuid(1),
            Index = 1,
            Name = "Stub H200?[31m",
            CapWatts = 700,
            DefaultCapWatts = 700,
            Limits = gpus[1].Limits,
            DrawWatts = 68.501,
            EnergyJoules = 123456.789,
        }));
        Assert.That(gpus[1].Limits, Is.EqualTo(new GpuPowerLimits(200, 700)));
        Assert.That(session.DriverVersion, Is.EqualTo("999.99.01"));
    }

    [Test]
    public void A_machine_without_the_library_says_what_to_do()
    {
        var missing = Assert.Throws<NvmlLibraryMissingException>(() => NvmlSession.Open("/no/such/libnvidia-ml.so.1"))!;

        Assert.That(missing.Message, Does.Contain("'/no/such/libnvidia-ml.so.1'").And.Contain("Nvml:LibraryPath"));
    }

    [Test]
    public void A_library_that_is_not_NVML_is_as_good_as_none()
    {
        var text = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllText(text, "not a library");
        try
        {
            Assert.That(() => NvmlSession.Open(text), Throws.TypeOf<NvmlLibraryMissingException>());
        }
        finally
        {
            File.Delete(text);
        }
    }

    [TestCase(NvmlReturn.NoPermission, typeof(NvmlPermissionException))]
    [TestCase(NvmlReturn.NotSupported, typeof(NvmlNotSupportedException))]
    [TestCase(NvmlReturn.FunctionNotFound, typeof(NvmlNotSupportedException))]
    [TestCase(NvmlReturn.GpuIsLost, typeof(NvmlGpuLostException))]
    [TestCase(NvmlReturn.ResetRequired, typeof(NvmlGpuLostException))]
    [TestCase(NvmlReturn.NotFound, typeof(NvmlGpuLostException))]
    [TestCase(NvmlReturn.GpuNotFound, typeof(NvmlGpuLostException))]
    [TestCase(NvmlReturn.DriverNotLoaded, typeof(NvmlDriverException))]
    [TestCase(NvmlReturn.LibraryDriverMismatch, typeof(NvmlDriverException))]
    [TestCase(NvmlReturn.Uninitialized, typeof(NvmlException))]
    [TestCase(NvmlReturn.InvalidArgument, typeof(NvmlException))]
    [TestCase(NvmlReturn.InsufficientPower, typeof(NvmlException))]
    [TestCase(NvmlReturn.Timeout, typeof(NvmlException))]
    [TestCase(NvmlReturn.InterruptIssue, typeof(NvmlException))]
    [TestCase(NvmlReturn.OperatingSystem, typeof(NvmlException))]
    [TestCase(NvmlReturn.InUse, typeof(NvmlException))]
    [TestCase(NvmlReturn.Memory, typeof(NvmlException))]
    [TestCase(NvmlReturn.NotReady, typeof(NvmlException))]
    [TestCase(NvmlReturn.InvalidState, typeof(NvmlException))]
    [TestCase(NvmlReturn.Unknown, typeof(NvmlException))]
    [TestCase((NvmlReturn)4711, typeof(NvmlException))]
    public void A_failed_write_names_function_GPU_and_code(NvmlReturn code, Type type)
    {
        using var session = NvmlStub.Open(gpus: 2);
        NvmlStub.Fail("nvmlDeviceSetPowerManagementLimit", gpu: 1, code);

        var failure = Assert.Catch<NvmlException>(() => session.SetCapWatts(NvmlStub.Uuid(1), 400))!;

        Assert.That(failure, Is.TypeOf(type));
        Assert.That(failure.Code, Is.EqualTo(code));
        Assert.That(failure.Message, Does.StartWith($"nvmlDeviceSetPowerManagementLimit of GPU {NvmlStub.Uuid(1)}: ").And.Contain($"NVML error {(int)code}"));
        Assert.That(NvmlStub.LimitMilliwatts(1), Is.EqualTo(700000));
    }

    [TestCase(NvmlReturn.DriverNotLoaded)]
    [TestCase(NvmlReturn.LibraryDriverMismatch)]
    public void A_driver_that_is_not_there_fails_the_start(NvmlReturn code)
    {
        NvmlStub.Open(gpus: 1).Dispose();
        NvmlStub.Fail("nvmlInit_v2", NvmlStub.AnyGpu, code);

        Assert.That(() => NvmlSession.Open(NvmlStub.Path), Throws.TypeOf<NvmlDriverException>().With.Message.Contains("nvidia-smi"));
    }

    [Test]
    public void Functions_that_a_GPU_does_not_support_leave_their_values_unknown()
    {
        using var session = NvmlStub.Open(gpus: 1);
        foreach (var function in (string[])["nvmlDeviceGetPowerManagementLimit", "nvmlDeviceGetPowerManagementDefaultLimit", "nvmlDeviceGetPowerManagementLimitConstraints", "nvmlDeviceGetPowerUsage", "nvmlDeviceGetTotalEnergyConsumption"])
        {
            NvmlStub.Fail(function, gpu: 0, NvmlReturn.NotSupported);
        }

        var gpu = session.Read(NvmlStub.Uuid(0));

        Assert.That((gpu.CapWatts, gpu.DefaultCapWatts, gpu.Limits, gpu.DrawWatts, gpu.EnergyJoules), Is.EqualTo(((int?)null, (int?)null, (GpuPowerLimits?)null, (double?)null, (double?)null)));
    }

    [Test]
    public void A_GPU_that_does_not_answer_does_not_hide_the_others()
    {
        using var session = NvmlStub.Open(gpus: 3);
        NvmlStub.Fail("nvmlDeviceGetPowerUsage", gpu: 1, NvmlReturn.GpuIsLost);
        var failures = new List<NvmlException>();

        var gpus = session.ReadAll(failures);

        Assert.That(gpus.Select(gpu => gpu.Index), Is.EqualTo(new[] { 0, 2 }));
        Assert.That(failures, Has.Count.EqualTo(1).And.One.TypeOf<NvmlGpuLostException>());
    }

    [Test]
    public void After_a_driver_reset_handles_are_looked_up_anew()
    {
        using var session = NvmlStub.Open(gpus: 2);
        session.SetCapWatts(NvmlStub.Uuid(1), 450);

        NvmlStub.ResetDriver();
        session.SetCapWatts(NvmlStub.Uuid(1), 400);

        Assert.That(session.Read(NvmlStub.Uuid(1)).CapWatts, Is.EqualTo(400));
        Assert.That(NvmlStub.Initializations, Is.EqualTo(2));
    }

    [Test]
    public void After_a_GPU_reset_the_other_GPUs_are_reachable_too()
    {
        using var session = NvmlStub.Open(gpus: 2);
        session.ReadAll([]);

        NvmlStub.ResetGpu();

        Assert.That(session.Read(NvmlStub.Uuid(0)).CapWatts, Is.EqualTo(700));
        Assert.That(session.Read(NvmlStub.Uuid(1)).CapWatts, Is.EqualTo(700));
    }

    [Test]
    public void A_failed_new_start_is_tried_again_by_the_next_call()
    {
        using var session = NvmlStub.Open(gpus: 1);
        NvmlStub.ResetDriver();
        NvmlStub.Fail("nvmlInit_v2", NvmlStub.AnyGpu, NvmlReturn.DriverNotLoaded, times: 1);

        Assert.That(() => session.Read(NvmlStub.Uuid(0)), Throws.TypeOf<NvmlDriverException>());
        Assert.That(session.Read(NvmlStub.Uuid(0)).CapWatts, Is.EqualTo(700));
    }

    [Test]
    public void A_GPU_that_is_not_on_this_machine_is_reported_by_its_UUID()
    {
        using var session = NvmlStub.Open(gpus: 1);

        Assert.That(() => session.Read("GPU-elsewhere"), Throws.TypeOf<NvmlGpuLostException>().With.Message.Contains("GPU-elsewhere"));
    }

    [Test]
    public void A_session_shuts_NVML_down_as_often_as_it_initialised_it()
    {
        var session = NvmlStub.Open(gpus: 1);
        NvmlStub.ResetGpu();
        session.Read(NvmlStub.Uuid(0));

        session.Dispose();

        Assert.That(NvmlStub.Users, Is.Zero);
        Assert.That(() => session.Read(NvmlStub.Uuid(0)), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void The_listing_prints_every_GPU_and_writes_none()
    {
        NvmlStub.Open(gpus: 2).Dispose();
        var output = new StringWriter();
        var errors = new StringWriter();

        var exitCode = NvmlListing.Print(output, errors, NvmlStub.Path);

        Assert.That(exitCode, Is.Zero);
        Assert.That(output.ToString(), Does.StartWith("Driver 999.99.01, 2 GPUs").And.Contain($"0  {NvmlStub.Uuid(0)}  Stub H200?[31m  cap 700 W (default 700 W, accepts 200 W to 700 W)  draws 68.5 W  energy 123.5 kJ"));
        Assert.That(errors.ToString(), Is.Empty);
        Assert.That(NvmlStub.Writes, Is.Zero);
    }

    [Test]
    public void The_listing_without_a_library_exits_with_2_and_the_reason()
    {
        var errors = new StringWriter();

        Assert.That(NvmlListing.Print(TextWriter.Null, errors, "/no/such/library"), Is.EqualTo(2));
        Assert.That(errors.ToString(), Does.Contain("/no/such/library"));
    }
}
