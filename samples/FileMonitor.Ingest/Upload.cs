namespace FileMonitor.Ingest;

/// <summary>What counts as an upload.</summary>
internal static class Upload
{
    /// <summary>A file that is complete and whose content is known: new, changed, renamed into place, there at the first start, or one whose checksum came later.</summary>
    public static bool IsOne(AuditEvent auditEvent) => auditEvent is
    {
        ItemType: ItemType.File,
        Kind: AuditEventKind.Created or AuditEventKind.Modified or AuditEventKind.Renamed or AuditEventKind.Baseline or AuditEventKind.ChecksumUpdated,
        Writers: not FileWriters.Open,
        Sha256: not null,
    };
}
