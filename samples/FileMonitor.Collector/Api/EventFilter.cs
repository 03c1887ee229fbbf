using FileMonitor.Agent.Queries;

namespace FileMonitor.Collector.Api;

/// <summary>What is searched for: all that is given must hold.</summary>
internal sealed record EventFilter
{
    public const int MostPerPage = 1000;

    private const int UsualPerPage = 100;

    /// <summary>The parameters of a search.</summary>
    public static IReadOnlyList<string> Parameters { get; } = ["host", "path", "glob", "sha256", "user", "program", "kind", "from", "to"];

    /// <summary>The kinds that most records have. The index of the others leaves them out, in the same words.</summary>
    public const string Frequent = "'Created', 'Modified', 'Deleted', 'Renamed', 'AttributesChanged'";

    /// <summary>Records of the monitor itself have kinds, too.</summary>
    private static readonly string[] Kinds =
    [
        .. Enum.GetNames<AuditEventKind>(), "Started", "Stopped", "Recovered", "ConfigurationChanged", "KeyChanged", "Accepted",
    ];

    public string? Host { get; init; }

    /// <summary>The path, or the path before, begins with it.</summary>
    public string? Path { get; init; }

    public Glob? Glob { get; init; }

    /// <summary>What the path, or the path before, begins with in any case; null when it may begin with anything.</summary>
    public string? Prefix => Path ?? Glob?.Prefix;

    public byte[]? Sha256 { get; init; }

    public string? User { get; init; }

    /// <summary>The path of the program, or its last name.</summary>
    public string? Program { get; init; }

    public string[]? KindNames { get; init; }

    public DateTime? From { get; init; }

    public DateTime? To { get; init; }

    public PageCursor? After { get; init; }

    public int Limit { get; init; } = UsualPerPage;

    /// <summary>Reads a query; its first mistake is in the query.</summary>
    public static EventFilter Read(StrictQuery query)
    {
        var filter = new EventFilter
        {
            Host = Text(query, "host"),
            Path = Text(query, "path"),
            Glob = Text(query, "glob") is { } glob ? Agent.Queries.Glob.Parse(glob) : null,
            Sha256 = query.Sha256("sha256"),
            User = Text(query, "user"),
            Program = Text(query, "program"),
            KindNames = KindsOf(query),
            From = query.Time("from")?.UtcDateTime,
            To = query.Time("to")?.UtcDateTime,
            After = Cursor(query),
            Limit = query.Number("limit", 1, MostPerPage, UsualPerPage),
        };
        if (filter is { Path: not null, Glob: not null })
        {
            query.Refuse("glob", "path and glob are both given; give one.");
        }

        return filter;
    }

    // PostgreSQL has no zero in a text, and no half of a pair.
    private static string? Text(StrictQuery query, string name)
    {
        if (query.Text(name) is not { } text)
        {
            return null;
        }

        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\0' || (char.IsSurrogate(text[at]) && !(char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[++at]))))
            {
                query.Refuse(name, $"{name} has a character that no stored text has.");
                return null;
            }
        }

        return text;
    }

    private static string[]? KindsOf(StrictQuery query)
    {
        var kinds = query.Text("kind")?.Split(',').Select(kind => Kinds.FirstOrDefault(one => one.Equals(kind, StringComparison.OrdinalIgnoreCase))).ToArray();
        if (kinds is not null && kinds.Contains(null))
        {
            query.Refuse("kind", $"kind has a value that is none of {string.Join(", ", Kinds)}.");
            return null;
        }

        return kinds!;
    }

    private static PageCursor? Cursor(StrictQuery query)
    {
        if (query.Text("cursor") is not { } text)
        {
            return null;
        }

        var cursor = PageCursor.TryParse(text);
        if (cursor is null)
        {
            query.Refuse("cursor", "cursor is none that an answer gave as next.");
        }

        return cursor;
    }
}
