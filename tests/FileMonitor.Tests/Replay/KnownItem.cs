using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Tests.Replay;

/// <summary>What an event tells of an item and the snapshot knows of it.</summary>
[Flags]
internal enum KnownFacts
{
    None = 0,
    Type = 1,
    Size = 2,
    LastWriteTime = 4,
    Checksum = 8,
    Target = 16,
    Attributes = 32,
    Identity = 64,
}

/// <summary>One item, as far as an event can tell of it.</summary>
internal sealed record KnownItem(
    ItemType Type,
    long Size,
    long LastWriteTicks,
    ChecksumStatus ChecksumStatus,
    Sha256Digest? Digest,
    string? Target,
    int? Mode,
    uint? Owner,
    uint? Group,
    ItemFlags Flags,
    string? Extended,
    FileIdentity Identity)
{
    /// <summary>Whether an event told its checksum, or why there is none. Of what was there at start there may be none.</summary>
    public bool IsTold { get; init; }

    /// <summary>Whether it was told while somebody had it open for writing, so that it is told again when nobody has.</summary>
    public bool IsToldOpen { get; init; }

    public static KnownItem Of(SnapshotEntry entry) => new(
        entry.Type,
        entry.Type == ItemType.File ? entry.Size : 0,
        entry.LastWriteTicks,
        entry.Type == ItemType.File ? entry.ChecksumStatus : ChecksumStatus.NotApplicable,
        entry.Digest,
        entry.LinkTarget,
        entry.Mode,
        entry.OwnerId,
        entry.GroupId,
        entry.Attributes.Flags,
        entry.Attributes.Extended,
        entry.Identity)
    {
        IsToldOpen = entry.IsToldOpen,
    };

    public static KnownItem Of(AuditEvent said) => new(
        said.ItemType,
        said.Size ?? 0,
        said.Metadata.LastWriteTicks,
        said.ChecksumStatus,
        said.Checksum,
        said.LinkTarget,
        said.Mode,
        said.Metadata.Owner,
        said.Metadata.Group,
        said.Flags ?? ItemFlags.None,
        said.ExtendedAttributes?.Text,
        said.Identity)
    {
        IsTold = true,
        IsToldOpen = said.Writers == FileWriters.Open,
    };

    /// <summary>Whether an event that says that nothing changed but a name is about this.</summary>
    public bool IsSameFile(AuditEvent said) =>
        (FactsThatDiffer(Of(said)) & ~(KnownFacts.Identity | KnownFacts.Attributes | KnownFacts.Target | (Type == ItemType.File ? KnownFacts.None : KnownFacts.LastWriteTime)
            | (said.Kind == AuditEventKind.Baseline ? KnownFacts.Checksum : KnownFacts.None))) == 0;

    /// <summary>What a consumer makes of an event that says that something changed (docs/events.md).</summary>
    public KnownItem After(AuditEvent said)
    {
        var now = Of(said);
        return said.Kind switch
        {
            AuditEventKind.AttributesChanged => this with { Mode = now.Mode, Owner = now.Owner, Group = now.Group, Flags = now.Flags, Extended = now.Extended, LastWriteTicks = now.LastWriteTicks },
            AuditEventKind.ChecksumUpdated => this with { ChecksumStatus = now.ChecksumStatus, Digest = now.Digest, LastWriteTicks = now.LastWriteTicks, IsTold = true },
            _ => now,
        };
    }

    /// <summary>Whether an event that says that something changed is right: what its kind is about differs.</summary>
    public bool IsOther(AuditEvent said)
    {
        var differences = FactsThatDiffer(Of(said));
        return said.Kind switch
        {
            AuditEventKind.AttributesChanged => (differences & (KnownFacts.Attributes | KnownFacts.LastWriteTime)) != 0,
            AuditEventKind.ChecksumUpdated => differences.HasFlag(KnownFacts.Checksum) || (IsToldOpen && said.Writers == FileWriters.None),

            // The same checksum is the same content, whatever else differs.
            _ => (differences & ~KnownFacts.Attributes) != 0 && (Digest is null || !Digest.Equals(said.Checksum)),
        };
    }

    /// <summary>What differs and may not; empty when nothing does.</summary>
    public string Differences(KnownItem now, KnownFacts allowed) =>
        (FactsThatDiffer(now) & ~allowed) is var wrong and not KnownFacts.None ? wrong.ToString() : "";

    public override string ToString() =>
        $"{Type} {Size} bytes, {ChecksumStatus} {Short(Digest)}{(Target is null ? "" : $"@{Target}")}, written {LastWriteTicks}, mode {Mode}, {Identity}";

    private static string Short(Sha256Digest? digest) => digest?.ToString()[..8] ?? "";

    /// <summary>Which metadata differ.</summary>
    public ItemAttributes ChangedMetadata(KnownItem now) =>
        (Mode == now.Mode ? 0 : ItemAttributes.Mode)
        | (Owner == now.Owner ? 0 : ItemAttributes.Owner)
        | (Group == now.Group ? 0 : ItemAttributes.Group)
        | (Flags == now.Flags ? 0 : ItemAttributes.Flags)
        | (Extended is null || now.Extended is null ? 0 : ExtendedAttributes.Changes(Extended, now.Extended));

    private KnownFacts FactsThatDiffer(KnownItem now) =>
        (Type == now.Type ? 0 : KnownFacts.Type)
        | (Size == now.Size ? 0 : KnownFacts.Size)
        | (LastWriteTicks == now.LastWriteTicks ? 0 : KnownFacts.LastWriteTime)
        | (ChecksumStatus == now.ChecksumStatus && Equals(Digest, now.Digest) ? 0 : KnownFacts.Checksum)
        | (Equals(Target, now.Target) ? 0 : KnownFacts.Target)
        | (ChangedMetadata(now) == ItemAttributes.None ? 0 : KnownFacts.Attributes)
        | (Identity.Equals(now.Identity) ? 0 : KnownFacts.Identity);
}
