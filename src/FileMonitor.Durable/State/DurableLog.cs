using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FileMonitor.Delivery;
using FileMonitor.Durable.Journal.Anchoring;
using FileMonitor.Durable.Journal;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Durable.State;

/// <summary>
/// The log that has its events in the journal before anybody reads them. Readers and best-effort sinks read from memory; consumers that acknowledge read from the
/// journal. The dispatcher appends; other writers use <see cref="WriteAsync"/>. A semaphore lets one of them write at a time.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A token source without a timer and a semaphore without a wait handle hold nothing, and one that is disposed early would throw in a late caller.")]
internal sealed class DurableLog : IEventLog
{
    // A line has up to 1 MiB, and those of a commit are in memory until it is done.
    private const int MostPendingBytes = 1024 * 1024;

    private static readonly TimeSpan PauseOfFullDisk = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly ArrayBufferWriter<byte> _line = new(4096);
    private readonly ArrayBufferWriter<byte> _scratch = new(4096);
    private volatile EventRing _ring = new(1, 1);
    private JournalWriter? _journal;
    private BaselineFeeder? _baseline;
    private Func<IReadOnlyList<JournalCursor>> _cursors = static () => [];
    private Action _hasMore = static () => { };
    private string _monitor = "";
    private volatile string? _problem;
    private volatile bool _isComplete;

    // Written under the semaphore.
    private volatile bool _isHeldBack;

    public DurableLog(TimeProvider time, ILogger logger) => (_time, _logger) = (time, logger);

    public long First => _ring.First;

    public long Last => _ring.Last;

    // The size of a commit in a storm: a device that takes 2 ms to confirm is waited for four times less often than with 256 events, and the first event of a batch waits for about 8 ms of work on the
    // others. When there is less to do, a commit has what there is.
    public int MaxBatch => 1024;

    /// <summary>The number of durable records.</summary>
    public long Records => _journal?.Progress.Committed ?? 0;

    public long Checkpointed => _journal?.Checkpointed ?? 0;

    /// <summary>How the anchors do; null without one.</summary>
    public AnchorState? Anchor => _journal?.Anchors;

    /// <summary>Why events are held back or a checkpoint could not be made; null when all is well.</summary>
    public string? Problem => _problem;

    /// <summary>Whether events wait because the journal cannot be written, or waited until the log was closed.</summary>
    public bool IsHoldingBack => _isHeldBack;

    /// <summary>Whether no more events come.</summary>
    public bool IsComplete => _isComplete;

    /// <summary>Sets the last sequence number of earlier runs; the first event gets the next.</summary>
    public void BeginAt(long lastSequence, int bound) => _ring = new EventRing(bound, MaxBatch, lastSequence);

    /// <summary>What to call when the journal has more records or another checkpoint. Set before the first event.</summary>
    public void Notify(Action hasMore) => _hasMore = hasMore;

    /// <summary>Connects the log to the opened state. Called before the first event.</summary>
    public void Open(string monitor, JournalWriter journal, BaselineFeeder baseline, Func<IReadOnlyList<JournalCursor>> cursors) =>
        (_monitor, _journal, _baseline, _cursors) = (monitor, journal, baseline, cursors);

    public async ValueTask AppendAsync(IReadOnlyList<StreamItem> batch, DateTimeOffset now)
    {
        EventRing.Number(batch, _ring.Last, now);
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            var record = _journal!.NextIndex;
            foreach (var item in batch)
            {
                EventLine.Write(_line, _scratch, item);
                record = _journal.Append(_line.WrittenSpan) + 1;
                if (_journal.PendingBytes >= MostPendingBytes)
                {
                    await CommitAsync().ConfigureAwait(false);
                }
            }

            await CommitAsync().ConfigureAwait(false);
            _ring.Keep(batch);
            await _baseline!.AddAsync(batch, record, _journal.Mark).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }

        WakeCursors();
    }

    public bool TryRead(long sequence, [NotNullWhen(true)] out AuditEvent? auditEvent) => _ring.TryRead(sequence, out auditEvent);

    public void Release(long upTo) => _ring.Release(upTo);

    /// <summary>Runs an action on the journal, exclusively: writes a record, makes a checkpoint, or deletes segments.</summary>
    public async ValueTask WriteAsync(Action<JournalWriter> write)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            write(_journal!);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Appends a record that is no event. Waits, like an event, while the device is full.</summary>
    public async ValueTask AppendRecordAsync(byte[] line)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            _journal!.Append(line);
            await CommitAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }

        _hasMore();
    }

    /// <summary>Makes a checkpoint when one is due, and notes whether that failed.</summary>
    public async ValueTask TickAsync()
    {
        var before = Checkpointed;
        await WriteAsync(journal => Note(journal.Tick())).ConfigureAwait(false);
        if (Checkpointed != before)
        {
            _hasMore();
        }
    }

    /// <summary>No more events come: cursors read to the end, and end.</summary>
    public void Complete()
    {
        _isComplete = true;
        WakeCursors();
    }

    /// <summary>Ends the wait for a full disk.</summary>
    public void GiveUp() => _closing.Cancel();

    /// <summary>Builds the gap for events that the journal deleted before a consumer read them.</summary>
    public AuditEvent DescribeDeleted(long first, long last, DateTimeOffset emittedAt)
    {
        var gap = new AuditEventBuilder(_monitor, _time).Gap(
            GapPhase.Closed,
            GapCause.ReaderTooSlow,
            "",
            "",
            last - first + 1,
            "The journal did not keep these events for as long as this consumer took. Acknowledge faster, give the journal more room, or keep it for longer.",
            emittedAt);
        (gap.Sequence, gap.Id, gap.EmittedAt) = (last, Guid.CreateVersion7(emittedAt), emittedAt);
        (gap.Gap!.FirstSequence, gap.Gap.LastSequence) = (first, last);
        return gap;
    }

    private async ValueTask CommitAsync()
    {
        while (true)
        {
            try
            {
                var postponed = _journal!.Commit().Postponed;
                _isHeldBack = false;
                Note(postponed);
                return;
            }
            catch (JournalWriteException failed)
            {
                if (!_isHeldBack)
                {
                    // Also when a checkpoint was postponed before: that holds nothing back.
                    _logger.EventsHeldBack(failed, FileMonitorComponents.InLogs(_monitor));
                }

                _isHeldBack = true;
                _problem = failed.Message;
            }

            _closing.Token.ThrowIfCancellationRequested();
            await Task.Delay(PauseOfFullDisk, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Note(Exception? postponed)
    {
        if (postponed is not null && _problem is null)
        {
            _logger.CheckpointPostponed(postponed, FileMonitorComponents.InLogs(_monitor));
        }

        // A checkpoint that is not due says nothing of the records that could not be written, also after the log was closed.
        _problem = postponed?.Message ?? (_isHeldBack ? _problem : null);
    }

    private void WakeCursors()
    {
        foreach (var cursor in _cursors())
        {
            cursor.Wake();
        }

        _hasMore();
    }
}
