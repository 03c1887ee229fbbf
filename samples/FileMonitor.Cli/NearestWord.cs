namespace FileMonitor.Cli;

/// <summary>Finds what a mistyped word was meant to be.</summary>
internal static class NearestWord
{
    /// <summary>The word that differs least; null when each differs by more than a third of what was typed, and at least by two characters.</summary>
    public static string? Of(string typed, IEnumerable<string> words)
    {
        var most = Math.Max(typed.TrimStart('-').Length / 3, 1);
        return typed.Length > 64 ? null : words
            .Select(word => (Word: word, Distance: Distance(typed.ToLowerInvariant(), word)))
            .Where(near => near.Distance <= most)
            .OrderBy(near => near.Distance)
            .ThenByDescending(near => near.Word.AsSpan().CommonPrefixLength(typed))
            .Select(near => near.Word)
            .FirstOrDefault();
    }

    // Optimal string alignment: insert, delete, replace, and swap two neighbours, which is the most frequent slip of a hand.
    private static int Distance(string one, string other)
    {
        var (before, last, now) = (new int[other.Length + 1], Enumerable.Range(0, other.Length + 1).ToArray(), new int[other.Length + 1]);
        for (var i = 1; i <= one.Length; i++)
        {
            now[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                now[j] = Math.Min(Math.Min(now[j - 1], last[j]) + 1, last[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    now[j] = Math.Min(now[j], before[j - 2] + 1);
                }
            }

            (before, last, now) = (last, now, before);
        }

        return last[other.Length];
    }
}
