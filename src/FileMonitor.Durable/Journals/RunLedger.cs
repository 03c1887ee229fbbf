using FileMonitor.Durable.State;

namespace FileMonitor.Durable.Journals;

/// <summary>Which runs of a monitor the records of a journal tell of. Owned by the report that is made.</summary>
internal sealed class RunLedger
{
    private readonly List<JournalRun> _ended = [];
    private JournalRun? _run;
    private DateTimeOffset? _seen;
    private string? _recovery;

    /// <summary>The run had a record then.</summary>
    public void Seen(DateTimeOffset at)
    {
        // Where the first records were deleted, nobody knows when their run started.
        _run ??= new() { End = JournalRunEnd.None };
        _seen = at;
    }

    /// <summary>Whoever had the journal next found what the run before left.</summary>
    public void Recovered(StateRecord record)
    {
        End(_seen, JournalRunEnd.Abandoned);
        _recovery = _recovery is null ? record.Detail : $"{_recovery} {record.Detail}";
    }

    public void Started(StateRecord record)
    {
        End(_seen, JournalRunEnd.Abandoned);
        _run = new() { StartedAt = record.At, End = JournalRunEnd.None, ProcessId = record.ProcessId, Version = record.Version, Recovery = _recovery };
        _recovery = null;
        _seen = record.At;
    }

    public void Stopped(DateTimeOffset at) => End(at, JournalRunEnd.Stopped);

    /// <summary>The runs that have a part in the period.</summary>
    public IReadOnlyList<JournalRun> Between(DateTimeOffset from, DateTimeOffset to) =>
        [.. All().Where(run => (run.StartedAt ?? DateTimeOffset.MinValue) < to && (run.EndedAt is not { } end || end >= from || run.End == JournalRunEnd.None))];

    public IReadOnlyList<JournalPause> PausesBetween(DateTimeOffset from, DateTimeOffset to) =>
        [.. Pauses().Where(pause => pause.From < to && (pause.To is not { } end || end >= from))];

    private List<JournalRun> All() => _run is null ? _ended : [.. _ended, Ended(_run, _seen, JournalRunEnd.None)];

    private IEnumerable<JournalPause> Pauses()
    {
        var runs = All();
        for (var i = 0; i < runs.Count; i++)
        {
            var next = i + 1 < runs.Count ? runs[i + 1].StartedAt : null;
            if (runs[i] is { EndedAt: { } end, End: not JournalRunEnd.None })
            {
                yield return new() { From = end, To = next };
            }
        }
    }

    private void End(DateTimeOffset? at, JournalRunEnd how)
    {
        if (_run is not null)
        {
            _ended.Add(Ended(_run, at, how));
            _run = null;
        }
    }

    private static JournalRun Ended(JournalRun run, DateTimeOffset? at, JournalRunEnd how) => new()
    {
        StartedAt = run.StartedAt,
        EndedAt = at,
        End = how,
        ProcessId = run.ProcessId,
        Version = run.Version,
        Recovery = run.Recovery,
    };
}
