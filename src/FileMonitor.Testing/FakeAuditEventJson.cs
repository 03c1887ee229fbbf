using System.Buffers;
using System.Text;
using System.Text.Json;
using FileMonitor.JsonLines;

namespace FileMonitor.Testing;

/// <summary>Writes what a test set as the JSON of an event and reads it as any reader of a log does, so that an event that is made is one that could have been read.</summary>
internal static class FakeAuditEventJson
{
    /// <exception cref="ArgumentException">The JSON form has no such value.</exception>
    public static AuditEvent Read(FakeAuditEvent fake, AuditEventKind kind, GapCause? gapCause)
    {
        var json = new ArrayBufferWriter<byte>();
        try
        {
            using (var writer = new Utf8JsonWriter(json))
            {
                Write(writer, fake, kind, gapCause);
            }

            return AuditEventJson.Parse(json.WrittenSpan);
        }
        catch (JsonException refused)
        {
            throw new ArgumentException($"No monitor tells such a {kind}: {refused.Message}", refused);
        }
    }

    private static void Write(Utf8JsonWriter writer, FakeAuditEvent fake, AuditEventKind kind, GapCause? gapCause)
    {
        writer.WriteStartObject();
        writer.WriteString("id", fake.Id);
        writer.WriteNumber("sequence", fake.Sequence);
        writer.WriteString("kind", kind.ToString());
        writer.WriteString("origin", fake.Origin.ToString());
        writer.WriteString("itemType", fake.ItemType.ToString());
        writer.WriteString("monitor", fake.Monitor);
        WriteName(writer, "root", fake.Root);
        WriteName(writer, "relativePath", fake.RelativePath);
        WriteName(writer, "oldRelativePath", fake.OldRelativePath);
        WriteNumber(writer, "size", fake.Size);
        WriteNumber(writer, "previousSize", fake.PreviousSize);
        WriteText(writer, "sha256", fake.Sha256);
        WriteText(writer, "previousSha256", fake.PreviousSha256);
        WriteText(writer, "replacedSha256", fake.ReplacedSha256);
        writer.WriteString("checksumStatus", fake.ChecksumStatus.ToString());
        WriteText(writer, "writers", fake.Writers?.ToString());
        WriteText(writer, "fileId", fake.FileId);
        WriteMetadata(writer, MetadataOf(fake));
        WriteBefore(writer, fake);
        WriteText(writer, "textDiff", fake.TextDiff);
        WriteTime(writer, "occurredAt", fake.OccurredAt);
        WriteTime(writer, "firstOccurredAt", fake.FirstOccurredAt);
        WriteTime(writer, "settledAt", fake.SettledAt);
        WriteTime(writer, "emittedAt", fake.EmittedAt);
        writer.WriteNumber("hints", fake.Hints);
        WriteText(writer, "detail", fake.Detail);
        if (fake.Actor is { } actor)
        {
            WriteActor(writer, actor, fake.HasOtherActors);
        }

        if (gapCause is { } cause)
        {
            WriteGap(writer, fake, cause);
        }

        writer.WriteEndObject();
    }

    private static void WriteBefore(Utf8JsonWriter writer, FakeAuditEvent fake)
    {
        if (fake.ChangedAttributes != ItemAttributes.None)
        {
            writer.WriteStartArray("changedAttributes");
            foreach (var one in Enum.GetValues<ItemAttributes>().Where(one => int.PopCount((int)one) == 1 && fake.ChangedAttributes.HasFlag(one)))
            {
                writer.WriteStringValue(one.ToString());
            }

            writer.WriteEndArray();
        }

        if (fake.Previous is { } previous)
        {
            writer.WriteStartObject("previous");
            WriteMetadata(writer, previous);
            writer.WriteEndObject();
        }
    }

    private static ItemMetadata MetadataOf(FakeAuditEvent fake) => new()
    {
        Mode = fake.Mode,
        OwnerId = fake.OwnerId,
        OwnerName = fake.OwnerName,
        GroupId = fake.GroupId,
        GroupName = fake.GroupName,
        HardLinkCount = fake.HardLinkCount,
        Flags = fake.Flags,
        LastWriteTime = fake.LastWriteTime,
        ChangeTime = fake.ChangeTime,
        BirthTime = fake.BirthTime,
        LinkTarget = fake.LinkTarget,
        ExtendedAttributes = fake.ExtendedAttributes,
    };

