using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using FileMonitor.Agent.Queries;
using FileMonitor.Agent.Security;
using FileMonitor.JsonLines;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace FileMonitor.Agent.Events;

/// <summary><c>/events</c>: the events as server-sent events; a reader can continue after its last one.</summary>
internal sealed class EventStreamEndpoint(EventBuffer buffer, EventFeed feed, JournalReplay journals, IReadOnlyList<FileSystemMonitor> monitors, TimeProvider time)
{
    // In place of a run: an id that is from no buffer, so that a reader whose connection breaks goes on in the journals.
    private const string FromJournals = StreamPlace.FromJournals;

    // As many as a buffer may hold at most, whatever this one does: the page asks for 200 in any case.
    private const int MostRecent = 1_000_000;

    // They are kept in memory until the last of them is known.
    private const int MostRecentOfJournals = 1_000;

    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(10);

    public async Task ServeAsync(HttpContext context)
    {
        var query = new StrictQuery(context.Request.Query, "monitor", "kind", "recent", "lastEventId");
        var filter = new EventFilter(query.OneOf("monitor", monitors.Select(monitor => monitor.Name), "monitor"), query.Set<AuditEventKind>("kind"));
        var recent = query.Number("recent", 0, MostRecent, otherwise: 0);
        var given = query.Text("lastEventId");
        if (given is not null && !StreamPlace.IsId(given))
        {
            query.Refuse("lastEventId", "lastEventId is no id of an event: send back the last one as it came.");
        }

        if (query.Problem is { } problem)
        {
            await StrictQuery.RefuseAsync(context, problem);
            return;
        }

        // A browser that reconnects sends the header; a client that cannot set one puts it into the address.
        var lastEventId = context.Request.Headers["Last-Event-ID"] is [{ Length: > 0 } header] ? header : given;
        using var cursor = buffer.Open(lastEventId, recent);
        if (cursor is null)
        {
            context.Response.Headers.RetryAfter = "30";
            await RequestGate.RefuseAsync(context, HttpStatusCode.ServiceUnavailable, "As many read the events as Agent:MaxReaders allows. Try again later.");
            return;
        }

        // A reader may pause as long as it likes: it holds up others only briefly and gets the number of events that it missed.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        context.Response.ContentType = "text/event-stream";
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, feed.ReadersMustEnd);
        try
        {
            await BeginAsync(context, lastEventId is null ? buffer.IdOf(cursor.Next - 1, cursor.Place) : null, end.Token);
            if (lastEventId is null)
            {
                await WriteEarlierAsync(context.Response.BodyWriter, cursor, Math.Min(recent - cursor.Recent, MostRecentOfJournals), filter, end.Token);
            }

            await WriteAsync(context.Response.BodyWriter, cursor, filter, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The reader has gone, or the agent ends: drop what is still on its way, together with the connection.
            context.Abort();
        }
    }

    private static async Task BeginAsync(HttpContext context, string? id, CancellationToken cancellationToken)
    {
        // Tell the reader at once that it is connected, how soon to reconnect, and its position, so that it continues there even if no event
        // came.
        context.Response.BodyWriter.Write(Encoding.ASCII.GetBytes(id is null ? "retry: 2000\n\n" : $"retry: 2000\nid: {id}\n\n"));
        await context.Response.BodyWriter.FlushAsync(cancellationToken);
    }

    private async Task WriteAsync(PipeWriter output, EventCursor cursor, EventFilter filter, CancellationToken cancellationToken)
    {
        var told = cursor.Next - 1;
        while (true)
        {
            var batch = await cursor.ReadAsync(cancellationToken);
            if (batch.Missed > 0 || batch.IsAfterOtherRun)
            {
                told = batch.Last - batch.Events.Count;
                if (cursor.Place is { IsEmpty: false } place)
                {
                    await ReplayAsync(output, place, batch, filter, cancellationToken);
                }
                else
                {
                    output.Write(Missed(buffer.IdOf(told, batch.Before), batch));
                }
            }

            foreach (var one in batch.Events)
            {
                if (filter.Matches(one.Monitor, one.Kind))
                {
                    output.Write(one.Frame);
                    told = one.Position;
                }
            }

            if (batch.Events.Count == 0 && !batch.IsEnd)
            {
                // No event for a while: send a sign of life. With a filter it also has the position. Otherwise the reader would later ask for
                // events after a position long gone, and count filtered events as missed.
                output.Write(batch.Last > told ? Encoding.ASCII.GetBytes($": \nid: {buffer.IdOf(batch.Last, batch.After)}\n\n") : ": \n\n"u8.ToArray());
                told = batch.Last;
            }

            cursor.Place = batch.After;
            await output.FlushAsync(cancellationToken);
            if (batch.IsEnd)
            {
                return;
            }
        }
    }

