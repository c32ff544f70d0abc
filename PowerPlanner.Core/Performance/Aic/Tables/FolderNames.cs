namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Names that files give for folders beside them: a name must not lead anywhere else.</summary>
internal static class FolderNames
{
    public static bool IsPlain(string name) =>
        name.Length > 0 && name is not ("." or "..") && name.AsSpan().IndexOfAny(['/', '\\', '\0', ':']) < 0;
}
