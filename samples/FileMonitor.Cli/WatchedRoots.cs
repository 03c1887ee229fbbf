namespace FileMonitor.Cli;

/// <summary>Says what is watched and by which source, once it is.</summary>
internal static class WatchedRoots
{
    private const int MostNames = 10;

    /// <summary><c>watching /a, /b with inotify; waiting for /c; 1,234 items. Ctrl+C ends it.</c></summary>
    /// <param name="health">What is watched.</param>
    /// <param name="exec">What is run for each event, as text; null for nothing.</param>
    public static string Describe(MonitorHealth health, string? exec = null)
    {
        var parts = health.Roots.Where(root => root.IsAvailable)
            .GroupBy(root => root.Source, StringComparer.Ordinal)
            .Select(group => $"watching {Names(group)} with {group.Key.ToLowerInvariant()}")
            .ToList();
        if (health.Roots.Where(root => !root.IsAvailable).ToList() is { Count: > 0 } missing)
        {
            parts.Add($"waiting for {Names(missing)}");
        }

        parts.Add(Counted.Of(health.KnownItems, "item"));
        if (exec is not null)
        {
            parts.Add($"for each event it runs {exec}");
        }

        return $"{string.Join("; ", parts)}. Ctrl+C ends it.";
    }

    private static string Names(IEnumerable<RootHealth> roots)
    {
        var names = roots.Select(root => QuotedText.Quote(root.Path)).ToList();
        return string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");
    }
}
