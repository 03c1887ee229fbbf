namespace FileMonitor.Cli;

/// <summary>Finds what a mistyped word was meant to be.</summary>
internal static class NearestWord
{
    /// <summary>The word that differs least; null when each differs by more than a third of what was typed, and at least by two characters.</summary>
    public static string? Of(string typed, IEnumerable<string> words)
    {
        var most = Math.Max(typed.TrimStart('-').Length / 3, 1);
        return typed.Length > 64 ? null : words
            .Select(word => (Word: word, Distance: NearestName.Distance(typed.ToLowerInvariant(), word)))
            .Where(near => near.Distance <= most)
            .OrderBy(near => near.Distance)
            .ThenByDescending(near => near.Word.AsSpan().CommonPrefixLength(typed))
            .Select(near => near.Word)
            .FirstOrDefault();
    }
}
