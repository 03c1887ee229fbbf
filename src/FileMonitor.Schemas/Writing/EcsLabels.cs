using System.Text.Json;

namespace FileMonitor.Schemas.Writing;

/// <summary>What ECS has no field for: <c>labels</c>, one level, every value a text, as ECS wants them.</summary>
internal static class EcsLabels
{
    public static void Write(Utf8JsonWriter writer, AuditEvent auditEvent)
    {
        writer.WriteStartObject("labels"u8);
        Remainder.Write(writer, auditEvent);
        writer.WriteText("target_path_bytes"u8, auditEvent.LinkTargetBytes);
        writer.WriteDigits("hints"u8, auditEvent.Hints);
        writer.WriteDigits("hard_links"u8, auditEvent.HardLinkCount);
        WriteExtended(writer, auditEvent.ExtendedAttributes, isPrevious: false);
        writer.WriteText("previous_path"u8, auditEvent.OldPath);
        WritePrevious(writer, auditEvent);
        writer.WriteEndObject();
    }

    private static void WritePrevious(Utf8JsonWriter writer, AuditEvent auditEvent)
    {
        writer.WriteDigits("previous_size"u8, auditEvent.PreviousSize);
        writer.WriteText("previous_sha256"u8, auditEvent.PreviousSha256);
        if (auditEvent.Previous is not { } previous)
        {
            return;
        }

        writer.WriteMode("previous_mode"u8, previous.Mode);
        writer.WriteDigits("previous_uid"u8, previous.OwnerId);
        writer.WriteText("previous_owner"u8, previous.OwnerName);
        writer.WriteDigits("previous_gid"u8, previous.GroupId);
        writer.WriteText("previous_group"u8, previous.GroupName);
        writer.WriteDigits("previous_hard_links"u8, previous.HardLinkCount);
        writer.WriteTime("previous_mtime"u8, previous.LastWriteTime);
        writer.WriteTime("previous_ctime"u8, previous.ChangeTime);
        writer.WriteText("previous_flags"u8, previous.Flags?.ToString());
        writer.WriteText("previous_target_path"u8, previous.LinkTarget);
        writer.WriteText("previous_target_path_bytes"u8, previous.LinkTargetBytes);
        WriteExtended(writer, previous.ExtendedAttributes, isPrevious: true);
    }

    private static void WriteExtended(Utf8JsonWriter writer, ExtendedAttributes? extended, bool isPrevious)
    {
        if (extended is null)
        {
            return;
        }

        writer.WriteText(isPrevious ? "previous_access_control_list"u8 : "access_control_list"u8, extended.AccessControlList);
        writer.WriteText(isPrevious ? "previous_default_access_control_list"u8 : "default_access_control_list"u8, extended.DefaultAccessControlList);
        writer.WriteText(isPrevious ? "previous_capabilities"u8 : "capabilities"u8, extended.Capabilities);
        writer.WriteText(isPrevious ? "previous_security_label"u8 : "security_label"u8, extended.SecurityLabel);

        // Not a label for each: a dot in a name would make an object of it.
        writer.WriteText(isPrevious ? "previous_other_attributes"u8 : "other_attributes"u8, string.Join(' ', extended.Others.Select(static one => $"{one.Key}={one.Value}")));
    }
}
