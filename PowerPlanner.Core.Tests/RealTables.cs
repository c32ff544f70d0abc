namespace PowerPlanner.Tests;

/// <summary>Finds AIC's real tables; a test that needs them and cannot have them is skipped and says so.</summary>
internal static class RealTables
{
    /// <summary>AIC's <c>systems</c> folder: <c>AIC_SYSTEMS_DIR</c>, else <c>../shared/aic/systems</c> beside the repository.</summary>
    public static string SystemsDirectory => Find() ?? Skip();

    public static string ModelsDirectory => Path.Combine(SystemsDirectory, "..", "model_configs");

    public static string ReferenceDirectory => Path.Combine(SystemsDirectory, "..", "reference");

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("AIC_SYSTEMS_DIR") is { Length: > 0 } named)
        {
            return Directory.Exists(named) ? named : null;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PowerPlanner.slnx")))
            {
                var beside = Path.Combine(folder.FullName, "..", "shared", "aic", "systems");
                return Directory.Exists(beside) ? Path.GetFullPath(beside) : null;
            }
        }

        return null;
    }

    private static string Skip()
    {
        const string Message = "SKIPPED FOR WANT OF DATA: set AIC_SYSTEMS_DIR to AIC's systems folder, or put it at ../shared/aic/systems beside the repository.";
        TestContext.Progress.WriteLine(Message);
        Assert.Ignore(Message);
        return Message;
    }
}
