using System.Globalization;

namespace FileMonitor.Patterns;

/// <summary>
/// One glob over whole relative paths: names separated by <c>/</c>; <c>**</c> matches any number of names. Matching takes at worst time
/// proportional to pattern times path (docs/adr/0009-own-globs.md says why no package does it). Syntax: docs/configuration.md.
/// </summary>
internal sealed class GlobPattern
{
    public const int MaxLength = 1_024;
    public const int MaxAlternatives = 64;

    // A null is **. It is never the last name: see Parse.
    private readonly GlobName?[] _names;
    private readonly bool _directoriesOnly;

    private GlobPattern(GlobName?[] names, bool directoriesOnly)
    {
        _names = names;
        _directoriesOnly = directoriesOnly;
    }

    /// <summary>Parses <paramref name="text"/> and adds one pattern, or one for each alternative in braces.</summary>
    /// <returns>Null on success; otherwise a sentence saying what is wrong and the way out, and the added patterns are not to be used.</returns>
    public static string? TryParse(string? text, bool ignoreCase, List<GlobPattern> patterns, bool? backslashSeparates = null)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return "An empty pattern matches nothing: remove it.";
        }

        if (text.Length > MaxLength)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"A pattern of {text.Length:N0} characters (\"{text.AsSpan(0, 32)}...\") is too long: use at most {MaxLength:N0}.");
        }

        var alternatives = new List<string>();
        var reason = Expand(text, alternatives);
        foreach (var alternative in alternatives)
        {
            reason ??= Parse(alternative, ignoreCase, backslashSeparates ?? OperatingSystem.IsWindows(), patterns);
        }

        return reason is null ? null : $"\"{text}\" {reason}.";
    }

    /// <summary>Whether the path, or a directory above it, matches: the meaning of an ignore pattern.</summary>
    public bool Covers(ReadOnlySpan<char> path, bool? isDirectory)
    {
        // The earliest end is the topmost matching directory, so the directories above the path need not be tried one by one.
        var end = EndOfMatch(path, whole: false);
        return end >= 0 && (end < path.Length || !_directoriesOnly || isDirectory == true);
    }

    /// <summary>
    /// Whether a path that is no directory matches, or is below a directory that matches a pattern for directories: the meaning of an include
    /// pattern.
    /// </summary>
    public bool Names(ReadOnlySpan<char> path)
    {
        var end = EndOfMatch(path, whole: !_directoriesOnly);
        return end >= 0 && (end < path.Length || !_directoriesOnly);
    }

    /// <summary>The end of the earliest match from the start; with <paramref name="whole"/>, of a match of the whole path. -1 for none.</summary>
    private int EndOfMatch(ReadOnlySpan<char> path, bool whole)
    {
        var name = 0;
        var start = 0;
        var nameAfterStars = -1;
        var startAfterStars = 0;
        while (true)
        {
            if (name == _names.Length && (!whole || start > path.Length))
            {
                return start - 1;
            }

            if (name < _names.Length && _names[name] is null)
            {
                nameAfterStars = ++name;
                startAfterStars = start;
                continue;
            }

            if (name < _names.Length && start <= path.Length)
            {
                var end = EndOfName(path, start);
                if (_names[name]!.IsMatch(path[start..end]))
                {
                    name++;
                    start = end + 1;
                    continue;
                }
            }

            // Only the last ** has to match more: the earlier ones matched as little as possible, and more would leave less for the rest.
            if (nameAfterStars < 0 || startAfterStars > path.Length)
            {
                return -1;
            }

            name = nameAfterStars;
            start = startAfterStars = EndOfName(path, startAfterStars) + 1;
        }
    }

    private static int EndOfName(ReadOnlySpan<char> path, int start)
    {
        var length = path[start..].IndexOf('/');
        return length < 0 ? path.Length : start + length;
    }

    private static string? Parse(string text, bool ignoreCase, bool backslashSeparates, List<GlobPattern> patterns)
    {
        if (backslashSeparates)
        {
            text = text.Replace('\\', '/');
        }

        if (text.StartsWith('!'))
        {
            return "begins with !, and exceptions to a pattern are not supported: name what to leave out, or what to include (for the character itself, write ?)";
        }

        var directoriesOnly = text.EndsWith('/');
        var anchored = text.StartsWith('/');
        var inner = text.AsSpan(anchored ? 1 : 0);
        inner = directoriesOnly && !inner.IsEmpty ? inner[..^1] : inner;
        if (inner.IsEmpty)
        {
            return "has an alternative that names nothing below the root: name a file or directory";
        }

        var names = new List<GlobName?>();
        if (!anchored && !inner.Contains('/'))
        {
            names.Add(null);
        }

        foreach (var range in inner.Split('/'))
        {
            if (AddName(inner[range], ignoreCase, names) is { } reason)
            {
                return reason;
            }
        }

        // "a/**" is everything in a: the same as the directory a as a whole. Scans then need not enter it.
        if (names[^1] is null && names.Count > 1 && !directoriesOnly)
        {
            names.RemoveAt(names.Count - 1);
            directoriesOnly = true;
        }

        // A ** that is left at the end matches at least one name: not the root itself, nor a by "a/**/".
        if (names[^1] is null)
        {
            names.Add(GlobName.Any);
        }

        patterns.Add(new GlobPattern([.. names], directoriesOnly));
        return null;
    }

    private static string? AddName(ReadOnlySpan<char> text, bool ignoreCase, List<GlobName?> names)
    {
        if (text is "**")
        {
            if (names.Count == 0 || names[^1] is not null)
            {
                names.Add(null);
            }

            return null;
        }

        var name = GlobName.Parse(text, ignoreCase, out var reason);
        if (name is not null)
        {
            names.Add(name);
        }

        return reason;
    }

    /// <summary>Expands the alternatives of <c>{a,b}</c>. Braces without a comma are ordinary characters, as in <c>{guid}</c>.</summary>
    private static string? Expand(string text, List<string> alternatives)
    {
        for (var open = 0; open < text.Length; open++)
        {
            if (text[open] == '[')
            {
                open = GlobName.EndOfClass(text, open) is var end and >= 0 ? end : open;
            }
            else if (text[open] == '{')
            {
                var bounds = FindBounds(text, open);
                if (bounds is null)
                {
                    return "has a { without its }: write [{] for the character itself";
                }

                if (bounds.Count > 2)
                {
                    return ExpandGroup(text, bounds, alternatives);
                }
            }
        }

        alternatives.Add(text);
        return alternatives.Count <= MaxAlternatives ? null : $"stands for more than {MaxAlternatives} alternatives: write fewer, or several patterns";
    }

    private static string? ExpandGroup(string text, List<int> bounds, List<string> alternatives)
    {
        for (var i = 1; i < bounds.Count; i++)
        {
            var alternative = text.AsSpan()[(bounds[i - 1] + 1)..bounds[i]];
            if (Expand(string.Concat(text.AsSpan(0, bounds[0]), alternative, text.AsSpan(bounds[^1] + 1)), alternatives) is { } reason)
            {
                return reason;
            }
        }

        return null;
    }

    /// <summary>The positions of the opening brace, its commas and its closing brace; null when it is not closed.</summary>
    private static List<int>? FindBounds(string text, int open)
    {
        List<int> bounds = [open];
        var depth = 0;
        for (var i = open; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '[':
                    i = GlobName.EndOfClass(text, i) is var end and >= 0 ? end : i;
                    break;
                case '{':
                    depth++;
                    break;
                case ',' when depth == 1:
                    bounds.Add(i);
                    break;
                case '}' when --depth == 0:
                    bounds.Add(i);
                    return bounds;
                default:
                    break;
            }
        }

        return null;
    }
}
