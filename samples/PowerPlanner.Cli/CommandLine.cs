using System.CommandLine;
using System.CommandLine.Invocation;
using PowerPlanner.Cli.Clamp;
using PowerPlanner.Cli.Estimate;
using PowerPlanner.Cli.Explain;
using PowerPlanner.Cli.Frontier;
using PowerPlanner.Cli.Plan;
using PowerPlanner.Cli.Replay;
using PowerPlanner.Cli.Simulate;
using PowerPlanner.Hosting;

namespace PowerPlanner.Cli;

/// <summary>The command <c>powerplanner</c>: what it takes, and what its exit codes mean.</summary>
public static class CommandLine
{
    /// <summary>Runs one command.</summary>
    /// <param name="arguments">The arguments without the program's name.</param>
    /// <param name="output">Receives the answer and nothing else.</param>
    /// <param name="error">Receives progress and, where the input is bad or something unexpected happens, one line.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>0 success, 1 no feasible plan or another answer than recorded, 2 bad input, 3 anything unexpected.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        try
        {
            var terminal = new Terminal(output, error);
            var parsed = Root(terminal).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Action is ParseErrorAction)
            {
                throw new BadInputException($"powerplanner: {string.Join(" | ", parsed.Errors.Select(problem => problem.Message))}; try --help");
            }

            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false }, cancellationToken);
        }
        catch (Exception exception) when (exception is BadInputException or InvalidOptionsException)
        {
            await error.WriteLineAsync(OneLine(exception.Message));
            return ExitCode.BadInput;
        }
        catch (Exception exception)
        {
            // The last resort of the process: whatever it is, the shell gets one line and a code of its own.
            await error.WriteLineAsync(OneLine($"unexpected: {exception.GetType().Name}: {exception.Message}"));
            return ExitCode.Unexpected;
        }
    }

    private static RootCommand Root(Terminal terminal) => new("Plans LLM inference fleets inside a power budget.")
    {
        EstimateCommand.Create(terminal),
        PlanCommand.Create(terminal),
        FrontierCommand.Create(terminal),
        ExplainCommand.Create(terminal),
        ClampCommand.Create(terminal),
        ReplayCommand.Create(terminal),
        SimulateCommand.Create(terminal),
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
