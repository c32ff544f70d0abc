using System.CommandLine;

namespace PowerPlanner.Cli;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document instead of a table." };

    public static Option<string?> Systems() =>
        new("--systems") { Description = "AIC's systems folder. Default: environment AIC_SYSTEMS_DIR.", HelpName = "DIR" };

    public static Option<string?> Models() => new("--models")
    {
        Description = "Folder of Hugging Face configurations named Org--Name_config.json. Default: environment AIC_MODELS_DIR, else model_configs beside the systems folder.",
        HelpName = "DIR",
    };
}
