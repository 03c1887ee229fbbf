using System.Text.Json;

namespace FileMonitor.Schemas.Writing;

/// <summary>An event as a document of ECS: the fields that ECS names. <see cref="EcsLabels"/> writes the rest.</summary>
internal static class EcsDocument
{
    public static void Write(Utf8JsonWriter writer, AuditEvent auditEvent, SchemaContext context)
    {
        var path = auditEvent.Path;
        writer.WriteStartObject();
        writer.WriteString("@timestamp"u8, auditEvent.OccurredAt);
        writer.WriteStartObject("ecs"u8);
        writer.WriteString("version"u8, EcsJson.SchemaVersion);
        writer.WriteEndObject();
        writer.WriteString("message"u8, Facts.MessageOf(auditEvent));
        WriteEvent(writer, auditEvent, context);
        WriteMachine(writer, context);
        if (path.Length > 0)
        {
            WriteFile(writer, auditEvent, path);
        }

        if (auditEvent.Actor is { } actor)
        {
            WriteActor(writer, actor, context);
        }

        WriteRelated(writer, auditEvent);
        if (Facts.OutcomeOf(auditEvent) == Outcome.Failure && auditEvent.Detail is { Length: > 0 } detail)
        {
            writer.WriteStartObject("error"u8);
            writer.WriteString("message"u8, detail);
            writer.WriteEndObject();
        }

        EcsLabels.Write(writer, auditEvent);
        writer.WriteEndObject();
    }

    private static void WriteEvent(Utf8JsonWriter writer, AuditEvent auditEvent, SchemaContext context)
    {
        writer.WriteStartObject("event"u8);
        writer.WriteString("id"u8, auditEvent.Id);
        writer.WriteNumber("sequence"u8, auditEvent.Sequence);
        writer.WriteString("kind"u8, auditEvent.Kind switch
        {
            AuditEventKind.Gap or AuditEventKind.RootLost => "pipeline_error",
            AuditEventKind.Baseline => "state",
            _ => "event",
        });
        WriteOne(writer, "category"u8, "file");
        WriteOne(writer, "type"u8, auditEvent.Kind switch
        {
            AuditEventKind.Created => "creation",
            AuditEventKind.Deleted => "deletion",
            AuditEventKind.Modified or AuditEventKind.Renamed or AuditEventKind.AttributesChanged => "change",
            _ => "info",
        });
        writer.WriteString("action"u8, Facts.ActionOf(auditEvent.Kind));
        writer.WriteString("code"u8, auditEvent.Kind.ToString());
        writer.WriteString("outcome"u8, Facts.OutcomeOf(auditEvent) switch
        {
            Outcome.Success => "success",
            Outcome.Failure => "failure",
            _ => "unknown",
        });
        writer.WriteText("reason"u8, Facts.ReasonOf(auditEvent));
        writer.WriteString("provider"u8, context.Product);
        writer.WriteString("module"u8, "filemonitor");
        writer.WriteString("dataset"u8, "filemonitor.audit");
        writer.WriteString("start"u8, auditEvent.FirstOccurredAt);
        writer.WriteString("end"u8, auditEvent.OccurredAt);
        writer.WriteString("created"u8, auditEvent.EmittedAt);
        writer.WriteEndObject();
    }

    private static void WriteMachine(Utf8JsonWriter writer, SchemaContext context)
    {
        writer.WriteStartObject("agent"u8);
        writer.WriteString("name"u8, context.Product);
        writer.WriteString("type"u8, "filemonitor");
        writer.WriteString("version"u8, context.Version);
        writer.WriteEndObject();
        writer.WriteStartObject("host"u8);
        writer.WriteString("name"u8, context.HostName);
        writer.WriteText("id"u8, context.HostId);
        writer.WriteEndObject();
    }

