using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace PowerPlanner.Hosting;

/// <summary>Options of one deployment from a configuration section, and the signal that the section has changed.</summary>
/// <param name="name">Name of the options.</param>
/// <param name="section">The section.</param>
internal sealed class SectionOptions(string name, IConfiguration section) : IConfigureNamedOptions<PowerPlannerOptions>, IOptionsChangeTokenSource<PowerPlannerOptions>
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public void Configure(string? name, PowerPlannerOptions options)
    {
        if (name != Name)
        {
            return;
        }

        var source = section is IConfigurationSection { Path: var path } ? $"configuration section '{path}'" : "configuration";
        try
        {
            PowerPlannerOptionsJson.Apply(options, ConfigurationJson.Write(section), source);
        }
        catch (InvalidOptionsException exception)
        {
            // The kind that a host's validation collects over all of its options.
            throw new OptionsValidationException(Name, typeof(PowerPlannerOptions), exception.Violations.Select(violation => $"{source}: {violation}"));
        }
    }

    /// <inheritdoc/>
    public void Configure(PowerPlannerOptions options) => Configure(Options.DefaultName, options);

    /// <inheritdoc/>
    public IChangeToken GetChangeToken() => section.GetReloadToken();
}
