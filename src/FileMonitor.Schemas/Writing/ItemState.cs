namespace FileMonitor.Schemas.Writing;

/// <summary>What an event says of its item at one moment: before the change, or after it.</summary>
internal readonly record struct ItemState(string Path, long? Size, string? Sha256, ItemMetadata? Metadata)
{
    /// <summary>What is known after the change; for a deletion, the last that was known.</summary>
    public static ItemState After(AuditEvent auditEvent, string path) => new(path, auditEvent.Size, auditEvent.Sha256, auditEvent.Metadata);

    /// <summary>What was known before the change; null when the event tells of one state only.</summary>
    public static ItemState? Before(AuditEvent auditEvent, string path) => auditEvent.Kind switch
    {
        // The item is the same under another name; what else changed comes in an event of its own.
        AuditEventKind.Renamed => new(auditEvent.OldPath ?? path, Size: null, Sha256: null, Metadata: null),
        AuditEventKind.AttributesChanged => new(path, auditEvent.Size, auditEvent.Sha256, auditEvent.Previous),
        AuditEventKind.Modified => new(path, auditEvent.PreviousSize, auditEvent.PreviousSha256, auditEvent.Previous),
        _ when auditEvent.PreviousSha256 is { } checksum => new(path, auditEvent.PreviousSize, checksum, Metadata: null),
        _ => null,
    };
}
