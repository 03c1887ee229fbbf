using System.Text.Json;

namespace FileMonitor.Schemas.Writing;

/// <summary>An item in OCSF: <c>file</c> is what the activity found, <c>file_result</c> what it left. Without a change of state there is only the first.</summary>
internal static class OcsfFile
{
    private const int Sha256 = 3;

    public static void WriteStates(Utf8JsonWriter writer, AuditEvent auditEvent)
    {
        var path = auditEvent.Path;
        var after = ItemState.After(auditEvent, path);
        if (ItemState.Before(auditEvent, path) is { } before)
        {
            Write(writer, "file"u8, auditEvent, before);
            Write(writer, "file_result"u8, auditEvent, after);
        }
        else
        {
            Write(writer, "file"u8, auditEvent, after);
        }
    }

    /// <summary>The members that follow from a path.</summary>
    public static void WriteName(Utf8JsonWriter writer, string path)
    {
        if (path.Length == 0)
        {
            // A gap of the whole monitor is about no file, and a file has to have a name.
            writer.WriteString("name"u8, "Unknown");
            return;
        }

        var parts = new PathParts(path);
        writer.WriteString("name"u8, parts.Name);
        writer.WriteString("path"u8, path);
        writer.WriteText("parent_folder"u8, parts.Directory);
        writer.WriteText("ext"u8, parts.Extension);
    }

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> member, AuditEvent auditEvent, ItemState state)
    {
        writer.WriteStartObject(member);
        WriteName(writer, state.Path);
        var (typeId, type) = TypeOf(auditEvent.ItemType);
        writer.WriteNumber("type_id"u8, typeId);
        writer.WriteString("type"u8, type);
        if (auditEvent.FileId is { } fileId)
        {
            writer.WriteString("uid"u8, fileId);
            writer.WriteText("volume"u8, Facts.Split(fileId).Device);
        }

        writer.WriteInteger("size"u8, state.Size);
        if (state.Sha256 is { } checksum)
        {
            writer.WriteStartArray("hashes"u8);
            writer.WriteStartObject();
            writer.WriteNumber("algorithm_id"u8, Sha256);
            writer.WriteString("algorithm"u8, "SHA-256");
            writer.WriteString("value"u8, checksum);
            writer.WriteEndObject();
            writer.WriteEndArray();
        }

        if (auditEvent.Kind == AuditEventKind.Deleted)
        {
            writer.WriteBoolean("is_deleted"u8, value: true);
        }

        if (state.Metadata is { } metadata)
        {
            WriteMetadata(writer, metadata);
        }

        writer.WriteEndObject();
    }

    private static (int Id, string Name) TypeOf(ItemType type) => type switch
    {
        ItemType.File => (1, "Regular File"),
        ItemType.Directory => (2, "Folder"),
        ItemType.SymbolicLink => (7, "Symbolic Link"),
        ItemType.Unknown => (0, "Unknown"),
        _ => (99, "Other"),
    };

    private static void WriteMetadata(Utf8JsonWriter writer, ItemMetadata metadata)
    {
        writer.WriteMilliseconds("modified_time"u8, metadata.LastWriteTime);
        writer.WriteMilliseconds("created_time"u8, metadata.BirthTime);
        if (metadata.OwnerId is not null || !string.IsNullOrEmpty(metadata.OwnerName))
        {
            writer.WriteStartObject("owner"u8);
            writer.WriteDigits("uid"u8, metadata.OwnerId);
            writer.WriteText("name"u8, metadata.OwnerName);
            writer.WriteEndObject();
        }

        if (metadata.Flags is { } flags)
        {
            WriteFlag(writer, "is_readonly"u8, flags, ItemFlags.ReadOnly);
            WriteFlag(writer, "is_system"u8, flags, ItemFlags.System);
        }

        writer.WriteText("security_descriptor"u8, metadata.ExtendedAttributes?.AccessControlList);
        if (HasMore(metadata))
        {
            WriteMore(writer, metadata);
        }
    }

    private static bool HasMore(ItemMetadata metadata) =>
        (metadata.Mode ?? metadata.GroupId ?? metadata.HardLinkCount) is not null || metadata.Flags is not null || metadata.ChangeTime is not null
        || !string.IsNullOrEmpty(metadata.GroupName) || !string.IsNullOrEmpty(metadata.LinkTarget)
        || metadata.ExtendedAttributes is { DefaultAccessControlList: not null } or { Capabilities: not null } or { SecurityLabel: not null } or { Others.Count: > 0 };

    /// <summary>What the object file has no attribute for.</summary>
    private static void WriteMore(Utf8JsonWriter writer, ItemMetadata metadata)
    {
        writer.WriteStartObject("xattributes"u8);
        writer.WriteMode("mode"u8, metadata.Mode);
        writer.WriteDigits("gid"u8, metadata.GroupId);
        writer.WriteText("group"u8, metadata.GroupName);
        writer.WriteDigits("hard_links"u8, metadata.HardLinkCount);
        writer.WriteText("flags"u8, metadata.Flags?.ToString());
        writer.WriteTime("change_time"u8, metadata.ChangeTime);
        writer.WriteText("link_target"u8, metadata.LinkTarget);
        writer.WriteText("link_target_bytes"u8, metadata.LinkTargetBytes);
        if (metadata.ExtendedAttributes is { } extended)
        {
            writer.WriteText("default_access_control_list"u8, extended.DefaultAccessControlList);
            writer.WriteText("capabilities"u8, extended.Capabilities);
            writer.WriteText("security_label"u8, extended.SecurityLabel);
            WriteOthers(writer, extended);
        }

        writer.WriteEndObject();
    }

    /// <summary>An object of their own: the names are those of the file system, and could be those above.</summary>
    private static void WriteOthers(Utf8JsonWriter writer, ExtendedAttributes extended)
    {
        if (extended.Others is not { Count: > 0 } others)
        {
            return;
        }

        writer.WriteStartObject("others"u8);
        foreach (var (name, digest) in others)
        {
            writer.WriteString(name, digest ?? "");
        }

        writer.WriteEndObject();
    }

    private static void WriteFlag(Utf8JsonWriter writer, ReadOnlySpan<byte> name, ItemFlags flags, ItemFlags flag)
    {
        if ((flags & flag) != 0)
        {
            writer.WriteBoolean(name, value: true);
        }
    }
}
