namespace FileMonitor.Tests.Replay;

/// <summary>
/// What events claim about items that are followed by who they are, whatever they are called (ADR 0026): that one was made which existed,
/// that one is gone which is there, or that the content of one changed whose bytes did not. One thread.
/// </summary>
/// <param name="items">Who had which path before the first event.</param>
/// <param name="there">Who is on disk after the last one.</param>
internal sealed class FileClaims(Dictionary<string, ulong> items, HashSet<ulong> there)
{
    private const ulong New = 0;

    private readonly List<(ulong Item, AuditEvent Said)> _changed = [];
    private readonly HashSet<ulong> _existed = [.. items.Values];

    /// <summary>One line for each claim that is not true.</summary>
    public List<string> False { get; } = [];

    public void Apply(AuditEvent said)
    {
        var path = said.RelativePath;
        switch (said.Kind)
        {
            case AuditEventKind.Created:
                items[path] = New;
                break;
            case AuditEventKind.Modified:
                _changed.Add((items.GetValueOrDefault(path), said));
                break;
            case AuditEventKind.Deleted:
                Lose(path, said);
                break;
            case AuditEventKind.Renamed:
                Lose(path, said);
                foreach (var (from, to) in Moved(said))
                {
                    items.Remove(from, out var item);
                    items[to] = item;
                }

                break;
        }
    }

    /// <summary>Who is at a path now: if it was there before, it was never said to be another one, nor to have changed when it has not.</summary>
    public void Demand(string path, ulong item, bool hasChanged)
    {
        if (!_existed.Contains(item))
        {
            return;
        }

        if (items.GetValueOrDefault(path) != item)
        {
            False.Add($"{path} is an item that was there before, but was said to be another one");
        }

        False.AddRange(_changed.Where(one => one.Item == item && !hasChanged).Select(one => $"{one.Said}: its bytes are the same"));
    }

    private List<(string From, string To)> Moved(AuditEvent said) =>
        [.. items.Keys
            .Where(path => path == said.OldRelativePath || path.StartsWith(said.OldRelativePath + "/", StringComparison.Ordinal))
            .Select(path => (path, said.RelativePath + path[said.OldRelativePath!.Length..]))];

    private void Lose(string path, AuditEvent said)
    {
        if (items.Remove(path, out var item) && there.Contains(item))
        {
            False.Add($"{said}: what is said to be gone is there");
        }
    }
}
