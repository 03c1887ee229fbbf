using System.Text;
using FileMonitor.Delivery;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.State;
using FileMonitor.JsonLines;

namespace FileMonitor.Durable.Tests.Journals;

/// <summary>A journal that tells a story: what a test says happened, a minute apart.</summary>
internal sealed class StoryJournal(string directory, long segmentBytes = 64 * 1024)
{
    public static readonly DateTimeOffset Begin = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private const int LinesPerCommit = 10;

    private readonly List<AuditEvent> _events = [];
    private readonly JournalWriter _writer = JournalWriter.Open(Settings(directory, segmentBytes));
    private int _minutes;
    private long _sequence;

    public string Path { get; } = directory;

    /// <summary>All events, as the monitor told them.</summary>
    public IReadOnlyList<AuditEvent> Events => _events;

    public DateTimeOffset Now => Begin.AddMinutes(_minutes);

    public static JournalSettings Settings(string directory, long segmentBytes = 64 * 1024) => new() { Directory = directory, SegmentBytes = segmentBytes, Host = "test" };

    public StoryJournal Started(params string[] roots) => State(StateRecord.Started, record => record with { ProcessId = 7, Version = "1.2", Configuration = Scope(roots) });

    public StoryJournal Changed(params string[] roots) => State(StateRecord.ConfigurationChanged, record => record with { Configuration = Scope(roots) });

    public StoryJournal Recovered(string detail) => State(StateRecord.Recovered, record => record with { Detail = detail });

    public StoryJournal Stopped() => State(StateRecord.Stopped, record => record);

    public StoryJournal Told(AuditEventKind kind, AuditEventOrigin origin = AuditEventOrigin.Live, string path = "a", GapDetails? gap = null)
    {
        _minutes++;
        var auditEvent = new AuditEvent { Kind = kind, Origin = origin, Root = "/r", RelativePath = path, ChecksumStatus = ChecksumStatus.NotApplicable, Gap = gap, OccurredAt = Now, FirstOccurredAt = Now, SettledAt = Now };
        EventRing.Number([new StreamItem(auditEvent)], _sequence++, Now);
        _events.Add(auditEvent);

        // With what redo needs, as most have it.
        var line = AuditEventJson.Serialize(auditEvent);
        return Line(line[..^1] + ",\"redo\":\"AAAA\"}");
    }

    public StoryJournal Gap(GapPhase phase, long? number) => Told(AuditEventKind.Gap, gap: new() { Cause = GapCause.QueueFull, Phase = phase, Number = number });

    public StoryJournal Line(string line)
    {
        if (_writer.Append(Encoding.UTF8.GetBytes(line)) % LinesPerCommit == 0)
        {
            _writer.Commit();
        }

        return this;
    }

    public StoryJournal DeleteSegmentsBefore(long index)
    {
        _writer.Commit();
        _writer.DeleteSegments(index, DateTimeOffset.MaxValue);
        return this;
    }

    /// <summary>Closes it, in order.</summary>
    public async Task<StoryJournal> EndAsync()
    {
        await _writer.CloseAsync(CancellationToken.None);
        return this;
    }

    /// <summary>Leaves it as a process does that is ended.</summary>
    public async Task<StoryJournal> AbandonAsync()
    {
        _writer.Commit();
        await _writer.DisposeAsync();
        return this;
    }

    public static StoredConfiguration Scope(params string[] roots) =>
        new() { Roots = [.. roots.Select(root => new StoredRoot { Path = root, Recursive = true, Include = ["*.txt"], Ignore = [] })] };

    private StoryJournal State(string kind, Func<StateRecord, StateRecord> fill)
    {
        _minutes++;
        return Line(Encoding.UTF8.GetString(fill(new StateRecord { Kind = kind, At = Now, LastSequence = _sequence }).ToLine()));
    }
}
