namespace FileMonitor.Cli;

/// <summary>Says what is watched and by which source, once it is.</summary>
internal static class WatchedRoots
{
    private const int MostNames = 10;

    /// <summary><c>watching /a, /b with inotify; waiting for /c; 1,234 items. Ctrl+C ends it.</c></summary>
    public static string Describe(MonitorHealth health)
    {
        var parts = health.Roots.Where(root => root.IsAvailable)
            .GroupBy(root => root.Source, StringComparer.Ordinal)
            .Select(group => $"watching {Names(group)} with {group.Key.ToLowerInvariant()}")
            .ToList();
        if (health.Roots.Where(root => !root.IsAvailable).ToList() is { Count: > 0 } missing)
        {
            parts.Add($"waiting for {Names(missing)}");
        }

        return $"{string.Join("; ", parts)}; {Counted.Of(health.KnownItems, "item")}. Ctrl+C ends it.";
    }

    private static string Names(IEnumerable<RootHealth> roots)
    {
        var names = roots.Select(root => QuotedText.Quote(root.Path)).ToList();
        return string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");
    }
}
