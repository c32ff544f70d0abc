using System.Globalization;
using System.Text.Json;
using PowerPlanner.Cli.Plan;
using PowerPlanner.Planning;
using Spectre.Console;

namespace PowerPlanner.Cli.Explain;

/// <summary>Explanations for people.</summary>
internal static class ExplainView
{
    // Less than that is rounding.
    private const double Noticeable = 0.0005;

    public static void Show(IAnsiConsole console, ExplainAnswer answer)
    {
        if (answer.Result.Plan is not { } plan)
        {
            ShowInfeasible(console, answer);
            return;
        }

        var explanation = answer.Explanation!;
        console.WriteLine(Plan(plan));
        console.WriteLine(explanation.Summary);
        console.WriteLine();
        console.Write(Margins(explanation));
        foreach (var line in Steps(answer, explanation))
        {
            console.WriteLine(line);
        }

        console.WriteLine(Energy(explanation));
        if (plan.Cost is { } cost)
        {
            PlanView.ShowCost(console, cost);
        }

        if (answer.Alternatives.Count > 0)
        {
            console.WriteLine();
            console.Write(Alternatives(answer));
        }
    }

    private static void ShowInfeasible(IAnsiConsole console, ExplainAnswer answer)
    {
        console.WriteLine(Text($"Infeasible: {JsonNamingPolicy.CamelCase.ConvertName(answer.Result.Reason!.Value.ToString())}."));
        console.WriteLine(answer.Result.Detail ?? string.Empty);
        if (answer.Binding is { } binding)
        {
            console.WriteLine($"In the way: {ConstraintWords.Name(binding)}.");
        }

        if (answer.Alternatives.Count > 0)
        {
            console.WriteLine();
            console.Write(Alternatives(answer));
        }
    }

    private static string Plan(PowerPlan plan) => plan.Mode == DeploymentMode.Disaggregated
        ? Text($"{plan.PrefillReplicas} prefill at {plan.PrefillCapWatts} W and {plan.DecodeReplicas} decode at {plan.DecodeCapWatts} W a GPU, batch {plan.DecodeBatch}: {plan.TotalWatts:N0} W on {plan.TotalGpus:N0} GPUs.")
        : Text($"{plan.DecodeReplicas} engines at {plan.DecodeCapWatts} W a GPU, batch {plan.DecodeBatch}: {plan.TotalWatts:N0} W on {plan.TotalGpus:N0} GPUs.");

    private static Table Margins(PlanExplanation explanation)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns(new TableColumn("constraint"), new TableColumn("unit"), Right("limit"), Right("used"), Right("left"), Right("without it, requests/s"), new TableColumn(""));
        foreach (var margin in explanation.Margins)
        {
            table.AddRow(
                ConstraintWords.Name(margin.Constraint),
                ConstraintWords.ShortUnit(margin.Constraint),
                Number(margin.Limit) ?? "none",
                Number(margin.Used)!,
                Number(margin.Margin) ?? "-",
                margin.GainWithoutRequestsPerSecond is { } gain ? Change(gain, "+") : "-",
                margin.Constraint == explanation.BindingConstraint ? "binds" : string.Empty);
        }

        return table;
    }

    private static IEnumerable<string> Steps(ExplainAnswer answer, PlanExplanation explanation)
    {
        var all = answer.Result.Plan!.ThroughputRequestsPerSecond;
        if (explanation.UnusedWatts is not null)
        {
            yield return $"One kilowatt more: {Gained(explanation.GainOfOneKilowattRequestsPerSecond)}; one fewer: {Lost(explanation.LossOfOneKilowattRequestsPerSecond, all)}.{Next(answer, explanation.WattsToNextPlan, "W", "watts")}";
        }

        if (explanation.UnusedGpus is not null)
        {
            yield return $"One GPU more: {Gained(explanation.GainOfOneGpuRequestsPerSecond)}; one fewer: {Lost(explanation.LossOfOneGpuRequestsPerSecond, all)}.{Next(answer, explanation.GpusToNextPlan, "GPUs", "GPUs")}";
        }
    }

    private static string Energy(PlanExplanation explanation)
    {
        var shares = explanation.PrefillJoulesPerRequest is { } prefill ? Text($" (prefill {prefill:N1}, decode {explanation.DecodeJoulesPerRequest:N1})") : string.Empty;
        return Text($"Predicted energy: {explanation.JoulesPerRequest:N1} J a request{shares}, {explanation.JoulesPerToken:N3} J a token.");
    }

    private static Table Alternatives(ExplainAnswer answer)
    {
        var table = new Table().Border(TableBorder.Simple).Title("What one could have instead");
        table.AddColumns(new TableColumn("plan"), Right("W"), Right("GPUs"), Right("requests/s"), Right("J per request"), Right("prefill"), Right("decode"), new TableColumn("caps, W"), Right("batch"));
        foreach (var (kind, point) in answer.Alternatives)
        {
            table.AddRow(
                Name(kind),
                Text($"{point.TotalWatts:N0}"),
                Text($"{point.TotalGpus:N0}"),
                Text($"{point.ThroughputRequestsPerSecond:N2}"),
                Text($"{point.JoulesPerRequest:N1}"),
                Text($"{point.PrefillReplicas}"),
                Text($"{point.DecodeReplicas}"),
                Text($"{point.PrefillCapWatts} / {point.DecodeCapWatts}"),
                Text($"{point.DecodeBatch:N0}"));
        }

        return table;
    }

    private static string Name(AlternativeKind kind) => kind switch
    {
        AlternativeKind.NextSmaller => "next smaller",
        AlternativeKind.NextLarger => "next larger",
        AlternativeKind.NextLargerByGpus => "next larger, by GPUs",
        AlternativeKind.LeastEnergy => "least energy",
        _ => "smallest budget that would do",
    };

    private static string Next(ExplainAnswer answer, long? missing, string unit, string units) => missing switch
    {
        // The reference's policy leaves replicas idle: what more would take is not known.
        null when answer.Options.ReplicaPolicy == ReplicaPolicy.DecodeFirst => string.Empty,
        null => $" No number of {units} alone makes the plan larger.",
        0 => " The next larger plan fits already.",
        _ => Text($" The next larger plan needs {missing:N0} {unit} more."),
    };

    private static string Gained(double gain) => gain < Noticeable ? "nothing" : $"{Change(gain, "+")} requests/s";

    private static string Lost(double loss, double all) => loss >= all ? "no plan is left" : loss < Noticeable ? "nothing" : $"{Change(loss, "-")} requests/s";

    private static string Change(double change, string sign) => change < Noticeable ? "nothing" : $"{sign}{change.ToString("N3", CultureInfo.InvariantCulture)}";

    private static string? Number(double? value) => value?.ToString("#,0.###", CultureInfo.InvariantCulture);

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
