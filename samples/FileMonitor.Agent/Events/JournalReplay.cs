using System.Runtime.CompilerServices;
using FileMonitor.Durable;

namespace FileMonitor.Agent.Events;

/// <summary>
/// Reads from the journals of the monitors what a reader does not have and the buffer does not hold: it was away while the agent was started again, or for longer
/// than the buffer reaches back. Stateless.
/// </summary>
internal sealed partial class JournalReplay(IReadOnlyList<FileSystemMonitor> monitors, ILogger<JournalReplay> logger)
{
    private const string OtherJournal = "The journal of this monitor is not the one that the last event id is from, or the id says nothing of this monitor; how many events there were since is not known.";
    private const string NotKept = "The journal does not keep them any longer.";
    private const string Unreadable = "The journal of this monitor cannot be read; its log says why. How many events there were since is not known.";

    /// <summary>The events between two places, of several monitors in the order of their time.</summary>
    /// <param name="from">What the reader has.</param>
    /// <param name="to">How far to read.</param>
    /// <param name="cancellationToken">Ends it early, with an exception.</param>
    public async IAsyncEnumerable<ReplayedEvent> ReadAsync(StreamPlace from, StreamPlace to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var place = from;
        var open = new List<IAsyncEnumerator<ReplayedEvent>>();
        try
        {
            foreach (var monitor in monitors)
            {
                var events = ReadAsync(monitor, from[monitor.Name], to[monitor.Name], cancellationToken).GetAsyncEnumerator(cancellationToken);
                open.Add(events);
                if (!await events.MoveNextAsync())
                {
                    open.Remove(events);
                    await events.DisposeAsync();
                }
            }

            while (open.MinBy(events => events.Current.At) is { } next)
            {
                place = place.With(next.Current.Monitor, next.Current.Place);
                yield return next.Current with { After = place };
                if (!await next.MoveNextAsync())
                {
                    open.Remove(next);
                    await next.DisposeAsync();
                }
            }
        }
        finally
        {
            foreach (var events in open)
            {
                await events.DisposeAsync();
            }
        }
    }

    private async IAsyncEnumerable<ReplayedEvent> ReadAsync(
        FileSystemMonitor monitor, MonitorPlace? known, MonitorPlace? end, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (end is not { } to || known == end)
        {
            // Known and equal, or nothing has been read of this monitor yet.
            yield break;
        }

        var notice = new ReplayedEvent(monitor.Name, to, DateTimeOffset.MinValue) { Reason = OtherJournal };
        if (known is not { } from || from.Sequence > to.Sequence || (from.Sequence == to.Sequence && from.Mark.Length > 0 && to.Mark.Length > 0))
        {
            yield return notice;
            yield break;
        }

        // With the last one that the reader has, to see whether this is the journal that it is from.
        var isChecked = from.Mark.Length == 0 || from.Sequence == 0;
        await using var events = DurableEvents.ReadAsync(monitor, isChecked ? from.Sequence : from.Sequence - 1, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            var (one, isFailed) = await NextAsync(monitor.Name, events);
            if (isFailed)
            {
                yield return notice with { Reason = Unreadable };
                yield break;
            }

            if (one is null || (isChecked && one.Sequence > to.Sequence))
            {
                yield break;
            }

            if (one.Gap is { Number: null, Cause: GapCause.ReaderTooSlow } gap)
            {
                isChecked = true;
                var last = Math.Min(gap.LastSequence!.Value, to.Sequence);
                if (last > from.Sequence)
                {
                    yield return new ReplayedEvent(monitor.Name, new(last), one.EmittedAt) { Missed = last - from.Sequence, Reason = NotKept };
                }
            }
            else if (!isChecked)
            {
                isChecked = true;
                if (MonitorPlace.MarkOf(one.Id) != from.Mark)
                {
                    yield return notice;
                    yield break;
                }
            }
            else
            {
                yield return new ReplayedEvent(monitor.Name, new(one.Sequence, MonitorPlace.MarkOf(one.Id)), one.EmittedAt) { Event = one };
            }
        }
    }

    private async ValueTask<(AuditEvent? Event, bool IsFailed)> NextAsync(string monitor, IAsyncEnumerator<AuditEvent> events)
    {
        try
        {
            return (await events.MoveNextAsync() ? events.Current : null, false);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            ReplayFailed(logger, failed, monitor);
            return (null, true);
        }
    }

    [LoggerMessage(902, LogLevel.Error, "The journal of {Monitor} cannot be read for a reader of /events; verify it", EventName = "ReplayFailed")]
    private static partial void ReplayFailed(ILogger logger, Exception exception, string monitor);
}

/// <summary>What a reader gets from a journal: an event, or that it misses some.</summary>
/// <param name="Monitor">The monitor.</param>
/// <param name="Place">How far the reader is in this monitor with it.</param>
/// <param name="At">When it was told.</param>
internal readonly record struct ReplayedEvent(string Monitor, MonitorPlace Place, DateTimeOffset At)
{
    /// <summary>Null for a notice.</summary>
    public AuditEvent? Event { get; init; }

    /// <summary>For a notice: how many it misses; null when that is not known.</summary>
    public long? Missed { get; init; }

    /// <summary>For a notice: why.</summary>
    public string Reason { get; init; } = "";

    /// <summary>How far the reader is in all monitors with it.</summary>
    public StreamPlace After { get; init; } = StreamPlace.None;
}
