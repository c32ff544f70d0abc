using System.Globalization;
using PowerPlanner.Performance.Aic;
using Spectre.Console;

namespace PowerPlanner.Cli.Estimate;

/// <summary>Estimates for people.</summary>
internal static class EstimateView
{
    public static void Show(IAnsiConsole console, IReadOnlyList<EstimateQuery> queries, IReadOnlyList<EstimateOutput> answers)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns(new TableColumn("id"), new TableColumn("engine"), Right("batch"), Right("isl"), Right("osl"));
        table.AddColumns(Right("context, ms"), Right("W"), Right("generation, ms"), Right("W"), Right("J per request"), Right("KV tokens"));
        foreach (var (query, answer) in queries.Zip(answers))
        {
            var engine = query.Engine;
            table.AddRow(
                Markup.Escape(query.Id),
                Markup.Escape(Text($"{engine.Model}, {engine.System}, {engine.Backend} {engine.Version}, tp {engine.Tp}{Mode(engine.Mode)}")),
                Text($"{query.Batch}"),
                Text($"{query.Isl}"),
                Text($"{query.Osl}"),
                answer.Error is null ? Number(answer.ContextMs, "N3") : answer.Error.Type,
                Number(answer.ContextActivePowerW, "N1"),
                Number(answer.GenerationMs, "N3"),
                Number(answer.GenerationActivePowerW, "N1"),
                Number(answer.JoulesPerRequest, "N1"),
                answer.MaxKvTokens is { } tokens ? Text($"{tokens:N0}") : "-");
        }

        console.Write(table);
        console.WriteLine("W is the draw of one GPU over the operations that have power data, J the energy of the whole engine at that draw; - is unknown.");
        foreach (var answer in answers)
        {
            if (answer.Error is { } error)
            {
                console.WriteLine($"{answer.Id}: {error.Type}: {error.Message}");
            }
            else if (answer.Operations is { } operations)
            {
                console.WriteLine();
                console.Write(Operations(answer.Id, operations));
            }
        }
    }

    private static Table Operations(string id, IReadOnlyList<EstimateOutput.OperationFields> operations)
    {
        var table = new Table().Border(TableBorder.Simple).Title(Markup.Escape($"Operations of {id}"));
        table.AddColumns(new TableColumn("phase"), new TableColumn("operation"), Right("ms"), Right("mJ"), new TableColumn("source"));
        foreach (var operation in operations)
        {
            table.AddRow(operation.Phase, Markup.Escape(operation.Name), Number(operation.LatencyMs, "N4"), Number(operation.EnergyMj, "N1"), operation.Source);
        }

        return table;
    }

    /// <summary>Nothing to say of measurements; the rest is never silent.</summary>
    private static string Mode(AicEstimationMode mode) => mode == AicEstimationMode.Silicon ? "" : $", {EstimationModeNames.NameOf(mode)}";

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
