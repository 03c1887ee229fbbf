using FileMonitor.Agent.Search;
using FileMonitor.Durable;
using FileMonitor.JsonLines;

namespace FileMonitor.Agent.History;

/// <summary>
/// Reads what the journals tell of the time before this run: once for each monitor, when somebody asks first, in the background. Nobody who does not look at the page pays for it.
/// </summary>
internal sealed partial class JournalHistory(IReadOnlyList<FileSystemMonitor> monitors, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<JournalHistory> logger)
{
    /// <summary>So far back journals are read.</summary>
    public static readonly TimeSpan Reach = TimeSpan.FromDays(7);

    private const long MostBytes = 4L * 1024 * 1024 * 1024;
    private const int MostMarks = 10_000;
    private const int RecordsPerTime = 256;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, MonitorPast> _pasts = new(StringComparer.Ordinal);
    private Task _reading = Task.CompletedTask;

    /// <summary>Reads what has not been read, and waits a moment for it.</summary>
    public Task EnsureAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var missing = monitors.Where(monitor => !_pasts.ContainsKey(monitor.Name) && monitor.GetHealth().Store is not null).ToList();
            if (_reading.IsCompleted && missing.Count > 0)
            {
                missing.ForEach(monitor => _pasts.Add(monitor.Name, new([], null, IsRead: false, null)));
                _reading = Task.Run(() => ReadAsync(missing, lifetime.ApplicationStopping), CancellationToken.None);
            }

            return _reading.WaitAsync(Patience, time, cancellationToken);
        }
    }

    /// <summary>What is known of a monitor; null while its journal is not open.</summary>
    public MonitorPast? Find(string monitor)
    {
        lock (_gate)
        {
            return _pasts.GetValueOrDefault(monitor);
        }
    }

    private async Task ReadAsync(List<FileSystemMonitor> all, CancellationToken stopping)
    {
        foreach (var monitor in all)
        {
            var reading = new PastReading(monitor.GetHealth().Store?.PreviousSequence ?? 0);
            string? problem = null;
            try
            {
                await ReadAsync(monitor, reading, stopping);
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or InvalidOperationException or OperationCanceledException)
            {
                problem = "The journal cannot be read any further back; verify it.";
                if (!stopping.IsCancellationRequested)
                {
                    HistoryFailed(logger, failed, monitor.Name);
                }
            }

            Publish(monitor.Name, reading.ToPast(isRead: true, problem));
        }
    }

    private async Task ReadAsync(FileSystemMonitor monitor, PastReading reading, CancellationToken stopping)
    {
        var oldest = time.GetUtcNow() - Reach;
        var (bytes, records) = (0L, 0L);
        await foreach (var record in DurableEvents.ReadBackAsync(monitor, cancellationToken: stopping))
        {
            reading.Add(record.Line.Span, isTimed: records++ % RecordsPerTime == 0);
            bytes += record.Line.Length;
            if (bytes > MostBytes || reading.Count > MostMarks || reading.KnownSince < oldest)
            {
                return;
            }
        }
    }

    private void Publish(string monitor, MonitorPast past)
    {
        lock (_gate)
        {
            _pasts[monitor] = past;
        }
    }

    [LoggerMessage(903, LogLevel.Error, "The journal of {Monitor} cannot be read for /api/history; verify it", EventName = "HistoryFailed")]
    private static partial void HistoryFailed(ILogger logger, Exception exception, string monitor);

    /// <summary>The marks of one journal while it is read back.</summary>
    /// <param name="previousSequence">The last event before this run: what came after it the agent was told.</param>
    private sealed class PastReading(long previousSequence)
    {
        // The newest first.
        private readonly List<HistoryMark> _marks = [];
        private bool _isBeforeThisRun;
        private bool _seeksLast;

        public int Count => _marks.Count;

        public DateTimeOffset? KnownSince { get; private set; }

        public MonitorPast ToPast(bool isRead, string? problem) => new([.. Enumerable.Reverse(_marks)], KnownSince, isRead, problem);

        public void Add(ReadOnlySpan<byte> line, bool isTimed)
        {
            var kind = RecordKind.Of(line);
            if (kind == RecordKind.Other && !isTimed && !_seeksLast)
            {
                return;
            }

            if (EventColumns.TryRead(line) is not { ToldAt: { } at } columns)
            {
                return;
            }

            KnownSince = at;
            switch (kind)
            {
                case RecordKind.Started:
                    _marks.Add(new(MarkKind.Started, at));
                    (_isBeforeThisRun, _seeksLast) = (true, true);
                    return;
                case RecordKind.Recovered when _isBeforeThisRun:
                    // Written by the start after it.
                    _marks.Add(new(MarkKind.Recovered, at) { Detail = columns.Detail });
                    return;
                case RecordKind.Stopped when _isBeforeThisRun:
                    _marks.Add(new(MarkKind.Stopped, at));
                    break;
                case RecordKind.Watching when columns.Sequence <= previousSequence && AuditEventJson.TryParse(line, out var auditEvent) && HistoryMark.Of(auditEvent) is { } mark:
                    SeenLast(at);
                    _marks.Add(mark);
                    break;
                default:
                    SeenLast(at);
                    break;
            }

            _seeksLast = false;
        }

        private void SeenLast(DateTimeOffset at)
        {
            if (_seeksLast)
            {
                _marks.Add(new(MarkKind.LastSeen, at));
            }
        }
    }
}
