namespace FileMonitor.Agent.History;

/// <summary>What this run was told of gaps and roots. Under one lock, held briefly.</summary>
internal sealed class HistoryLedger(TimeProvider time)
{
    // A gap that opens and closes each minute for three days.
    private const int MostMarks = 10_000;

    private readonly Lock _gate = new();
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private readonly Dictionary<string, Queue<HistoryMark>> _marks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _runningAt = new(StringComparer.Ordinal);

    public void Add(AuditEvent auditEvent)
    {
        if (HistoryMark.Of(auditEvent) is not { } mark)
        {
            return;
        }

        lock (_gate)
        {
            if (!_marks.TryGetValue(auditEvent.Monitor, out var marks))
            {
                _marks.Add(auditEvent.Monitor, marks = []);
            }

            marks.Enqueue(mark);
            if (marks.Count > MostMarks)
            {
                marks.Dequeue();
            }
        }
    }

    /// <summary>A monitor was seen to be running.</summary>
    public void NoteRunning(string monitor)
    {
        lock (_gate)
        {
            _runningAt.TryAdd(monitor, time.GetUtcNow());
        }
    }

    public MonitorPresent Read(string monitor)
    {
        lock (_gate)
        {
            return new(
                _marks.TryGetValue(monitor, out var marks) ? [.. marks] : [],
                _startedAt,
                _runningAt.TryGetValue(monitor, out var at) ? at : null);
        }
    }
}
