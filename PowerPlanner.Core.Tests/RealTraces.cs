using PowerPlanner.Tests.Architecture;

namespace PowerPlanner.Tests;

/// <summary>Finds the real traces; a test that needs them and cannot have them is skipped and says so.</summary>
internal static class RealTraces
{
    /// <summary>The trace <c>code</c> or <c>conv</c> in <c>LLM_TRACES_DIR</c>, else in <c>../shared/traces</c> beside the repository.</summary>
    public static string Of(string name)
    {
        var folder = Environment.GetEnvironmentVariable("LLM_TRACES_DIR") is { Length: > 0 } named ? named : Path.Combine(SourceTree.Root, "..", "shared", "traces");
        var path = Path.Combine(folder, $"AzureLLMInferenceTrace_{name}.csv");
        if (!File.Exists(path))
        {
            var message = $"SKIPPED FOR WANT OF DATA: set LLM_TRACES_DIR to the folder of AzureLLMInferenceTrace_{name}.csv, or put it at ../shared/traces beside the repository.";
            TestContext.Progress.WriteLine(message);
            Assert.Ignore(message);
        }

        return path;
    }
}
