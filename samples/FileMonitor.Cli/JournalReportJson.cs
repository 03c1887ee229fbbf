using System.Buffers;
using System.Text.Json;
using FileMonitor.Durable;
using FileMonitor.JsonLines;

namespace FileMonitor.Cli;

/// <summary>A report as one JSON object, with events in their own form. Nothing that does not apply.</summary>
internal static class JournalReportJson
{
    private const int FlushAt = 48 * 1024;

    public static void Write(Stream output, JournalReport report, bool listsEvents)
    {
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            WriteVerification(json, report.Verification);
            Write(json, "from", report.From);
            Write(json, "to", report.To);
            Write(json, "firstRecord", report.FirstRecord);
            Write(json, "lastRecord", report.LastRecord);
            Write(json, "firstAt", report.FirstAt);
            Write(json, "lastAt", report.LastAt);
            json.WriteNumber("unknownRecords", report.UnknownRecords);
            WriteAll(json, "scopes", report.Scopes, WriteScope);
            WriteAll(json, "runs", report.Runs, WriteRun);
            WriteAll(json, "pauses", report.Pauses, WritePause);
            WriteAll(json, "firstWatched", report.FirstWatched, WriteFirst);
            WriteAll(json, "counts", report.Counts, WriteCount);
            json.WriteNumber("offlineCount", report.OfflineCount);
            WriteAll(json, "offline", report.Offline, WriteEvent);
            json.WriteNumber("openGapCount", report.OpenGapCount);
            WriteAll(json, "openGaps", report.OpenGaps, WriteEvent);
            WriteAll(json, "acceptances", report.Acceptances, WriteAcceptance);
            if (listsEvents)
            {
                WriteEvents(json, report.Events);
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteVerification(Utf8JsonWriter json, JournalVerification verified)
    {
        json.WriteStartObject("verification");
        json.WriteString("origin", verified.Origin);
        json.WriteBoolean("isAuthentic", verified.IsAuthentic);
        Write(json, "problem", verified.Problem);
        json.WriteNumber("firstRecord", verified.FirstRecord);
        json.WriteNumber("records", verified.Records);
        json.WriteNumber("authenticUpTo", verified.AuthenticUpTo);
        json.WriteNumber("anchoredUpTo", verified.AnchoredUpTo);
        json.WriteNumber("timestampedUpTo", verified.TimestampedUpTo);
        if (verified.TimestampedAt is { } at)
        {
            json.WriteString("timestampedAt", at.UtcDateTime);
            Write(json, "timestampedBy", verified.TimestampedBy);
        }

        json.WriteNumber("signedLaterCount", verified.SignedLaterCount);
        WriteAll(json, "signedLater", verified.SignedLater, static (json, later) =>
        {
            json.WriteStartObject();
            json.WriteNumber("firstRecord", later.FirstRecord);
            json.WriteNumber("lastRecord", later.LastRecord);
            json.WriteString("at", later.At);
            json.WriteEndObject();
        });
        json.WriteBoolean("isKeyTrustedOnFirstUse", verified.IsKeyTrustedOnFirstUse);
        Write(json, "checkpoint", verified.Checkpoint?.Note);
        json.WriteEndObject();
    }

    private static void WriteScope(Utf8JsonWriter json, JournalScope scope)
    {
        json.WriteStartObject();
        json.WriteString("since", scope.Since);
        WriteAll(json, "roots", scope.Roots, static (json, root) =>
        {
            json.WriteStartObject();
            WritePath(json, "path", root.Path);
            json.WriteBoolean("recursive", root.Recursive);
            WriteAll(json, "include", root.Include, static (json, pattern) => json.WriteStringValue(pattern));
            WriteAll(json, "ignore", root.Ignore, static (json, pattern) => json.WriteStringValue(pattern));
            json.WriteEndObject();
        });
        json.WriteEndObject();
    }

    private static void WritePath(Utf8JsonWriter json, string name, string path)
    {
        json.WriteString(name, path);
        if (PathBytes.AreNotUtf8(path))
        {
            var bytes = new ArrayBufferWriter<byte>();
            PathBytes.Write(bytes, path);
            json.WriteBase64String($"{name}Bytes", bytes.WrittenSpan);
        }
    }

    private static void WriteRun(Utf8JsonWriter json, JournalRun run)
    {
        json.WriteStartObject();
        Write(json, "startedAt", run.StartedAt);
        Write(json, "endedAt", run.EndedAt);
        json.WriteString("end", run.End.ToString());
        Write(json, "processId", run.ProcessId);
        Write(json, "version", run.Version);
        Write(json, "recovery", run.Recovery);
        json.WriteEndObject();
    }

    private static void WritePause(Utf8JsonWriter json, JournalPause pause)
    {
        json.WriteStartObject();
        json.WriteString("from", pause.From);
        Write(json, "to", pause.To);
        json.WriteString("reason", pause.Reason.ToString());
        if (pause.Root is { } root)
        {
            WritePath(json, "root", root);
        }

        json.WriteEndObject();
    }

    private static void WriteFirst(Utf8JsonWriter json, JournalFirstWatched first)
    {
        json.WriteStartObject();
        json.WriteString("at", first.At);
        WritePath(json, "root", first.Root);
        json.WriteString("part", first.Part.ToString());
        json.WriteEndObject();
    }

    private static void WriteCount(Utf8JsonWriter json, JournalCount count)
    {
        json.WriteStartObject();
        json.WriteString("kind", count.Kind.ToString());
        json.WriteString("origin", count.Origin.ToString());
        json.WriteNumber("count", count.Count);
        json.WriteEndObject();
    }

    private static void WriteAcceptance(Utf8JsonWriter json, JournalAcceptance accepted)
    {
        json.WriteStartObject();
        Write(json, "record", accepted.Record);
        Write(json, "at", accepted.At);
        json.WriteString("who", accepted.Who);
        json.WriteString("why", accepted.Why);
        Write(json, "ticket", accepted.Ticket);
        WriteAll(json, "events", accepted.Events, static (json, id) => json.WriteStringValue(id));
        json.WriteEndObject();
    }

    private static void WriteEvent(Utf8JsonWriter json, AuditEvent auditEvent) => JsonSerializer.Serialize(json, auditEvent, AuditEventJson.TypeInfo);

    // However many there are: the writer keeps what was not flushed.
    private static void WriteEvents(Utf8JsonWriter json, IEnumerable<AuditEvent> events)
    {
        json.WriteStartArray("events");
        foreach (var auditEvent in events)
        {
            WriteEvent(json, auditEvent);
            if (json.BytesPending >= FlushAt)
            {
                json.Flush();
            }
        }

        json.WriteEndArray();
    }

    private static void WriteAll<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> all, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var one in all)
        {
            write(json, one);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void Write(Utf8JsonWriter json, string name, DateTimeOffset? value)
    {
        if (value is { } known)
        {
            json.WriteString(name, known);
        }
    }

    private static void Write(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, known);
        }
    }
}
