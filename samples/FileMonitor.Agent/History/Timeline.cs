namespace FileMonitor.Agent.History;

/// <summary>A run of a monitor.</summary>
/// <param name="StartedAt">When it began; null when that is before what is known.</param>
/// <param name="EndedAt">When it was stopped, or had its last record; null while it runs.</param>
/// <param name="WasStopped">Whether it was stopped, and did not just end.</param>
internal sealed record RunSpan(DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, bool WasStopped);

/// <summary>A time in which not all was watched, or not all is known.</summary>
/// <param name="First">The event that opened it; null when it began before what is known.</param>
/// <param name="Last">The event that closed it, or the same as the first; null while it lasts.</param>
/// <param name="Until">When it ended: by its last event, or with its run.</param>
/// <param name="IsMoment">Whether one event is all there is of it.</param>
internal sealed record Trouble(AuditEvent? First, AuditEvent? Last, DateTimeOffset? Until, bool IsMoment)
{
    /// <summary>The event that tells of it.</summary>
    public AuditEvent Event => First ?? Last!;

    public bool IsRoot => Event.Kind is AuditEventKind.RootLost or AuditEventKind.RootRestored;
}

/// <summary>Puts the marks of a monitor together to runs and troubles. Made once for each question; one owner.</summary>
internal sealed class Timeline
{
    private readonly List<RunSpan> _runs = [];
    private readonly List<Trouble> _troubles = [];
    private readonly Dictionary<string, AuditEvent> _open = new(StringComparer.Ordinal);
    private RunSpan? _run;
    private DateTimeOffset? _lastSeen;

    private Timeline()
    {
    }

    /// <summary>The runs, the oldest first; the last one is this one.</summary>
    public IReadOnlyList<RunSpan> Runs => _runs;

    public IReadOnlyList<Trouble> Troubles => _troubles;

    public static Timeline Of(MonitorPast past, MonitorPresent present)
    {
        var timeline = new Timeline();
        foreach (var mark in past.Marks)
        {
            timeline.Add(mark);
        }

        // The journal's word for it comes once it is read.
        if (past.Marks is not [.., { Kind: MarkKind.Started }])
        {
            timeline.Add(new(MarkKind.Started, present.StartedAt));
        }

        foreach (var mark in present.Marks)
        {
            timeline.Add(mark);
        }

        timeline.Finish();
        return timeline;
    }

    private void Add(HistoryMark mark)
    {
        switch (mark.Kind)
        {
            case MarkKind.Started:
                End(_lastSeen, wasStopped: false);
                _run = new(mark.At, null, WasStopped: false);
                break;
            case MarkKind.Stopped:
                _run ??= new(null, null, WasStopped: false);
                End(mark.At, wasStopped: true);
                break;
            case MarkKind.Recovered:
                End(_lastSeen, wasStopped: false);
                break;
            default:
                _run ??= new(null, null, WasStopped: false);
                if (mark.Event is { } auditEvent)
                {
                    Take(auditEvent);
                }

                break;
        }

        _lastSeen = mark.At;
    }

    private void Take(AuditEvent auditEvent)
    {
        if (auditEvent.Kind == AuditEventKind.RootLost || auditEvent.Gap is { Phase: GapPhase.Opened, Cause: not GapCause.ShutdownTimeout })
        {
            // One that is opened again without having been closed is the same one.
            _open.TryAdd(KeyOf(auditEvent), auditEvent);
        }
        else if (auditEvent.Gap is { Cause: GapCause.ShutdownTimeout or GapCause.ReaderTooSlow })
        {
            _troubles.Add(new(auditEvent, auditEvent, auditEvent.OccurredAt, IsMoment: true));
        }
        else
        {
            _troubles.Add(new(_open.Remove(KeyOf(auditEvent), out var first) ? first : null, auditEvent, auditEvent.OccurredAt, IsMoment: false));
        }
    }

    private static string KeyOf(AuditEvent auditEvent) =>
        auditEvent.Gap is not { } gap ? "root\0" + auditEvent.Root
        : gap.Number is { } number ? $"gap\0{number}"
        : $"{gap.Cause}\0{auditEvent.Root}";

    private void End(DateTimeOffset? at, bool wasStopped)
    {
        if (_run is null)
        {
            return;
        }

        _runs.Add(_run with { EndedAt = at ?? _run.StartedAt, WasStopped = wasStopped });
        _run = null;

        // Numbers begin again with each run: only the run that opened a gap could close it.
        _troubles.AddRange(_open.Values.Select(first => new Trouble(first, null, at ?? first.OccurredAt, IsMoment: false)));
        _open.Clear();
    }

    private void Finish()
    {
        _runs.Add(_run!);
        _troubles.AddRange(_open.Values.Select(first => new Trouble(first, null, null, IsMoment: false)));
    }
}
