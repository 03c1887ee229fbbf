using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using FileMonitor.Agent.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace FileMonitor.Agent.Events;

/// <summary><c>/events</c>: the events as server-sent events; a reader can continue after its last one.</summary>
internal sealed class EventStreamEndpoint(EventBuffer buffer, EventFeed feed, IReadOnlyList<FileSystemMonitor> monitors)
{
    public async Task ServeAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (!TryReadFilter(query["monitor"], query["kind"], out var filter, out var error)
            || !TryReadRecent(query["recent"], out var recent, out error))
        {
            await RequestGate.RefuseAsync(context, HttpStatusCode.BadRequest, error);
            return;
        }

        // A browser that reconnects sends the header; a client that cannot set one puts it into the address.
        var lastEventId = context.Request.Headers["Last-Event-ID"] is [{ Length: > 0 } header] ? header
            : query["lastEventId"] is [{ Length: > 0 } parameter] ? parameter : null;
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
            await BeginAsync(context, lastEventId is null ? cursor.Next - 1 : null, end.Token);
            await WriteAsync(context.Response.BodyWriter, cursor, filter, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The reader has gone, or the agent ends: drop what is still on its way, together with the connection.
            context.Abort();
        }
    }

    private async Task BeginAsync(HttpContext context, long? position, CancellationToken cancellationToken)
    {
        // Tell the reader at once that it is connected, how soon to reconnect, and its position, so that it continues there even if no event
        // came.
        context.Response.BodyWriter.Write(Encoding.ASCII.GetBytes(position is { } last ? $"retry: 2000\nid: {buffer.IdOf(last)}\n\n" : "retry: 2000\n\n"));
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
                var before = batch.Last - batch.Events.Count;
                output.Write(Missed(buffer.IdOf(before), batch));
                told = before;
            }

            foreach (var one in batch.Events)
            {
                if (filter.Matches(one))
                {
                    output.Write(one.Frame);
                    told = one.Position;
                }
            }

            if (batch.Events.Count == 0 && !batch.IsEnd)
            {
                // No event for a while: send a sign of life. With a filter it also has the position. Otherwise the reader would later ask for
                // events after a position long gone, and count filtered events as missed.
                output.Write(batch.Last > told ? Encoding.ASCII.GetBytes($": \nid: {buffer.IdOf(batch.Last)}\n\n") : ": \n\n"u8.ToArray());
                told = batch.Last;
            }

            await output.FlushAsync(cancellationToken);
            if (batch.IsEnd)
            {
                return;
            }
        }
    }

    private static byte[] Missed(string id, EventBatch batch)
    {
        var (count, reason) = batch.IsAfterOtherRun
            ? ("null", "The last event id is none of this run of the agent; how many events there were since is not known.")
            : (batch.Missed.ToString(CultureInfo.InvariantCulture), "They are no longer in the buffer: the reader was away for too long, or too slow.");
        return Encoding.ASCII.GetBytes($"id: {id}\nevent: missed\ndata: {{\"missed\":{count},\"reason\":\"{reason}\"}}\n\n");
    }

    private bool TryReadFilter(string? monitor, string? kind, out EventFilter filter, out string error)
    {
        filter = new(null, null);
        error = "";
        if (!string.IsNullOrEmpty(kind))
        {
            if (!Enum.TryParse<AuditEventKind>(kind, ignoreCase: true, out var parsed) || !Enum.IsDefined(parsed))
            {
                error = $"There is no such kind of event. There are {string.Join(", ", Enum.GetNames<AuditEventKind>())}.";
                return false;
            }

            filter = filter with { Kind = parsed };
        }

        if (!string.IsNullOrEmpty(monitor))
        {
            if (monitors.All(one => one.Name != monitor))
            {
                error = "There is no monitor of this name.";
                return false;
            }

            filter = filter with { Monitor = monitor };
        }

        return true;
    }

    private bool TryReadRecent(string? text, out int recent, out string error)
    {
        (recent, error) = (0, "");
        if (string.IsNullOrEmpty(text) || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out recent))
        {
            return true;
        }

        error = $"recent is no whole number from 0 to {buffer.Capacity}.";
        return false;
    }

    private readonly record struct EventFilter(string? Monitor, AuditEventKind? Kind)
    {
        public bool Matches(BufferedEvent one) => (Kind is null || one.Kind == Kind) && (Monitor is null || one.Monitor == Monitor);
    }
}
