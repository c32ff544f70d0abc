namespace PlannerHost.Tests.Prometheus;

/// <summary>A Prometheus server of this machine that scrapes given targets; a test that needs it and cannot have it is skipped and says so.</summary>
internal static class RealPrometheus
{
    /// <param name="jobs">The jobs of <c>scrape_configs</c>, YAML.</param>
    public static Task<PrometheusProcess> StartAsync(string jobs)
    {
        const string Message = "SKIPPED FOR WANT OF PROMETHEUS: install the Debian package 'prometheus'.";
        if (PrometheusProcess.Program is null)
        {
            TestContext.Progress.WriteLine(Message);
            Assert.Ignore(Message);
        }

        return PrometheusProcess.StartAsync(jobs, TimeProvider.System);
    }
}