    private static void WriteFile(Utf8JsonWriter writer, AuditEvent auditEvent, string path)
    {
        var parts = new PathParts(path);
        writer.WriteStartObject("file"u8);
        writer.WriteString("path"u8, path);
        writer.WriteString("name"u8, parts.Name);
        writer.WriteText("directory"u8, parts.Directory);
        writer.WriteText("extension"u8, parts.Extension);
        writer.WriteText("type"u8, auditEvent.ItemType switch
        {
            ItemType.File => "file",
            ItemType.Directory => "dir",
            ItemType.SymbolicLink => "symlink",
            _ => null,
        });
        writer.WriteText("target_path"u8, auditEvent.LinkTarget);
        writer.WriteInteger("size"u8, auditEvent.Size);
        if (auditEvent.Sha256 is { } checksum)
        {
            writer.WriteStartObject("hash"u8);
            writer.WriteString("sha256"u8, checksum);
            writer.WriteEndObject();
        }

        if (auditEvent.FileId is { } fileId)
        {
            var (device, number) = Facts.Split(fileId);
            writer.WriteText("device"u8, device);
            writer.WriteText("inode"u8, number);
        }

        writer.WriteMode("mode"u8, auditEvent.Mode);
        writer.WriteDigits("uid"u8, auditEvent.OwnerId);
        writer.WriteText("owner"u8, auditEvent.OwnerName);
        writer.WriteDigits("gid"u8, auditEvent.GroupId);
        writer.WriteText("group"u8, auditEvent.GroupName);
        writer.WriteTime("mtime"u8, auditEvent.LastWriteTime);
        writer.WriteTime("ctime"u8, auditEvent.ChangeTime);
        writer.WriteTime("created"u8, auditEvent.BirthTime);
        if (auditEvent.Flags is { } flags and not ItemFlags.None)
        {
            writer.WriteStartArray("attributes"u8);
            foreach (var flag in Facts.NamesOf(flags))
            {
                writer.WriteStringValue(flag.ToLowerInvariant());
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteActor(Utf8JsonWriter writer, Actor actor, SchemaContext context)
    {
        var hasUser = actor.UserId is not null || !string.IsNullOrEmpty(actor.UserName);
        if (hasUser || actor.ProcessId is not null || !string.IsNullOrEmpty(actor.Executable) || !string.IsNullOrEmpty(actor.CommandLine))
        {
            writer.WriteStartObject("process"u8);
            writer.WriteInteger("pid"u8, actor.ProcessId);
            writer.WriteText("entity_id"u8, Facts.ProcessIdentity(actor, context));
            if (actor.Executable is { Length: > 0 } executable)
            {
                writer.WriteString("executable"u8, executable);
                writer.WriteString("name"u8, new PathParts(executable).Name);
            }

            writer.WriteText("command_line"u8, actor.CommandLine);
            if (hasUser)
            {
                WriteUser(writer, actor);
            }

            writer.WriteEndObject();
        }

        if (hasUser)
        {
            WriteUser(writer, actor);
        }

        if (actor.ContainerId is { Length: > 0 } container)
        {
            writer.WriteStartObject("container"u8);
            writer.WriteString("id"u8, container);
            writer.WriteEndObject();
        }
    }

    private static void WriteUser(Utf8JsonWriter writer, Actor actor)
    {
        writer.WriteStartObject("user"u8);
        writer.WriteDigits("id"u8, actor.UserId);
        writer.WriteText("name"u8, actor.UserName);
        writer.WriteEndObject();
    }

    /// <summary>Every checksum and every user of the event, whatever their part in it: ECS has these fields for searches.</summary>
    private static void WriteRelated(Utf8JsonWriter writer, AuditEvent auditEvent)
    {
        var hashes = Different(auditEvent.Sha256, auditEvent.PreviousSha256, auditEvent.ReplacedSha256);
        var users = Different(auditEvent.Actor?.UserName, auditEvent.OwnerName, auditEvent.Previous?.OwnerName);
        if (hashes.Count + users.Count > 0)
        {
            writer.WriteStartObject("related"u8);
            WriteAll(writer, "hash"u8, hashes);
            WriteAll(writer, "user"u8, users);
            writer.WriteEndObject();
        }
    }

    private static List<string> Different(params ReadOnlySpan<string?> values)
    {
        var different = new List<string>(values.Length);
        foreach (var value in values)
        {
            if (!string.IsNullOrEmpty(value) && !different.Contains(value))
            {
                different.Add(value);
            }
        }

        return different;
    }

    private static void WriteAll(Utf8JsonWriter writer, ReadOnlySpan<byte> name, List<string> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    private static void WriteOne(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string value)
    {
        writer.WriteStartArray(name);
        writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}
