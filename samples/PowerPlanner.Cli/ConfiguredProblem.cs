using PowerPlanner.Hosting;
using PowerPlanner.Performance;
using PowerPlanner.Planning;

namespace PowerPlanner.Cli;

/// <summary>Builds the problem that a configuration means, and tells what is wrong with the configuration from what its tables lack.</summary>
internal static class ConfiguredProblem
{
    /// <summary>The problem; or, where the names exist and the tables have nothing for the engine, no problem and the reason.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="models">Builds the models.</param>
    /// <param name="where">File and place in it, to open a message with.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="BadInputException">There is no performance section, or a file, a name or a layout does not exist.</exception>
    public static async Task<(PlanningProblem? Problem, string? NoData)> CreateAsync(PowerPlannerOptions options, PerformanceModelBuilder models, string where, CancellationToken cancellationToken)
    {
        if (options.Performance is null)
        {
            throw new BadInputException($"{where}performance: missing; allowed: an object with a kind: fixed, table, aic, roofline or profiled");
        }

        try
        {
            return (await PlanningProblemFactory.CreateAsync(options, models, cancellationToken), null);
        }
        catch (PerformanceException exception) when (exception is NoPerformanceDataException or MissingHardwareRateException or InsufficientMemoryForModelException)
        {
            // The names exist, but the tables have nothing for this engine: the model has failed, the input is not at fault.
            return (null, exception.Message);
        }
        catch (PerformanceException exception)
        {
            var field = exception is InvalidLayoutException ? "engine" : "performance";
            throw new BadInputException($"{where}{field}: {exception.Message}", exception);
        }
    }
}
