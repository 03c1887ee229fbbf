namespace FileMonitor.Collector.Storage;

/// <summary>A path as the index has it: an entry has at most 2,704 bytes, and a character up to four.</summary>
internal static class IndexedPath
{
    public const int MostLetters = 600;

    /// <summary>The beginning of a path, without half of a pair at its end.</summary>
    public static string? Of(string? path)
    {
        if (path is null || path.Length <= MostLetters)
        {
            return path;
        }

        return path[..(char.IsHighSurrogate(path[MostLetters - 1]) ? MostLetters - 1 : MostLetters)];
    }

    /// <summary>All of it, when the index has only its beginning; null otherwise.</summary>
    public static string? IfLong(string? path) => path?.Length > MostLetters ? path : null;
}
