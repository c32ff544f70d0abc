using System.Text;
using System.Text.Json;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>
/// A model as its Hugging Face <c>config.json</c> describes it, with <c>hf_quant_config.json</c> where the checkpoint has one:
/// dimensions and number formats. Immutable and thread-safe.
/// </summary>
/// <remarks>Comments and trailing commas are tolerated; a repeated field, a wrong type or a size that no model has is an error.</remarks>
public sealed class ModelConfiguration
{
    private const string ConfigSuffix = "_config.json";
    private const string QuantizationSuffix = "_hf_quant_config.json";

    // Configurations are kilobytes; the largest per-layer quantization lists are three megabytes. A parsed document takes up to a hundred times its text.
    private const int LargestFile = 8 << 20;

    private static readonly JsonDocumentOptions Tolerant = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ModelConfiguration(string source, ModelDescription description)
    {
        Source = source;
        Description = description;
        Warnings = description.KvHeads == 0
            ? [$"{source}: no num_key_value_heads; keys and values are left out of compute and memory, as AIC does."]
            : [];
    }

    /// <summary>Where it was read from: the file, or the name that was given with the text.</summary>
    public string Source { get; }

    /// <summary>The architecture, e.g. <c>Qwen3ForCausalLM</c>.</summary>
    public string Architecture => Description.Architecture;

    /// <summary>What is odd in the configuration but usable; empty as a rule.</summary>
    public IReadOnlyList<string> Warnings { get; }

    internal ModelDescription Description { get; }

    /// <summary>Reads a configuration file, or the folder that holds a <c>config.json</c>, and its quantization file where there is one.</summary>
    /// <param name="path">
    /// A file, or a folder with a <c>config.json</c>. The quantization file is its sibling: <c>hf_quant_config.json</c> for
    /// <c>config.json</c>, <c>X_hf_quant_config.json</c> for <c>X_config.json</c>.
    /// </param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="PerformanceFileException">A file is missing, damaged, or has a value that is not allowed.</exception>
    /// <exception cref="UnknownModelException">The architecture is not known.</exception>
    public static ValueTask<ModelConfiguration> LoadAsync(string path, CancellationToken cancellationToken = default) => LoadAsync(path, null, cancellationToken);

    /// <summary>Reads a configuration as a model of a given family, whatever its architecture.</summary>
    /// <param name="path">As in <see cref="LoadAsync(string, CancellationToken)"/>.</param>
    /// <param name="family">
    /// AIC's name of the family whose operations the model runs, e.g. <c>LLAMA</c> for a dense decoder that AIC does not map, or <c>GPT</c>; null = by architecture.
    /// </param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="PerformanceFileException">A file is missing, damaged, or has a value that is not allowed.</exception>
    /// <exception cref="UnknownModelException">The family is not known, or without one the architecture.</exception>
    public static async ValueTask<ModelConfiguration> LoadAsync(string path, string? family, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var file = Directory.Exists(path) ? Path.Combine(path, "config.json") : path;
        var text = await ReadAsync(file, cancellationToken).ConfigureAwait(false);
        var quantizationFile = QuantizationFile(file);
        var quantizationText = quantizationFile is not null && File.Exists(quantizationFile)
            ? await ReadAsync(quantizationFile, cancellationToken).ConfigureAwait(false)
            : null;
        return Parse(file, text, quantizationFile, quantizationText, family);
    }

    /// <summary>Finds a model by its id in a folder of configurations named <c>Org--Name_config.json</c>.</summary>
    /// <param name="modelsDirectory">The folder.</param>
    /// <param name="modelId">The id, e.g. <c>Qwen/Qwen3-32B</c>: letters, digits, '.', '-' and '_', with at most one '/'.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="UnknownModelException">The id is malformed, the folder has no such model, or its architecture is not known.</exception>
    /// <exception cref="PerformanceFileException">A file is damaged, or has a value that is not allowed.</exception>
    public static ValueTask<ModelConfiguration> FindAsync(string modelsDirectory, string modelId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(modelsDirectory);
        ArgumentNullException.ThrowIfNull(modelId);
        if (!IsModelId(modelId))
        {
            throw new UnknownModelException(
                $"Model id '{modelId}' is malformed; an id is Org/Name of letters, digits, '.', '-' and '_', each part beginning with a letter or digit.");
        }

        var path = Path.Combine(modelsDirectory, modelId.Replace("/", "--", StringComparison.Ordinal) + ConfigSuffix);
        return File.Exists(path) ? LoadAsync(path, null, cancellationToken) : throw NotFound(modelsDirectory, modelId, path);
    }

