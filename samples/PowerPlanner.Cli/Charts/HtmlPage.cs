using System.Reflection;
using System.Text;

namespace PowerPlanner.Cli.Charts;

/// <summary>One HTML page that needs nothing else: no network, no fonts, no scripts of others. It is well-formed XML too.</summary>
internal static class HtmlPage
{
    /// <summary>The page.</summary>
    /// <param name="title">Its title, plain text.</param>
    /// <param name="lead">The sentence below it, plain text.</param>
    /// <param name="body">The rest, well-formed markup.</param>
    /// <param name="script">Name of the embedded script.</param>
    public static string Render(string title, string lead, string body, string script)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/><title>");
        page.Append(XmlText.Escape(title)).Append("</title><style>").Append(Resource("page.css")).Append("</style></head><body>");
        page.Append("<h1>").Append(XmlText.Escape(title)).Append("</h1><p class=\"lead\">").Append(XmlText.Escape(lead)).Append("</p>");
        page.Append(body);
        page.Append("<script>").Append(Resource(script)).Append("</script></body></html>\n");
        return page.ToString();
    }

    /// <summary>Writes a page.</summary>
    /// <param name="option">The option that names the file, to open a message with.</param>
    /// <param name="path">The file.</param>
    /// <param name="page">The page.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    /// <exception cref="BadInputException">The file cannot be written.</exception>
    public static async Task WriteAsync(string option, string path, string page, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(path, page, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BadInputException($"{path}: {option}: cannot be written ({exception.Message}); allowed: a file in a folder that exists", exception);
        }
    }

    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
