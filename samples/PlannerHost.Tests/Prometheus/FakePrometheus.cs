using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace PlannerHost.Tests.Prometheus;

/// <summary>Answers of the query API as texts, and servers that give them.</summary>
internal static class FakePrometheus
{
    public const string NoData = """{"status":"success","data":{"resultType":"vector","result":[]}}""";

    public static string Vector(params string[] values) =>
        NoData.Replace("[]", $"[{string.Join(',', values.Select(value => """{"metric":{},"value":[1700000000.1,"VALUE"]}""".Replace("VALUE", value, StringComparison.Ordinal)))}]", StringComparison.Ordinal);

    public static string Vector(double value) => Vector(value.ToString(CultureInfo.InvariantCulture));

    public static Task<Loopback> StartAsync(Func<string, string> answer) => StartAsync((query, _) => Task.FromResult(answer(query)));

    public static Task<Loopback> StartAsync(Func<string, HttpContext, Task<string>> answer) => Loopback.StartAsync(async context =>
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var text = await answer(form["query"].ToString(), context);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(text, context.RequestAborted);
    });

    /// <summary>A server that takes requests and never answers.</summary>
    /// <param name="isAsked">Called at each request.</param>
    public static Task<Loopback> HungAsync(Action? isAsked = null) => Loopback.StartAsync(context =>
    {
        isAsked?.Invoke();
        return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
    });
}