    /// <summary>Reads a configuration from text.</summary>
    /// <param name="json">The text of a <c>config.json</c>.</param>
    /// <param name="quantizationJson">The text of a <c>hf_quant_config.json</c>, if there is one.</param>
    /// <param name="source">What error messages call the text.</param>
    /// <param name="family">As in <see cref="LoadAsync(string, string?, CancellationToken)"/>.</param>
    /// <exception cref="PerformanceFileException">The text is damaged, or has a value that is not allowed.</exception>
    /// <exception cref="UnknownModelException">The family is not known, or without one the architecture.</exception>
    public static ModelConfiguration Parse(string json, string? quantizationJson = null, string source = "config.json", string? family = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentException.ThrowIfNullOrWhiteSpace(source);
        return Parse(source, json, "hf_quant_config.json", quantizationJson, family);
    }

    private static ModelConfiguration Parse(string file, string json, string? quantizationFile, string? quantizationJson, string? family)
    {
        var chosen = string.IsNullOrWhiteSpace(family) ? null : ModelFamilies.Named(family);
        using var document = ParseDocument(file, json);
        using var quantizationDocument = quantizationJson is null ? null : ParseDocument(quantizationFile!, quantizationJson);
        try
        {
            var quantization = quantizationDocument is null
                ? null
                : new JsonFields(quantizationFile!, quantizationDocument.RootElement).Object("quantization");
            return new ModelConfiguration(file, ModelDescriptionReader.Read(new JsonFields(file, document.RootElement), quantization, chosen));
        }
        catch (InvalidOperationException exception)
        {
            // Half of a surrogate pair, written as an escape: legal JSON that no string can hold.
            throw new PerformanceFileException(file, $"a text holds an invalid character: {exception.Message}", exception);
        }
    }

    private static JsonDocument ParseDocument(string file, string json)
    {
        try
        {
            return JsonDocument.Parse(BareNumbers.Quoted(json), Tolerant);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new PerformanceFileException(file, $"is no valid JSON: {exception.Message}", exception);
        }
    }

    private static async ValueTask<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            if (!File.Exists(file))
            {
                throw new PerformanceFileException(file, "does not exist.");
            }

            return await FileTimeLimit.Default.RunAsync(file, token => LimitedFile.ReadTextAsync(file, LargestFile, StrictUtf8, token), cancellationToken).ConfigureAwait(false)
                ?? throw new PerformanceFileException(file, $"has more than {LargestFile} bytes; a configuration has at most that many.");
        }
        catch (DecoderFallbackException exception)
        {
            throw new PerformanceFileException(file, "is no UTF-8 text.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PerformanceFileException(file, $"cannot be read: {exception.Message}", exception);
        }
    }

    private static string? QuantizationFile(string file)
    {
        var name = Path.GetFileName(file);
        var sibling = name == "config.json" ? "hf_quant_config.json"
            : name.EndsWith(ConfigSuffix, StringComparison.Ordinal) ? name[..^ConfigSuffix.Length] + QuantizationSuffix
            : null;
        return sibling is null ? null : Path.Combine(Path.GetDirectoryName(file) ?? "", sibling);
    }

    // An id becomes a file name: nothing that could leave the folder may pass.
    private static bool IsModelId(string id)
    {
        var slashes = 0;
        var partBegins = true;
        foreach (var character in id)
        {
            if (character == '/')
            {
                if (partBegins || ++slashes > 1)
                {
                    return false;
                }

                partBegins = true;
                continue;
            }

            var isName = char.IsAsciiLetterOrDigit(character);
            if (!isName && (partBegins || (character is not ('.' or '-' or '_'))))
            {
                return false;
            }

            partBegins = false;
        }

        return !partBegins && id.Length <= 200;
    }

    private static UnknownModelException NotFound(string modelsDirectory, string modelId, string path)
    {
        const int Shown = 40;
        try
        {
            var ids = Directory.EnumerateFiles(modelsDirectory, "*" + ConfigSuffix)
                .Where(file => !file.EndsWith(QuantizationSuffix, StringComparison.Ordinal))
                .Select(file => Path.GetFileName(file)[..^ConfigSuffix.Length].Replace("--", "/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .ToList();
            var known = ids.Count == 0 ? "none" : string.Join(", ", ids.Take(Shown)) + (ids.Count > Shown ? ", …" : "");
            return new UnknownModelException($"Model '{modelId}' has no configuration at {path}; the folder has {known}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new UnknownModelException($"Model '{modelId}' cannot be looked up: {exception.Message}", exception);
        }
    }
}
