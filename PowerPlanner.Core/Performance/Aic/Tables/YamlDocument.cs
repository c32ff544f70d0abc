using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Loads small YAML files without the object deserializer, which needs reflection.</summary>
internal static class YamlDocument
{
    /// <summary>AIC's largest YAML file, the reuse manifest, has 60 kB.</summary>
    private const int MaxBytes = 2 << 20;

    /// <summary>AIC's files nest four levels deep. YamlDotNet builds its nodes by recursion, which a hostile depth would turn into a stack overflow.</summary>
    private const int MaxDepth = 32;

    /// <summary>The mapping at the root of a file's only document.</summary>
    /// <exception cref="PerformanceFileException">The file is missing, too large, or not such a document.</exception>
    public static async ValueTask<YamlFields> LoadAsync(string path, CancellationToken cancellationToken)
    {
        var text = await FileTimeLimit.Default.RunAsync(path, token => ReadTextAsync(path, token), cancellationToken).ConfigureAwait(false);
        return Parse(path, text);
    }

    /// <summary>The mapping at the root of a text's only document.</summary>
    /// <exception cref="PerformanceFileException">The text is not such a document.</exception>
    public static YamlFields Parse(string path, string text)
    {
        GitLfsPointer.Refuse(path, text);
        var stream = new YamlStream();
        try
        {
            stream.Load(new LimitedParser(path, new Parser(new StringReader(text))));
        }
        catch (Exception e) when (e is not (PerformanceFileException or OutOfMemoryException))
        {
            throw new PerformanceFileException(path, $"is not YAML: {Excerpt.Of(e)}", e);
        }

        if (stream.Documents.Count != 1)
        {
            throw new PerformanceFileException(path, $"holds {stream.Documents.Count} YAML documents; exactly one is allowed.");
        }

        return stream.Documents[0].RootNode is YamlMappingNode root
            ? new YamlFields(path, "", root)
            : throw new PerformanceFileException(path, $"its root is a {stream.Documents[0].RootNode.NodeType}; a mapping is needed.");
    }

    private static async ValueTask<string> ReadTextAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await LimitedFile.ReadTextAsync(path, MaxBytes, Encoding.UTF8, cancellationToken).ConfigureAwait(false)
                ?? throw new PerformanceFileException(path, $"has more than {MaxBytes} bytes; a YAML file may have at most that many.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PerformanceFileException(path, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Refuses what nests too deep, and aliases: an alias makes of a few lines a tree of any size, or one that contains itself, and YamlDotNet
    /// walks all of it to compare keys.
    /// </summary>
    private sealed class LimitedParser(string path, IParser inner) : IParser
    {
        private int _depth;

        public ParsingEvent? Current => inner.Current;

        public bool MoveNext()
        {
            var moved = inner.MoveNext();
            if (moved && inner.Current is AnchorAlias alias)
            {
                throw new PerformanceFileException(path, $"line {alias.Start.Line}: '*{Excerpt.Of(alias.Value.Value)}' is an alias; repeat what it stands for instead.");
            }

            _depth += moved ? inner.Current!.NestingIncrease : 0;
            return _depth <= MaxDepth
                ? moved
                : throw new PerformanceFileException(path, $"line {inner.Current!.Start.Line}: nested more than {MaxDepth} levels deep.");
        }
    }
}
