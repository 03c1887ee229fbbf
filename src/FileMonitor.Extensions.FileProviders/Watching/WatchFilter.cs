using Microsoft.Extensions.FileSystemGlobbing;

namespace FileMonitor.Extensions.FileProviders.Watching;

/// <summary>What a token is asked for: one file, or the files that a pattern selects. Equal filters share a token.</summary>
/// <param name="Text">Below the directory, names separated by <c>/</c>.</param>
/// <param name="IsPattern">Whether it selects by a pattern.</param>
internal readonly record struct WatchFilter(string Text, bool IsPattern)
{
    /// <summary>Reads a filter as PhysicalFileProvider does. Null for one that selects nothing.</summary>
    public static WatchFilter? TryParse(string? filter)
    {
        var text = filter?.Replace('\\', '/').TrimStart('/');
        if (string.IsNullOrEmpty(text) || text.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(text) || LeadsAbove(text))
        {
            return null;
        }

        return text.Contains('*', StringComparison.Ordinal) || text.EndsWith('/') ? new(text, IsPattern: true) : new(Plain(text), IsPattern: false);
    }

    /// <summary>The matcher of a pattern.</summary>
    public Matcher ToMatcher()
    {
        var matcher = new Matcher(StringComparison.OrdinalIgnoreCase);
        matcher.AddInclude(Text);
        return matcher;
    }

    private static bool LeadsAbove(string text)
    {
        var depth = 0;
        foreach (var name in text.Split('/'))
        {
            depth += name switch { "" or "." => 0, ".." => -1, _ => 1 };
            if (depth < 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The path without dots. They are names here, and what a link leads to plays no part.</summary>
    private static string Plain(string text)
    {
        var names = new List<string>();
        foreach (var name in text.Split('/'))
        {
            if (name == "..")
            {
                names.RemoveAt(names.Count - 1);
            }
            else if (name is not ("" or "."))
            {
                names.Add(name);
            }
        }

        return string.Join('/', names);
    }
}
