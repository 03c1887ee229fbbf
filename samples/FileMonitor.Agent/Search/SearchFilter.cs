using System.Text.RegularExpressions;
using FileMonitor.Agent.Queries;

namespace FileMonitor.Agent.Search;

/// <summary>What is searched for: all that is given must hold. The words are those of the collector, as far as both have them.</summary>
internal sealed class SearchFilter
{
    /// <summary>
    /// A search back in time ends when it comes to what was told so long before <see cref="From"/>. The clock may have been set back meanwhile; without this, what was told before that would not be
    /// looked at.
    /// </summary>
    public static readonly TimeSpan ClockSlack = TimeSpan.FromHours(1);

    private const string Address = "sequence";

    private Regex? _glob;

    /// <summary>The parameters of a search.</summary>
    public static IReadOnlyList<string> Parameters { get; } = ["monitor", "path", "glob", "text", "kind", "origin", "user", "program", "sha256", "from", "to", Address, "id"];

    public string? Monitor { get; private init; }

    /// <summary>The path, or the path before, begins with it.</summary>
    public string? Path { get; private init; }

    /// <summary>Stands somewhere in a path, a name of a user or program, the checksum or the detail, in whatever case.</summary>
    public string? Contained { get; private init; }

    public IReadOnlySet<AuditEventKind>? Kinds { get; private init; }

    public IReadOnlySet<AuditEventOrigin>? Origins { get; private init; }

    public string? User { get; private init; }

    /// <summary>The path of the program, or its last name.</summary>
    public string? Program { get; private init; }

    public string? Sha256 { get; private init; }

    public DateTimeOffset? From { get; private init; }

    public DateTimeOffset? To { get; private init; }

    /// <summary>The one event of this number of the monitor.</summary>
    public long? Sequence { get; private init; }

    public Guid? Id { get; private init; }

    /// <summary>Reads a query; its first mistake is in the query.</summary>
    /// <param name="query">The query.</param>
    /// <param name="monitors">The names of the monitors.</param>
    /// <param name="now">For what is asked of the last hours.</param>
    /// <param name="hours">How many hours back from now, in the place of <see cref="From"/>; null for no limit.</param>
    public static SearchFilter Read(StrictQuery query, IEnumerable<string> monitors, DateTimeOffset now, int? hours = null)
    {
        var sha256 = query.Sha256("sha256");
        var filter = new SearchFilter
        {
            Monitor = query.OneOf("monitor", monitors, "monitor"),
            Path = query.Text("path"),
            _glob = query.Text("glob") is { } glob ? Compile(glob) : null,
            Contained = query.Text("text"),
            Kinds = query.Set<AuditEventKind>("kind"),
            Origins = query.Set<AuditEventOrigin>("origin"),
            User = query.Text("user"),
            Program = query.Text("program"),
            Sha256 = sha256 is null ? null : Convert.ToHexStringLower(sha256),
            From = query.Time("from") ?? (hours is { } back ? now - TimeSpan.FromHours(back) : null),
            To = query.Time("to"),
            Sequence = query.Text(Address) is null ? null : query.Number(Address, 1, long.MaxValue, 1),
            Id = ReadId(query),
        };
        filter.Check(query);
        return filter;
    }

    public bool Matches(EventColumns one) =>
        one.Sequence is { } sequence
        && (Sequence is null || Sequence == sequence)
        && (Id is null || Id == one.Id)
        && (Monitor is null || Monitor == one.Monitor)
        && (From is null || one.OccurredAt >= From)
        && (To is null || one.OccurredAt < To)
        && Has(Kinds, one.Kind)
        && Has(Origins, one.Origin)
        && (Sha256 is null || Sha256 == one.Sha256)
        && (User is null || User == one.UserName || User == one.UserId)
        && (Program is null || IsProgram(one.Program))
        && (Path is null || Begins(one.Path) || Begins(one.OldPath))
        && (_glob is null || IsGlob(one.Path) || IsGlob(one.OldPath))
        && (Contained is null || Contains(one));

    private static Regex Compile(string glob)
    {
        // A "$" of .NET also stands before a line feed at the end, which a name may have. Without backtracking no pattern takes longer than the path is long.
        var pattern = Glob.Parse(glob).Regex;
        return new(pattern[..^1] + "\\z", RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    private static Guid? ReadId(StrictQuery query)
    {
        if (query.Text("id") is not { } text)
        {
            return null;
        }

        if (Guid.TryParseExact(text, "D", out var id))
        {
            return id;
        }

        query.Refuse("id", "id is none of an event: 32 hexadecimal digits with hyphens.");
        return null;
    }

    private void Check(StrictQuery query)
    {
        if (Path is not null && _glob is not null)
        {
            query.Refuse("glob", "path and glob are both given; give one.");
        }
        else if (Sequence is not null && Monitor is null)
        {
            query.Refuse(Address, "sequence needs monitor: each monitor counts its own events.");
        }
        else if (From >= To)
        {
            query.Refuse("to", "to is not after from.");
        }
    }

    private bool IsProgram(string? program) =>
        program is not null && program.EndsWith(Program!, StringComparison.Ordinal) && (program.Length == Program!.Length || program[^(Program.Length + 1)] is '/' or '\\');

    private bool Begins(string? path) => path is not null && path.StartsWith(Path!, StringComparison.Ordinal);

    private bool IsGlob(string? path) => path is not null && _glob!.IsMatch(path);

    private bool Contains(EventColumns one) =>
        IsIn(one.Path) || IsIn(one.OldPath) || IsIn(one.UserName) || IsIn(one.Program) || IsIn(one.Sha256) || IsIn(one.Detail);

    private bool IsIn(string? text) => text is not null && text.Contains(Contained!, StringComparison.OrdinalIgnoreCase);

    private static bool Has<T>(IReadOnlySet<T>? set, string? name)
        where T : struct, Enum => set is null || (Enum.TryParse<T>(name, out var value) && set.Contains(value));
}
