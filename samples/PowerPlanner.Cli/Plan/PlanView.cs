using System.Globalization;
using PowerPlanner.Cli.Frontier;
using PowerPlanner.Hosting;
using PowerPlanner.Planning;
using Spectre.Console;

namespace PowerPlanner.Cli.Plan;

/// <summary>Plans for people.</summary>
internal static class PlanView
{
    private const int MostFrontierRows = 12;

    public static void Show(IAnsiConsole console, PowerPlannerOptions options, PlanAnswer answer)
    {
        if (answer.Result.Plan is not { } plan)
        {
            ShowInfeasible(console, answer.Result);
            return;
        }

        console.Write(Roles(plan));
        console.WriteLine(Text($"Serves {plan.ThroughputRequestsPerSecond:N2} requests/s ({plan.ThroughputTokensPerSecond:N0} tokens/s) at {plan.TotalWatts:N0} W{Of(options.TotalGpuPowerLimitWatts, "W")} on {plan.TotalGpus} GPUs{Of(options.MaxGpuBudget < 0 ? null : options.MaxGpuBudget, "GPUs")}."));
        console.WriteLine(Text($"TTFT {plan.CorrectedTtftMs:N1} ms (target {options.TtftMs:N0}), ITL {plan.CorrectedItlMs:N1} ms (target {options.ItlMs:N0}){(plan.Bottleneck is { } bottleneck ? $"; bottleneck: {Lower(bottleneck)}" : string.Empty)}."));
        console.WriteLine(Text($"Draws {plan.JoulesPerRequest:N0} J a request, {plan.JoulesPerToken:N3} J a token.{CapSource(plan)}"));
        if (plan.Cost is { } cost)
        {
            ShowCost(console, cost);
        }

        if (answer.Explanation is { } explanation)
        {
            console.WriteLine(explanation.Summary);
        }

        console.WriteLine();
        console.Write(FrontierTable.Of(answer.Frontier, MostFrontierRows).Title("What other budgets would serve"));
    }

    public static void ShowMany(IAnsiConsole console, IReadOnlyList<PlanAnswer> answers)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns(Right("#"), new TableColumn("plan"), Right("requests/s"), Right("W"), Right("GPUs"), new TableColumn("caps, W"), Right("batch"));
        for (var i = 0; i < answers.Count; i++)
        {
            var number = i.ToString(CultureInfo.InvariantCulture);
            if (answers[i].Result.Plan is { } plan)
            {
                table.AddRow(
                    number,
                    Text($"{plan.PrefillReplicas} prefill, {plan.DecodeReplicas} decode"),
                    Text($"{plan.ThroughputRequestsPerSecond:N2}"),
                    Text($"{plan.TotalWatts:N0}"),
                    Text($"{plan.TotalGpus:N0}"),
                    Text($"{plan.PrefillCapWatts} / {plan.DecodeCapWatts}"),
                    Text($"{plan.DecodeBatch:N0}"));
            }
            else
            {
                table.AddRow(number, Lower(answers[i].Result.Reason!.Value));
            }
        }

        console.Write(table);
    }

    private static void ShowInfeasible(IAnsiConsole console, PlanResult result)
    {
        console.WriteLine(Text($"No plan: {Lower(result.Reason!.Value)}."));

        // It names the smallest budget or the fewest GPUs that would do, where there are any.
        console.WriteLine(result.Detail ?? string.Empty);
    }

    private static Table Roles(PowerPlan plan)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns(new TableColumn("role"), Right("replicas"), Right("cap, W per GPU"), Right("modelled draw, W"), Right("batch"), Right("requests/s per replica"));
        if (plan.Mode == DeploymentMode.Disaggregated)
        {
            table.AddRow(
                "prefill",
                Text($"{plan.PrefillReplicas}"),
                Text($"{plan.PrefillCapWatts}"),
                Draw(plan.PrefillPower.RawWatts),
                "1",
                Text($"{plan.RequestsPerSecondPerPrefillReplica:N2}"));
        }

        table.AddRow(
            plan.Mode == DeploymentMode.Disaggregated ? "decode" : "engine",
            Text($"{plan.DecodeReplicas}"),
            Text($"{plan.DecodeCapWatts}"),
            Draw(plan.Mode == DeploymentMode.Disaggregated ? plan.DecodePower.RawWatts : plan.AggregatedPower?.RawWatts),
            Text($"{plan.DecodeBatch:N0}"),
            Text($"{plan.RequestsPerSecondPerDecodeReplica:N2}"));
        return table;
    }

    /// <summary>What the energy costs and emits, as far as prices and intensity are known.</summary>
    public static void ShowCost(IAnsiConsole console, EnergyCost cost)
    {
        if (cost.PerHour is { } hour)
        {
            console.WriteLine(Text($"Energy costs {hour:#,0.####} an hour (at most {cost.MostPerHour:#,0.####}), {cost.PerMillionTokens:#,0.####} a million tokens."));
        }

        if (cost.CarbonGramsPerRequest is { } grams)
        {
            console.WriteLine(Text($"Emits {grams:#,0.####} g CO2e a request, {cost.CarbonGramsPerHour / 1000:#,0.###} kg an hour."));
        }
    }

    private static string CapSource(PowerPlan plan)
    {
        var text = new System.Text.StringBuilder();
        Append("prefill", plan.PrefillCapProvenance);
        Append("decode", plan.DecodeCapProvenance);
        return text.ToString();

        void Append(string role, PowerPlanner.Performance.Provenance? provenance)
        {
            if (provenance is { } known)
            {
                text.Append(CultureInfo.InvariantCulture, $" The {role} cap lies below the draw; what that costs is {Lower(known)}.");
            }
        }
    }

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();

    private static string Draw(double? watts) => watts is { } known ? Text($"{known:N0}") : "unknown";

    private static string Of(int? budget, string unit) => budget is { } given ? Text($" of {given:N0} {unit}") : string.Empty;

    private static string Lower<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