    private static void WriteMetadata(Utf8JsonWriter writer, ItemMetadata metadata)
    {
        WriteNumber(writer, "mode", metadata.Mode);
        WriteNumber(writer, "ownerId", metadata.OwnerId);
        WriteText(writer, "ownerName", metadata.OwnerName);
        WriteNumber(writer, "groupId", metadata.GroupId);
        WriteText(writer, "groupName", metadata.GroupName);
        WriteNumber(writer, "hardLinkCount", metadata.HardLinkCount);
        WriteText(writer, "flags", metadata.Flags?.ToString());
        WriteTime(writer, "lastWriteTime", metadata.LastWriteTime);
        WriteTime(writer, "changeTime", metadata.ChangeTime);
        WriteTime(writer, "birthTime", metadata.BirthTime);
        WriteName(writer, "linkTarget", metadata.LinkTarget);
        if (metadata.ExtendedAttributes is not { } extended)
        {
            return;
        }

        writer.WriteStartObject("extendedAttributes");
        WriteText(writer, "accessControlList", extended.AccessControlList);
        WriteText(writer, "defaultAccessControlList", extended.DefaultAccessControlList);
        WriteText(writer, "capabilities", extended.Capabilities);
        WriteText(writer, "securityLabel", extended.SecurityLabel);
        writer.WriteStartObject("others");
        foreach (var (name, digest) in extended.Others)
        {
            writer.WriteString(name, digest);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteActor(Utf8JsonWriter writer, Actor actor, bool others)
    {
        writer.WriteStartObject("actor");
        writer.WriteString("confidence", actor.Confidence.ToString());
        WriteNumber(writer, "processId", actor.ProcessId);
        WriteNumber(writer, "startKey", actor.StartKey);
        WriteName(writer, "executable", actor.Executable);
        WriteName(writer, "commandLine", actor.CommandLine);
        WriteNumber(writer, "userId", actor.UserId);
        WriteText(writer, "userName", actor.UserName);
        WriteText(writer, "containerId", actor.ContainerId);
        writer.WriteBoolean("others", others);
        writer.WriteEndObject();
    }

    private static void WriteGap(Utf8JsonWriter writer, FakeAuditEvent fake, GapCause cause)
    {
        writer.WriteStartObject("gap");
        writer.WriteString("cause", cause.ToString());
        writer.WriteString("phase", fake.GapPhase.ToString());
        WriteNumber(writer, "number", fake.GapNumber);
        WriteNumber(writer, "found", fake.Found);
        WriteNumber(writer, "lost", fake.Lost);
        WriteNumber(writer, "firstSequence", fake.FirstSequence);
        WriteNumber(writer, "lastSequence", fake.LastSequence);
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, string member, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(member, text);
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, string member, long? number)
    {
        if (number is { } value)
        {
            writer.WriteNumber(member, value);
        }
    }

    private static void WriteTime(Utf8JsonWriter writer, string member, DateTimeOffset? time)
    {
        if (time is { } value)
        {
            writer.WriteString(member, value);
        }
    }

    /// <summary>A name, with its bytes when they are not UTF-8 (<see cref="AuditEvent.RelativePathBytes"/> says how a string has them).</summary>
    private static void WriteName(Utf8JsonWriter writer, string member, string? name)
    {
        if (name is null)
        {
            return;
        }

        // Half a pair becomes U+FFFD here, as in every text.
        var text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name));
        writer.WriteString(member, text);
        if (text != name)
        {
            writer.WriteBase64String($"{member}Bytes", Bytes(member, name));
        }
    }

    private static byte[] Bytes(string member, string name)
    {
        var bytes = new List<byte>(name.Length);
        for (var at = 0; at < name.Length;)
        {
            if (Rune.TryGetRuneAt(name, at, out var rune))
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(rune.ToString()));
                at += rune.Utf16SequenceLength;
            }
            else if (name[at] is >= '\uDC80' and <= '\uDCFF' and var half)
            {
                bytes.Add((byte)(half - 0xDC00));
                at++;
            }
            else
            {
                throw new JsonException($"{member} has half a surrogate pair, which stands for no byte.");
            }
        }

        return [.. bytes];
    }
}
