using System.Globalization;
using System.Text;
using System.Text.Json;
using FileMonitor.JsonLines;

namespace FileMonitor.Schemas.Writing;

/// <summary>An event as a CloudEvent: where it comes from and what it is about, and around the whole event in our own JSON.</summary>
internal static class CloudEventDocument
{
    public static void Write(Utf8JsonWriter writer, AuditEvent auditEvent, SchemaContext context)
    {
        writer.WriteStartObject();
        writer.WriteString("specversion"u8, CloudEventJson.SchemaVersion);
        writer.WriteString("id"u8, auditEvent.Id);
        writer.WriteString("source"u8, FileUri.Of(context.HostName, auditEvent));
        writer.WriteString("type"u8, TypeOf(auditEvent.Kind, context));
        writer.WriteText("subject"u8, Allowed(auditEvent.RelativePath));
        writer.WriteString("time"u8, auditEvent.OccurredAt);

        // The extension "sequence" is compared as a text.
        writer.WriteString("sequence"u8, auditEvent.Sequence.ToString("D19", CultureInfo.InvariantCulture));
        writer.WriteString("datacontenttype"u8, "application/json");
        writer.WritePropertyName("data"u8);
        JsonSerializer.Serialize(writer, auditEvent, AuditEventJson.TypeInfo);
        writer.WriteEndObject();
    }

    private static string TypeOf(AuditEventKind kind, SchemaContext context)
    {
        var isOfMonitor = kind is AuditEventKind.Baseline or AuditEventKind.Gap or AuditEventKind.RootLost or AuditEventKind.RootRestored;
        return $"{context.CloudEventTypePrefix}.{(isOfMonitor ? "" : "file.")}{Facts.ActionOf(kind, '_')}.v1";
    }

    /// <summary>The text with U+FFFD in the place of what a CloudEvent must not have: control characters, halves of surrogate pairs, and what Unicode says is no character.</summary>
    private static string Allowed(string text)
    {
        var isClean = true;
        foreach (var one in text.AsSpan())
        {
            isClean &= one is >= ' ' and < '\u007f';
        }

        if (isClean)
        {
            return text;
        }

        var allowed = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var isForbidden = Rune.IsControl(rune) || rune.Value is >= 0xFDD0 and <= 0xFDEF || (rune.Value & 0xFFFE) == 0xFFFE;
            allowed.Append(isForbidden ? Rune.ReplacementChar : rune);
        }

        return allowed.ToString();
    }
}
