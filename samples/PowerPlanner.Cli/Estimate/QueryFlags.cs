using System.CommandLine;
using System.CommandLine.Parsing;
using PowerPlanner.Performance.Aic;

namespace PowerPlanner.Cli.Estimate;

/// <summary>The fields of one query as flags, one each.</summary>
internal sealed class QueryFlags
{
    private readonly Option<string> _model = new("--model") { Description = "Hugging Face id, or path of a configuration file.", HelpName = "NAME" };
    private readonly Option<string> _system = new("--system") { Description = "GPU system, e.g. h200_sxm.", HelpName = "NAME" };
    private readonly Option<string> _backend = new("--backend") { Description = "vllm, sglang or trtllm.", HelpName = "NAME" };
    private readonly Option<string> _version = new("--version") { Description = "Version of the backend, e.g. 0.22.0.", HelpName = "VERSION" };
    private readonly Option<long> _tp = Size("--tp", "Tensor-parallel size.", 1);
    private readonly Option<long> _pp = Size("--pp", "Pipeline-parallel size.", 1);
    private readonly Option<long> _attentionDp = Size("--attention-dp", "Attention data-parallel size.", 1, "--attentionDp");
    private readonly Option<long> _moeTp = Size("--moe-tp", "Tensor-parallel size of the experts.", 1, "--moeTp");
    private readonly Option<long> _moeEp = Size("--moe-ep", "Expert-parallel size.", 1, "--moeEp");
    private readonly Option<long> _cp = Size("--cp", "Context-parallel size.", 1);
    private readonly Option<string> _mode = new("--mode") { Description = "silicon (measurements alone), hybrid, empirical or sol.", HelpName = "MODE", DefaultValueFactory = _ => "silicon" };
    private readonly Option<long> _batch = Size("--batch", "Sequences per attention rank.", 1);
    private readonly Option<long> _isl = new("--isl") { Description = "Input length, tokens.", HelpName = "N" };
    private readonly Option<long> _osl = new("--osl") { Description = "Output length, tokens.", HelpName = "N" };
    private readonly Option<long> _prefix = Size("--prefix", "Input tokens that are in the cache already.", 0);
    private readonly Option<long> _stride = Size("--stride", "Decode steps that one look-up stands for.", AicEngine.DefaultStride);
    private readonly Option<long> _maxNumTokens = Size("--max-num-tokens", "Most tokens of one step, for the KV capacity.", AicEngine.DefaultMaxNumTokens, "--maxNumTokens");
    private readonly Option<bool> _operations = new("--operations") { Description = "List the operations." };

    private Option[] Required => [_model, _system, _backend, _version, _isl, _osl];

    private Option[] All => [.. Required, _tp, _pp, _attentionDp, _moeTp, _moeEp, _cp, _mode, _batch, _prefix, _stride, _maxNumTokens, _operations];

    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Add(option);
        }
    }

    public void RequireAll(CommandResult result)
    {
        if (result.GetValue(_mode) is { } mode && !EstimationModeNames.All.TryFind(mode, out _))
        {
            result.AddError($"--mode: {mode}; allowed: {EstimationModeNames.All.Allowed}.");
        }

        var missing = Required.Where(option => result.GetResult(option) is null).Select(option => option.Name).ToList();
        if (missing.Count > 0)
        {
            result.AddError($"estimate takes --queries FILE, or one query by flags; missing: {string.Join(", ", missing)}.");
        }
    }

    public void RefuseAny(CommandResult result)
    {
        var given = All.Where(option => result.GetResult(option) is { Implicit: false }).Select(option => option.Name).ToList();
        if (given.Count > 0)
        {
            result.AddError($"--queries FILE holds the queries; {string.Join(", ", given)} may not stand beside it.");
        }
    }

    public EstimateQuery Query(ParseResult parsed) => new()
    {
        Id = "query",
        Engine = new EngineKey
        {
            Model = parsed.GetRequiredValue(_model),
            System = parsed.GetRequiredValue(_system),
            Backend = parsed.GetRequiredValue(_backend),
            Version = parsed.GetRequiredValue(_version),
            Tp = parsed.GetValue(_tp),
            Pp = parsed.GetValue(_pp),
            AttentionDp = parsed.GetValue(_attentionDp),
            MoeTp = parsed.GetValue(_moeTp),
            MoeEp = parsed.GetValue(_moeEp),
            Cp = parsed.GetValue(_cp),
            Mode = EstimationModeNames.All.TryFind(parsed.GetRequiredValue(_mode), out var mode) ? mode : default,
        },
        Batch = parsed.GetValue(_batch),
        Isl = parsed.GetValue(_isl),
        Osl = parsed.GetValue(_osl),
        Prefix = parsed.GetValue(_prefix),
        Stride = parsed.GetValue(_stride),
        MaxNumTokens = parsed.GetValue(_maxNumTokens),
        Operations = parsed.GetValue(_operations),
    };

    private static Option<long> Size(string name, string description, long absent, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = "N", DefaultValueFactory = _ => absent };
}
