using System.Text.Json;

namespace FileMonitor.Schemas.Writing;

/// <summary>What neither ECS nor OCSF has a field for, as texts with names of one level.</summary>
internal static class Remainder
{
    public static void Write(Utf8JsonWriter writer, AuditEvent auditEvent)
    {
        writer.WriteString("origin"u8, auditEvent.Origin.ToString());
        writer.WriteString("item_type"u8, auditEvent.ItemType.ToString());
        writer.WriteString("checksum_status"u8, auditEvent.ChecksumStatus.ToString());
        writer.WriteText("monitor"u8, auditEvent.Monitor);
        writer.WriteText("root"u8, auditEvent.Root);
        writer.WriteText("root_bytes"u8, auditEvent.RootBytes);
        writer.WriteText("relative_path_bytes"u8, auditEvent.RelativePathBytes);
        writer.WriteText("previous_relative_path_bytes"u8, auditEvent.OldRelativePathBytes);
        writer.WriteString("settled_at"u8, auditEvent.SettledAt);
        writer.WriteText("writers"u8, auditEvent.Writers?.ToString());
        writer.WriteText("replaced_sha256"u8, auditEvent.ReplacedSha256);
        if (auditEvent.ChangedAttributes is not ItemAttributes.None and var changed)
        {
            writer.WriteString("changed_attributes"u8, Facts.NamesOf(changed));
        }

        if (auditEvent.Gap is { } gap)
        {
            WriteGap(writer, gap);
        }

        if (auditEvent.Actor is { } actor)
        {
            writer.WriteString("actor_confidence"u8, actor.Confidence.ToString());
            writer.WriteString("actor_others"u8, auditEvent.HasOtherActors ? "true" : "false");
            writer.WriteText("actor_executable_bytes"u8, actor.ExecutableBytes);
            writer.WriteText("actor_command_line_bytes"u8, actor.CommandLineBytes);
            writer.WriteDigits("actor_start_key"u8, actor.StartKey);
        }
    }

    private static void WriteGap(Utf8JsonWriter writer, GapDetails gap)
    {
        writer.WriteString("gap_cause"u8, gap.Cause.ToString());
        writer.WriteString("gap_phase"u8, gap.Phase.ToString());
        writer.WriteDigits("gap_number"u8, gap.Number);
        writer.WriteDigits("gap_found"u8, gap.Found);
        writer.WriteDigits("gap_lost"u8, gap.Lost);
        writer.WriteDigits("gap_first_sequence"u8, gap.FirstSequence);
        writer.WriteDigits("gap_last_sequence"u8, gap.LastSequence);
    }
}
