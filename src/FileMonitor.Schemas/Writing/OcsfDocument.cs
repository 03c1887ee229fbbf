using System.Globalization;
using System.Text.Json;

namespace FileMonitor.Schemas.Writing;

/// <summary>An event as one of the class File System Activity of OCSF. <see cref="OcsfFile"/> writes the states of the item.</summary>
internal static class OcsfDocument
{
    private const int CategoryUid = 1;
    private const int ClassUid = 1001;

    public static void Write(Utf8JsonWriter writer, AuditEvent auditEvent, SchemaContext context)
    {
        var outcome = Facts.OutcomeOf(auditEvent);
        var (activity, activityName) = ActivityOf(auditEvent);
        writer.WriteStartObject();
        writer.WriteNumber("category_uid"u8, CategoryUid);
        writer.WriteString("category_name"u8, "System Activity");
        writer.WriteNumber("class_uid"u8, ClassUid);
        writer.WriteString("class_name"u8, "File System Activity");
        writer.WriteNumber("activity_id"u8, activity);
        writer.WriteString("activity_name"u8, activityName);
        writer.WriteNumber("type_uid"u8, (ClassUid * 100L) + activity);
        WriteSeverity(writer, auditEvent, outcome);
        WriteStatus(writer, auditEvent, outcome);
        writer.WriteMilliseconds("time"u8, auditEvent.OccurredAt);
        writer.WriteMilliseconds("start_time"u8, auditEvent.FirstOccurredAt);
        writer.WriteMilliseconds("end_time"u8, auditEvent.OccurredAt);
        if (auditEvent.Hints > 0)
        {
            writer.WriteNumber("count"u8, auditEvent.Hints);
        }

        writer.WriteString("message"u8, Facts.MessageOf(auditEvent));
        var process = OcsfActor.ProcessOf(auditEvent.Actor);
        WriteMetadata(writer, auditEvent, context, hasContainer: process?.ContainerId is { Length: > 0 });
        WriteDevice(writer, context);
        OcsfActor.Write(writer, auditEvent.Actor, process, context);
        OcsfFile.WriteStates(writer, auditEvent);
        writer.WriteText("file_diff"u8, auditEvent.TextDiff);
        WriteUnmapped(writer, auditEvent, process);
        writer.WriteEndObject();
    }

    /// <summary>
    /// The activity with its caption. A checksum that became known is no activity on the file, and a gap none at all: Other. A change of who may do what is Set
    /// Security.
    /// </summary>
    private static (int Id, string Name) ActivityOf(AuditEvent auditEvent)
    {
        const ItemAttributes Security = ItemAttributes.Security & ~ItemAttributes.Flags;
        return auditEvent.Kind switch
        {
            AuditEventKind.Created => (1, "Create"),
            AuditEventKind.Modified => (3, "Update"),
            AuditEventKind.Deleted => (4, "Delete"),
            AuditEventKind.Renamed => (5, "Rename"),
            AuditEventKind.AttributesChanged => (auditEvent.ChangedAttributes & Security) != 0 ? (7, "Set Security") : (6, "Set Attributes"),
            var kind => (99, kind.ToString()),
        };
    }

    private static void WriteSeverity(Utf8JsonWriter writer, AuditEvent auditEvent, Outcome outcome)
    {
        // What the monitor may have missed deserves a look; a change is a fact, and how bad it is decides who knows the file.
        var isLoss = outcome == Outcome.Failure && auditEvent.Kind is AuditEventKind.Gap or AuditEventKind.RootLost;
        writer.WriteNumber("severity_id"u8, isLoss ? 3 : 1);
        writer.WriteString("severity"u8, isLoss ? "Medium" : "Informational");
    }

    private static void WriteStatus(Utf8JsonWriter writer, AuditEvent auditEvent, Outcome outcome)
    {
        var (id, name) = outcome switch
        {
            Outcome.Success => (1, "Success"),
            Outcome.Failure => (2, "Failure"),
            _ => (0, "Unknown"),
        };
        writer.WriteNumber("status_id"u8, id);
        writer.WriteString("status"u8, name);
        writer.WriteText("status_code"u8, Facts.ReasonOf(auditEvent));
        writer.WriteText("status_detail"u8, auditEvent.Detail);
    }

    private static void WriteMetadata(Utf8JsonWriter writer, AuditEvent auditEvent, SchemaContext context, bool hasContainer)
    {
        writer.WriteStartObject("metadata"u8);
        writer.WriteString("version"u8, OcsfJson.SchemaVersion);
        writer.WriteString("uid"u8, auditEvent.Id);
        writer.WriteString("event_code"u8, auditEvent.Kind.ToString());

        // An integer of OCSF has 32 bits.
        if (auditEvent.Sequence <= int.MaxValue)
        {
            writer.WriteNumber("sequence"u8, auditEvent.Sequence);
        }

        writer.WriteMilliseconds("logged_time"u8, auditEvent.EmittedAt);
        writer.WriteText("log_name"u8, auditEvent.Monitor);
        writer.WriteStartObject("product"u8);
        writer.WriteString("name"u8, context.Product);
        writer.WriteString("vendor_name"u8, context.Vendor);
        writer.WriteString("version"u8, context.Version);
        writer.WriteEndObject();
        if (hasContainer)
        {
            writer.WriteStartArray("profiles"u8);
            writer.WriteStringValue("container"u8);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteDevice(Utf8JsonWriter writer, SchemaContext context)
    {
        writer.WriteStartObject("device"u8);
        writer.WriteNumber("type_id"u8, 0);
        writer.WriteString("type"u8, "Unknown");
        writer.WriteString("hostname"u8, context.HostName);
        writer.WriteText("uid"u8, context.HostId);
        writer.WriteEndObject();
    }

    private static void WriteUnmapped(Utf8JsonWriter writer, AuditEvent auditEvent, Actor? process)
    {
        writer.WriteStartObject("unmapped"u8);
        Remainder.Write(writer, auditEvent);
        if (auditEvent.Sequence > int.MaxValue)
        {
            writer.WriteString("sequence"u8, auditEvent.Sequence.ToString(CultureInfo.InvariantCulture));
        }

        if (process is null && auditEvent.Actor is { } actor)
        {
            writer.WriteText("actor_executable"u8, actor.Executable);
            writer.WriteText("actor_command_line"u8, actor.CommandLine);
            writer.WriteText("actor_container_id"u8, actor.ContainerId);
        }

        writer.WriteEndObject();
    }
}
