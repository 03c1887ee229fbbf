using FileMonitor.Durable.State;

namespace FileMonitor.Durable.Journals;

/// <summary>Which roots were not watched while the monitor was running, and which were watched for the first time, by the records of a journal. Owned by the report that is made.</summary>
internal sealed class RootLedger
{
    private readonly List<JournalPause> _ended = [];
    private readonly List<JournalFirstWatched> _first = [];
    private readonly Dictionary<(string Root, JournalPauseReason Reason), DateTimeOffset> _open = [];
    private StoredConfiguration? _scope;

    /// <summary>A record with a configuration: a start, or a change.</summary>
    public void Configured(StateRecord record)
    {
        if (record.Configuration is not { } scope)
        {
            return;
        }

        // Where the first records were deleted, the oldest record that is left says what was before it. The first start of all has nothing before it.
        var before = _scope ?? record.Before ?? (record.Kind == StateRecord.Started && record.LastSequence is > 0 ? scope : null);
        foreach (var root in before?.Roots.Where(root => scope.Find(root.FullPath) is null) ?? [])
        {
            // It cannot be lost any more, and is not watched either way.
            End(root.FullPath, JournalPauseReason.RootLost, record.At);
            _open.TryAdd((root.FullPath, JournalPauseReason.NotConfigured), record.At);
        }

        foreach (var root in (scope.Kept ?? []).Where(static root => root.WatchedUntil is not null))
        {
            _open.TryAdd((root.FullPath, JournalPauseReason.NotConfigured), root.WatchedUntil!.Value);
        }

        foreach (var root in scope.Roots)
        {
            if (before?.FindAny(root.FullPath) is not { } known)
            {
                AddFirst(record, root, JournalFirstWatchedPart.Root);
            }
            else
            {
                if (!known.IsSame(root))
                {
                    AddFirst(record, root, JournalFirstWatchedPart.NewlyCovered);
                }

                if (root.ExtendedAttributes == true && known.ExtendedAttributes != true)
                {
                    AddFirst(record, root, JournalFirstWatchedPart.ExtendedAttributes);
                }
            }

            End(root.FullPath, JournalPauseReason.NotConfigured, record.At);
        }

        _scope = scope;
    }

    public void Told(AuditEvent auditEvent)
    {
        if (auditEvent.Kind == AuditEventKind.RootLost)
        {
            _open.TryAdd((auditEvent.Root, JournalPauseReason.RootLost), auditEvent.OccurredAt);
        }
        else if (auditEvent.Kind == AuditEventKind.RootRestored)
        {
            End(auditEvent.Root, JournalPauseReason.RootLost, auditEvent.OccurredAt);
        }
    }

    public IEnumerable<JournalPause> PausesBetween(DateTimeOffset from, DateTimeOffset to) => _ended
        .Concat(_open.Select(static open => new JournalPause { From = open.Value, Root = open.Key.Root, Reason = open.Key.Reason }))
        .Where(pause => pause.From < to && (pause.To is not { } end || end >= from))
        .OrderBy(static pause => pause.From)
        .ThenBy(static pause => pause.Root, StringComparer.Ordinal);

    public IEnumerable<JournalFirstWatched> FirstBetween(DateTimeOffset from, DateTimeOffset to) => _first.Where(first => first.At >= from && first.At < to);

    private void AddFirst(StateRecord record, StoredRoot root, JournalFirstWatchedPart part) => _first.Add(new() { At = record.At, Root = root.FullPath, Part = part });

    private void End(string root, JournalPauseReason reason, DateTimeOffset at)
    {
        if (_open.Remove((root, reason), out var from))
        {
            _ended.Add(new() { From = from, To = at, Root = root, Reason = reason });
        }
    }
}
