namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>
/// What must be said: events one after the other, and between braces in any order. Nothing more may be said. What a line does not mention
/// (a checksum, an origin) is not compared; the type of the item always is.
/// </summary>
internal sealed class Expectation
{
    private const string Nothing = "nothing";
    private const string Anything = "anything";

    private readonly IReadOnlyList<string> _lines;
    private readonly List<List<ExpectedEvent>> _groups = [];

    public Expectation(IReadOnlyList<string> lines)
    {
        _lines = lines;
        List<ExpectedEvent>? group = null;
        foreach (var line in lines.Where(line => line is not (Nothing or Anything)))
        {
            switch (line)
            {
                case "{":
                    _groups.Add(group = []);
                    break;
                case "}":
                    group = null;
                    break;
                case var _ when group is null:
                    _groups.Add([ExpectedEvent.Parse(line)]);
                    break;
                default:
                    group.Add(ExpectedEvent.Parse(line));
                    break;
            }
        }
    }

    public bool IsMetBy(IReadOnlyList<AuditEvent> events)
    {
        if (_lines is [Anything])
        {
            return true;
        }

        var left = events.ToList();
        foreach (var group in _groups)
        {
            var next = left.Take(group.Count).ToList();
            left.RemoveRange(0, next.Count);
            if (next.Count < group.Count || !IsMetInAnyOrder(group, next))
            {
                return false;
            }
        }

        return left.Count == 0;
    }

    public override string ToString() => string.Join('\n', _lines.Select(line => $"    {line}"));

    // The first line tries each event and the rest goes on with what is left: groups are small.
    private static bool IsMetInAnyOrder(List<ExpectedEvent> expected, List<AuditEvent> events) =>
        expected.Count == 0
        || events.Any(one => expected[0].IsMetBy(one) && IsMetInAnyOrder(expected[1..], [.. events.Where(other => other != one)]));
}

/// <summary>One line of an <see cref="Expectation"/>; null stands for "not compared".</summary>
internal sealed record ExpectedEvent(AuditEventKind Kind, ItemType ItemType, string Path)
{
    public string? OldPath { get; private init; }

    public string? Text { get; private init; }

    public string? Previous { get; private init; }

    public string? Replaced { get; private init; }

    public AuditEventOrigin? Origin { get; private init; }

    public ChecksumStatus? Checksum { get; private init; }

    public string? Target { get; private init; }

    public static ExpectedEvent Parse(string line)
    {
        var words = Words.Of(line);
        var (old, path, next) = words is [_, var from, "->", var to, ..] ? (from, to, 4) : ((string?)null, words[1], 2);
        var type = path[^1] switch
        {
            '/' => ItemType.Directory,
            '@' => ItemType.SymbolicLink,
            '?' => ItemType.Unknown,
            _ => ItemType.File,
        };
        var expected = new ExpectedEvent(Enum.Parse<AuditEventKind>(words[0]), type, path.TrimEnd('/', '@', '?')) { OldPath = old?.TrimEnd('/', '@', '?') };
        while (next < words.Count)
        {
            (expected, next) = words[next] switch
            {
                "was" => (expected with { Previous = words[next + 1] }, next + 2),
                "replaced" => (expected with { Replaced = words[next + 1] }, next + 2),
                "origin" => (expected with { Origin = Enum.Parse<AuditEventOrigin>(words[next + 1]) }, next + 2),
                "checksum" => (expected with { Checksum = Enum.Parse<ChecksumStatus>(words[next + 1]) }, next + 2),
                "target" => (expected with { Target = words[next + 1] }, next + 2),
                var text => (expected with { Text = text }, next + 1),
            };
        }

        return expected;
    }

    public bool IsMetBy(AuditEvent one) =>
        one.Kind == Kind
        && one.ItemType == ItemType
        && one.RelativePath == Path
        && one.OldRelativePath == OldPath
        && IsSumOf(Text, one.Sha256)
        && IsSumOf(Previous, one.PreviousSha256)
        && IsSumOf(Replaced, one.ReplacedSha256)
        && (Origin ?? one.Origin) == one.Origin
        && (Checksum ?? one.ChecksumStatus) == one.ChecksumStatus
        && (Target ?? one.LinkTarget) == one.LinkTarget;

    private static bool IsSumOf(string? text, string? sha256) => text is null || Content.Sha256(text) == sha256;
}
