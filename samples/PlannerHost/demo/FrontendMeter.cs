using System.Globalization;
using System.Text;

namespace PlannerHost.Demo;

/// <summary>A frontend's counters. Fractions of a request count: a simulated load is a rate.</summary>
internal sealed class FrontendMeter
{
    private double _started;
    private double _served;
    private double _ttftSeconds;
    private double _itlSeconds;

    public void Count(double arrived, double admitted, double ttftSeconds, double itlSeconds)
    {
        _started += arrived;
        _served += admitted;
        _ttftSeconds += admitted * ttftSeconds;
        _itlSeconds += admitted * itlSeconds;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"dynamo_frontend_requests_started_total{{model=\"llm\"}} {_started:F6}\n");
        Histogram("time_to_first_token_seconds", _ttftSeconds);
        Histogram("inter_token_latency_seconds", _itlSeconds);
        Histogram("input_sequence_tokens", _served * FleetServer.Isl);
        Histogram("output_sequence_tokens", _served * FleetServer.Osl);
        return text.ToString();

        void Histogram(string name, double sum) => text
            .Append(CultureInfo.InvariantCulture, $"dynamo_frontend_{name}_bucket{{model=\"llm\",le=\"+Inf\"}} {_served:F6}\n")
            .Append(CultureInfo.InvariantCulture, $"dynamo_frontend_{name}_sum{{model=\"llm\"}} {sum:F6}\n")
            .Append(CultureInfo.InvariantCulture, $"dynamo_frontend_{name}_count{{model=\"llm\"}} {_served:F6}\n");
    }
}