    /// <summary>The last events before those of the buffer, from the journals: after a restart the buffer is empty. Nothing while monitors still start, since nobody shall wait for it.</summary>
    private async Task WriteEarlierAsync(PipeWriter output, EventCursor cursor, int most, EventFilter filter, CancellationToken cancellationToken)
    {
        if (most <= 0 || cursor.Place is not { IsEmpty: false } to || !feed.Start.IsCompletedSuccessfully)
        {
            return;
        }

        var start = await feed.Start;
        var from = to;
        foreach (var monitor in monitors)
        {
            if ((to[monitor.Name] ?? start[monitor.Name]) is { } first)
            {
                to = to.WithFirst(monitor.Name, first);
                from = from.With(monitor.Name, new(Math.Max(0, first.Sequence - most)));
            }
        }

        // Of several monitors more are read than were asked for. That some are not kept any longer is no news here.
        var latest = new Queue<ReplayedEvent>();
        await foreach (var one in journals.ReadAsync(from, to, cancellationToken))
        {
            if (one.Event is null)
            {
                continue;
            }

            latest.Enqueue(one);
            if (latest.Count > most)
            {
                latest.Dequeue();
            }
        }

        var line = new ArrayBufferWriter<byte>();
        foreach (var one in latest.Where(one => filter.Matches(one.Event!.Monitor, one.Event.Kind)))
        {
            Write(output, line, one);
        }

        output.Write(Encoding.ASCII.GetBytes($"id: {buffer.IdOf(cursor.Next - 1, cursor.Place)}\n\n"));
        await output.FlushAsync(cancellationToken);
    }

    private static void Write(PipeWriter output, ArrayBufferWriter<byte> line, ReplayedEvent one)
    {
        line.ResetWrittenCount();
        AuditEventJson.WriteLine(line, one.Event!);
        output.Write(Encoding.ASCII.GetBytes($"id: {FromJournals}{one.After}\nevent: audit\ndata: "));
        output.Write(line.WrittenSpan);
        output.Write("\n"u8);
    }

    /// <summary>What the buffer does not hold, from the journals.</summary>
    private async Task ReplayAsync(PipeWriter output, StreamPlace from, EventBatch batch, EventFilter filter, CancellationToken cancellationToken)
    {
        // A journal is open once its monitor has started, which takes a while for a large tree.
        while (!feed.Start.IsCompleted)
        {
            await ((Task)feed.Start).WaitAsync(SignOfLife, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            output.Write(": \n\n"u8);
            await output.FlushAsync(cancellationToken);
        }

        var to = batch.Before;
        var start = await feed.Start;
        foreach (var monitor in monitors)
        {
            if (start[monitor.Name] is { } first)
            {
                // No event of it is in the buffer before these; and who began in this run, when it was not known yet, has all from before.
                to = to.WithFirst(monitor.Name, first);
                from = batch.IsAfterOtherRun ? from : from.WithFirst(monitor.Name, first);
            }
        }

        var line = new ArrayBufferWriter<byte>();
        await foreach (var one in journals.ReadAsync(from, to, cancellationToken))
        {
            if (one.Event is not { } auditEvent)
            {
                buffer.CountMissed(one.Missed ?? 0);
                output.Write(Missed(FromJournals + one.After, one.Missed, one.Reason));
            }
            else if (filter.Matches(auditEvent.Monitor, auditEvent.Kind))
            {
                Write(output, line, one);
            }

            if (output.UnflushedBytes > 64 * 1024)
            {
                await output.FlushAsync(cancellationToken);
            }
        }

        // From here on the reader has all that is before the buffer.
        output.Write(Encoding.ASCII.GetBytes($"id: {buffer.IdOf(batch.Last - batch.Events.Count, to)}\n\n"));
    }

    private byte[] Missed(string id, EventBatch batch) => batch.IsAfterOtherRun
        ? Missed(id, null, "The last event id is none of this run of the agent; how many events there were since is not known.")
        : Missed(id, batch.Missed, "They are no longer in the buffer: the reader was away for too long, or too slow.");

    private byte[] Missed(string id, long? count, string reason)
    {
        buffer.CountInterruption();
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {id}\nevent: missed\ndata: {{\"missed\":{(object?)count ?? "null"},\"reason\":\"{reason}\"}}\n\n"));
    }

    private readonly record struct EventFilter(string? Monitor, IReadOnlySet<AuditEventKind>? Kinds)
    {
        public bool Matches(string monitor, AuditEventKind kind) => (Kinds is null || Kinds.Contains(kind)) && (Monitor is null || monitor == Monitor);
    }
}
