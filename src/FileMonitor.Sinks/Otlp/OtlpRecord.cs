using System.Globalization;
using System.Text.Json;

namespace FileMonitor.Sinks.Otlp;

/// <summary>
/// An event as a log record. The body has every fact; attributes have those that the semantic conventions of OpenTelemetry name, and under <c>filemonitor.</c> those that a search or a rule wants besides.
/// </summary>
internal static class OtlpRecord
{
    private const int Info = 9;
    private const int Warn = 13;
    private const ulong NanosecondsPerTick = 100;

    public static void Write(Utf8JsonWriter writer, AuditEvent auditEvent, ReadOnlySpan<byte> body)
    {
        var severity = SeverityOf(auditEvent);
        writer.WriteStartObject();
        WriteNanoseconds(writer, "timeUnixNano"u8, auditEvent.OccurredAt);
        WriteNanoseconds(writer, "observedTimeUnixNano"u8, auditEvent.EmittedAt);
        writer.WriteNumber("severityNumber"u8, severity);
        writer.WriteString("severityText"u8, severity == Warn ? "WARN"u8 : "INFO"u8);
        writer.WriteString("eventName"u8, NameOf(auditEvent.Kind));
        writer.WriteStartObject("body"u8);
        writer.WriteString("stringValue"u8, body);
        writer.WriteEndObject();
        writer.WriteStartArray("attributes"u8);
        WriteEvent(writer, auditEvent);
        WriteFile(writer, auditEvent);
        if (auditEvent.Actor is { } actor)
        {
            WriteActor(writer, actor, auditEvent.HasOtherActors);
        }

        if (auditEvent.Gap is { } gap)
        {
            writer.WriteAttribute("filemonitor.gap.cause"u8, gap.Cause.ToString());
            writer.WriteAttribute("filemonitor.gap.phase"u8, gap.Phase.ToString());
            writer.WriteAttribute("filemonitor.gap.number"u8, gap.Number);
            writer.WriteAttribute("filemonitor.gap.lost"u8, gap.Lost);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Only that something may be missing is a warning. A gap that is closed says that nothing is missing any more.</summary>
    private static int SeverityOf(AuditEvent auditEvent) => auditEvent switch
    {
        { Kind: AuditEventKind.RootLost } => Warn,
        { Kind: AuditEventKind.Gap, Gap: not { Phase: GapPhase.Closed, Number: not null } } => Warn,
        _ => Info,
    };

    private static string NameOf(AuditEventKind kind)
    {
        var isOfMonitor = kind is AuditEventKind.Baseline or AuditEventKind.Gap or AuditEventKind.RootLost or AuditEventKind.RootRestored;
        return $"filemonitor.{(isOfMonitor ? "" : "file.")}{JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString())}";
    }

    private static void WriteEvent(Utf8JsonWriter writer, AuditEvent auditEvent)
    {
        writer.WriteAttribute("log.record.uid"u8, auditEvent.Id.ToString());
        writer.WriteAttribute("filemonitor.sequence"u8, auditEvent.Sequence);
        writer.WriteAttribute("filemonitor.kind"u8, auditEvent.Kind.ToString());
        writer.WriteAttribute("filemonitor.origin"u8, auditEvent.Origin.ToString());
        writer.WriteAttribute("filemonitor.item_type"u8, auditEvent.ItemType.ToString());
        writer.WriteAttribute("filemonitor.monitor"u8, auditEvent.Monitor);
        writer.WriteAttribute("filemonitor.root"u8, auditEvent.Root);
        writer.WriteAttribute("filemonitor.detail"u8, auditEvent.Detail);
        writer.WriteAttribute("filemonitor.checksum_status"u8, auditEvent.ChecksumStatus.ToString());
        writer.WriteAttribute("filemonitor.sha256"u8, auditEvent.Sha256);
        writer.WriteAttribute("filemonitor.previous_sha256"u8, auditEvent.PreviousSha256);
        writer.WriteAttribute("filemonitor.previous_path"u8, auditEvent.OldPath);
    }

    private static void WriteFile(Utf8JsonWriter writer, AuditEvent auditEvent)
    {
        var path = auditEvent.Path;
        if (path.Length == 0)
        {
            return;
        }

        var name = Path.GetFileName(path.AsSpan());
        writer.WriteAttribute("file.path"u8, path);
        writer.WriteAttribute("file.name"u8, name.IsEmpty ? path : name);
        writer.WriteAttribute("file.directory"u8, Path.GetDirectoryName(path.AsSpan()));

        // A dot in front makes a hidden file, and no extension.
        writer.WriteAttribute("file.extension"u8, name.LastIndexOf('.') is > 0 and var dot ? name[(dot + 1)..] : default);
        writer.WriteAttribute("filemonitor.relative_path_bytes"u8, auditEvent.RelativePathBytes);
        writer.WriteAttribute("file.size"u8, auditEvent.Size);
        writer.WriteAttribute("file.mode"u8, auditEvent.Mode is { } mode ? Convert.ToString(mode, 8).PadLeft(4, '0') : null);
        writer.WriteIdentity("file.owner.id"u8, auditEvent.OwnerId);
        writer.WriteAttribute("file.owner.name"u8, auditEvent.OwnerName);
        writer.WriteIdentity("file.group.id"u8, auditEvent.GroupId);
        writer.WriteAttribute("file.group.name"u8, auditEvent.GroupName);

        // Device and number, with a colon between.
        writer.WriteAttribute("file.inode"u8, auditEvent.FileId is { } id ? id.AsSpan(id.IndexOf(':', StringComparison.Ordinal) + 1) : default);
        writer.WriteAttribute("file.created"u8, auditEvent.BirthTime);
        writer.WriteAttribute("file.modified"u8, auditEvent.LastWriteTime);
        writer.WriteAttribute("file.changed"u8, auditEvent.ChangeTime);
        writer.WriteAttribute("file.symbolic_link.target_path"u8, auditEvent.LinkTarget);
        if (auditEvent.Flags is { } flags and not ItemFlags.None)
        {
            writer.WriteAttribute("file.attributes"u8, flags.ToString().ToLowerInvariant().Split(", "));
        }
    }

    private static void WriteActor(Utf8JsonWriter writer, Actor actor, bool hasOthers)
    {
        writer.WriteAttribute("process.pid"u8, actor.ProcessId);
        writer.WriteAttribute("process.executable.path"u8, actor.Executable);
        writer.WriteAttribute("process.executable.name"u8, Path.GetFileName(actor.Executable.AsSpan()));
        writer.WriteAttribute("process.command_line"u8, actor.CommandLine);
        writer.WriteIdentity("user.id"u8, actor.UserId);
        writer.WriteAttribute("user.name"u8, actor.UserName);
        writer.WriteAttribute("container.id"u8, actor.ContainerId);
        writer.WriteAttribute("filemonitor.actor.confidence"u8, actor.Confidence.ToString());
        writer.WriteAttribute("filemonitor.actor.others"u8, hasOthers);
    }

    /// <summary>Nanoseconds since 1970 as a text; 0, which is unknown, for a time before that, and the last one of their range, in 2554, for a time after it.</summary>
    private static void WriteNanoseconds(Utf8JsonWriter writer, ReadOnlySpan<byte> name, DateTimeOffset time)
    {
        var ticks = (ulong)Math.Max(0, time.UtcTicks - DateTime.UnixEpoch.Ticks);
        var nanoseconds = Math.Min(ticks, ulong.MaxValue / NanosecondsPerTick) * NanosecondsPerTick;
        writer.WriteString(name, nanoseconds.ToString(CultureInfo.InvariantCulture));
    }
}
