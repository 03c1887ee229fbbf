using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using FileMonitor.Values;
using static FileMonitor.JsonLines.RecordValues;

namespace FileMonitor.JsonLines;

/// <summary>
/// An event's JSON as it was read, before it is validated: it may come from a file that others can write. The names are those of docs/events.md;
/// derived members (<c>path</c>, <c>oldPath</c>) and unknown ones are left out.
/// </summary>
internal sealed class AuditEventRecord : MetadataRecord
{
    public required Guid Id { get; init; }

    public required long Sequence { get; init; }

    public required string Kind { get; init; }

    public required string Origin { get; init; }

    public required string ItemType { get; init; }

    public required string Monitor { get; init; }

    public required string Root { get; init; }

    public byte[]? RootBytes { get; init; }

    public required string RelativePath { get; init; }

    public byte[]? RelativePathBytes { get; init; }

    public string? OldRelativePath { get; init; }

    public byte[]? OldRelativePathBytes { get; init; }

    public long? Size { get; init; }

    public long? PreviousSize { get; init; }

    public string? Sha256 { get; init; }

    public string? PreviousSha256 { get; init; }

    public string? ReplacedSha256 { get; init; }

    public required string ChecksumStatus { get; init; }

    public string? Writers { get; init; }

    public string? FileId { get; init; }

    public string?[]? ChangedAttributes { get; init; }

    public MetadataRecord? Previous { get; init; }

    public string? TextDiff { get; init; }

    public required DateTimeOffset OccurredAt { get; init; }

    public required DateTimeOffset FirstOccurredAt { get; init; }

    public required DateTimeOffset SettledAt { get; init; }

    public required DateTimeOffset EmittedAt { get; init; }

    public ActorRecord? Actor { get; init; }

    public required int Hints { get; init; }

    public GapRecord? Gap { get; init; }

    public string? Detail { get; init; }

    /// <exception cref="JsonException">No event can have one of the values.</exception>
    public AuditEvent ToEvent() => new()
    {
        Id = Id,
        Sequence = NotNegative(Sequence),
        Kind = Name<AuditEventKind>(Kind),
        Origin = Name<AuditEventOrigin>(Origin),
        ItemType = Name<ItemType>(ItemType),
        Monitor = Text(Monitor),
        Root = WithBytes(Text(Root), RootBytes),
        RelativePath = RelativeName(WithBytes(Text(RelativePath), RelativePathBytes), nameof(RelativePath)),
        OldRelativePath = OldRelativePath is null && OldRelativePathBytes is null ? null : RelativeName(WithBytes(OldRelativePath, OldRelativePathBytes), nameof(OldRelativePath)),
        Size = NotNegative(Size),
        PreviousSize = NotNegative(PreviousSize),
        Checksum = Digest(Sha256),
        PreviousChecksum = Digest(PreviousSha256),
        ReplacedChecksum = Digest(ReplacedSha256),
        ChecksumStatus = Name<ChecksumStatus>(ChecksumStatus),
        Writers = Writers is null ? null : Name<FileWriters>(Writers),
        Identity = Identity(FileId),
        ChangedAttributes = ChangedAttributes?.Aggregate(ItemAttributes.None, static (all, name) => all | Name<ItemAttributes>(name, nameof(ChangedAttributes))) ?? ItemAttributes.None,
        Previous = Previous?.ToMetadata(),
        TextDiff = TextDiff,
        Metadata = ToMetadata(),
        OccurredAt = OccurredAt,
        FirstOccurredAt = FirstOccurredAt,
        SettledAt = SettledAt,
        EmittedAt = EmittedAt,
        Actor = Actor?.ToActor(),
        HasOtherActors = Actor?.Others ?? false,
        Hints = (int)NotNegative(Hints),
        Gap = GapDetails(),
        Detail = Detail,
    };

    // System.Text.Json accepts null for a required string.
    private static string Text(string? text, [CallerArgumentExpression(nameof(text))] string member = "") => text ?? throw Wrong(member, "is null.");

    /// <summary>Checks that a path stays below its root.</summary>
    private static string RelativeName(string path, string member) =>
        path.Length == 0 || (!path.Contains('\0') && path.Split('/').All(name => name is not ("" or "." or "..")))
            ? path
            : throw Wrong(member, "is not a path below a root.");

    private static Sha256Digest? Digest(string? text, [CallerArgumentExpression(nameof(text))] string member = "")
    {
        if (text is null)
        {
            return null;
        }

        var bytes = new byte[Sha256Digest.Length];
        return text.Length == 2 * Sha256Digest.Length
            && text.All(char.IsAsciiHexDigitLower)
            && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done
                ? Sha256Digest.From(bytes)
                : throw Wrong(member, "is not a SHA-256 in lower-case hexadecimal.");
    }

    private static FileIdentity Identity(string? text)
    {
        if (text is null)
        {
            return default;
        }

        var colon = text.IndexOf(':');
        return colon > 0
            && ulong.TryParse(text.AsSpan(..colon), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var device)
            && ulong.TryParse(text.AsSpan((colon + 1)..), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && new FileIdentity(device, number) is var identity && identity.IsKnown && identity.ToString() == text
                ? identity
                : throw Wrong(nameof(FileId), "is not of the form device:inode.");
    }

    private GapDetails? GapDetails() =>
        (Gap is not null) == (Kind == nameof(AuditEventKind.Gap)) ? Gap?.ToDetails() : throw Wrong(nameof(Gap), "belongs to an event of kind Gap, and to no other.");
}

/// <summary>The actor in an <see cref="AuditEventRecord"/>.</summary>
internal sealed class ActorRecord
{
    public required string Confidence { get; init; }

    public int? ProcessId { get; init; }

    public long? StartKey { get; init; }

    public string? Executable { get; init; }

    public byte[]? ExecutableBytes { get; init; }

    public string? CommandLine { get; init; }

    public byte[]? CommandLineBytes { get; init; }

    public long? UserId { get; init; }

    public string? UserName { get; init; }

    public string? ContainerId { get; init; }

    public required bool Others { get; init; }

    public Actor ToActor() => new()
    {
        Confidence = Name<ActorConfidence>(Confidence),
        ProcessId = (int?)NotNegative(ProcessId),
        StartKey = NotNegative(StartKey),
        Executable = Executable is null && ExecutableBytes is null ? null : WithBytes(Executable, ExecutableBytes),
        CommandLine = CommandLine is null && CommandLineBytes is null ? null : WithBytes(CommandLine, CommandLineBytes),
        UserId = NotNegative(UserId),
        UserName = UserName,
        ContainerId = ContainerId,
    };
}

/// <summary>The gap in an <see cref="AuditEventRecord"/>.</summary>
internal sealed class GapRecord
{
    public required string Cause { get; init; }

    public required string Phase { get; init; }

    public long? Number { get; init; }

    public long? Found { get; init; }

    public long? Lost { get; init; }

    public long? FirstSequence { get; init; }

    public long? LastSequence { get; init; }

    public GapDetails ToDetails() => new()
    {
        Cause = Name<GapCause>(Cause),
        Phase = Name<GapPhase>(Phase),
        Number = NotNegative(Number),
        Found = NotNegative(Found),
        Lost = NotNegative(Lost),
        FirstSequence = NotNegative(FirstSequence),
        LastSequence = NotNegative(LastSequence),
    };
}

// Of a duplicate member, one reader would take the first value and another the last.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(AuditEventRecord))]
internal sealed partial class AuditEventRecordContext : JsonSerializerContext;
