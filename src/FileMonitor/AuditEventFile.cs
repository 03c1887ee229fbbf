using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Output;
using FileMonitor.Sources.Files;
using FileMonitor.Values;

namespace FileMonitor;

/// <summary>
/// For a host that processes files: which events tell of a complete file, and the file's content, handed over only if it is the content that the event is about. The events of a handler, of
/// <see cref="FileSystemMonitor.ReadAllAsync"/> and of a subscription will do, and events that <see cref="JsonLines.AuditEventJson.Parse(string)"/> read.
/// </summary>
/// <remarks>
/// A file is looked for beneath the root of its event; no link below the root is followed, and nothing but a regular file is opened. Safe to use from several threads.
/// </remarks>
/// <example>
/// <code>
/// await foreach (var auditEvent in monitor.ReadAllAsync(cancellationToken))
/// {
///     if (auditEvent.IsCompleteFile())
///     {
///         await auditEvent.CopyFileAsync($"/srv/done/{auditEvent.Id}", cancellationToken: cancellationToken);
///     }
/// }
/// </code>
/// </example>
public static class AuditEventFile
{
    private static readonly string[] UnfinishedNames = [".part", ".partial", ".filepart", ".crdownload", ".tmp"];

    /// <summary>
    /// Whether an event tells of a file that is complete and whose content is known. For roots with <see cref="ReportWhen.Closed"/>: each content of each file then passes at least once. With
    /// <see cref="ReportWhen.Quiet"/> a file that was open when it was reported may never pass.
    /// </summary>
    /// <remarks>
    /// True if all of this holds:
    /// <list type="bullet">
    /// <item><description>The item is a file.</description></item>
    /// <item><description>
    /// The kind is <see cref="AuditEventKind.Created"/>, <see cref="AuditEventKind.Modified"/>, <see cref="AuditEventKind.Renamed"/>, <see cref="AuditEventKind.ChecksumUpdated"/> (the checksum,
    /// or the closing, that an earlier event did not have) or <see cref="AuditEventKind.Baseline"/>, which comes only where the host asked for it with
    /// <see cref="ReportOptions.Baseline"/>.
    /// </description></item>
    /// <item><description>
    /// <see cref="AuditEvent.Writers"/> is not <see cref="FileWriters.Open"/>. Where the system cannot say who has a file open, it was the same for
    /// <see cref="DebounceOptions.StabilityPeriod"/>.
    /// </description></item>
    /// <item><description>
    /// There is a checksum (<see cref="ChecksumStatus.Computed"/>). A file that cannot be read, or is larger than <see cref="ChecksumOptions.MaxFileBytes"/>, never passes, and no file does
    /// where <see cref="ChecksumOptions.Enabled"/> is false.
    /// </description></item>
    /// <item><description>
    /// The name does not end in <c>.part</c>, <c>.partial</c>, <c>.filepart</c>, <c>.crdownload</c> or <c>.tmp</c>, in whatever case: programs give such names to uploads that they rename when they
    /// are done, and leave them behind, closed, when an upload breaks off. The renamed file passes, as <see cref="AuditEventKind.Renamed"/>, or as
    /// <see cref="AuditEventKind.Created"/> where a pattern ignores the name before.
    /// </description></item>
    /// </list>
    /// A file that has passed and is renamed passes again. A host that has other rules has a condition of its own.
    /// </remarks>
    /// <param name="auditEvent">The event.</param>
    /// <exception cref="ArgumentNullException"><paramref name="auditEvent"/> is null.</exception>
    public static bool IsCompleteFile(this AuditEvent auditEvent)
    {
        ArgumentNullException.ThrowIfNull(auditEvent);
        return auditEvent is
        {
            ItemType: ItemType.File,
            Kind: AuditEventKind.Created or AuditEventKind.Modified or AuditEventKind.Renamed or AuditEventKind.ChecksumUpdated or AuditEventKind.Baseline,
            Writers: not FileWriters.Open,
            Checksum: not null,
        } && !Array.Exists(UnfinishedNames, ending => auditEvent.RelativePath.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// Copies the file of an event, if its content is that of the event. The copy is written beside the destination under another name (<c>NAME.</c> and 16 digits <c>.tmp</c>), forced to the
    /// device and renamed, so it is there whole or not at all, also after a loss of power. An existing file is replaced. Memory does not depend on the size, and holes stay holes.
    /// </summary>
    /// <param name="auditEvent">An event with a checksum, as <see cref="IsCompleteFile"/> selects them.</param>
    /// <param name="destination">
    /// The path of the copy, which the host chooses and trusts; outside the watched directories. For an event that may come again after a crash, one that follows from the event, such as its
    /// <see cref="AuditEvent.Id"/>. Missing directories are created. On Unix directories and copy are for their owner alone (0700, 0600).
    /// </param>
    /// <param name="fileView">Where the file is; null for the disk. A test without a disk passes the view of its monitor. The copy is on the disk in any case.</param>
    /// <param name="cancellationToken">Ends the copying; the destination is as it was.</param>
    /// <returns>
    /// True when the copy is there. False when there is no file at the path any more: it was deleted, renamed, or replaced by a link, a directory or a pipe. That is an event of its own, so nothing
    /// is left to do for this one; the destination is as it was.
    /// </returns>
    /// <exception cref="ContentChangedException">The file has another content. The destination is as it was.</exception>
    /// <exception cref="IOException">The file cannot be read, or the copy cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory of the copy may not be written to.</exception>
    /// <exception cref="ArgumentException">The event has no checksum, or <paramref name="destination"/> is empty or names a directory.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task<bool> CopyFileAsync(this AuditEvent auditEvent, string destination, IFileView? fileView = null, CancellationToken cancellationToken = default)
    {
        var expected = ChecksumOf(auditEvent);
        OutputFile.ThrowIfNoFile(destination, nameof(destination));
        return Task.Run(() => Copy(auditEvent, expected, destination, fileView, cancellationToken), cancellationToken);
    }

    /// <summary>Reads the file of an event into memory, if its content is that of the event. For files of any size: <see cref="CopyFileAsync"/>.</summary>
    /// <param name="auditEvent">An event with a checksum, as <see cref="IsCompleteFile"/> selects them.</param>
    /// <param name="maxBytes">How many bytes are read at most, 0 or more: whoever writes the files decides about their sizes.</param>
    /// <param name="fileView">Where the file is; null for the disk. A test without a disk passes the view of its monitor.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The content; null when there is no file at the path any more, as for <see cref="CopyFileAsync"/>.</returns>
    /// <exception cref="ContentChangedException">The file has another content.</exception>
    /// <exception cref="IOException">The file cannot be read, or is larger than <paramref name="maxBytes"/>.</exception>
    /// <exception cref="ArgumentException">The event has no checksum, or <paramref name="maxBytes"/> is negative.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task<byte[]?> ReadFileAsync(this AuditEvent auditEvent, int maxBytes, IFileView? fileView = null, CancellationToken cancellationToken = default)
    {
        var expected = ChecksumOf(auditEvent);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        return Task.Run(() => Read(auditEvent, expected, maxBytes, fileView, cancellationToken), cancellationToken);
    }

    private static bool Copy(AuditEvent auditEvent, Sha256Digest expected, string destination, IFileView? view, CancellationToken cancellationToken)
    {
        using var file = Open(auditEvent, view);
        if (file is null)
        {
            return false;
        }

        using var copy = OutputFile.Begin(destination);
        var length = CheckedRead.Run(file, expected, auditEvent.Size, copy.WriteAt, cancellationToken) ?? throw Changed(auditEvent);
        copy.SetLength(length);
        copy.Finish();
        return true;
    }

    private static byte[]? Read(AuditEvent auditEvent, Sha256Digest expected, int maxBytes, IFileView? view, CancellationToken cancellationToken)
    {
        using var file = Open(auditEvent, view);
        if (file is null)
        {
            return null;
        }

        Reserve(auditEvent.Size ?? 0);
        var content = new byte[auditEvent.Size ?? 0];
        var length = CheckedRead.Run(
            file,
            expected,
            auditEvent.Size,
            (piece, position) =>
            {
                // A file system that does not know sizes told another one.
                Reserve(position + piece.Length);
                if (position + piece.Length > content.Length)
                {
                    Array.Resize(ref content, (int)Math.Min(maxBytes, Math.Max(content.Length * 2L, position + piece.Length)));
                }

                piece.CopyTo(content.AsSpan((int)position));
            },
            cancellationToken) ?? throw Changed(auditEvent);
        Reserve(length);
        Array.Resize(ref content, (int)length);
        return content;

        void Reserve(long bytes)
        {
            if (bytes > maxBytes)
            {
                throw new IOException(FormattableString.Invariant(
                    $"{QuotedText.Quote(auditEvent.Path)} has {bytes:N0} bytes or more, and maxBytes ({maxBytes:N0}) allows less: raise it, or copy the file with CopyFileAsync."));
            }
        }
    }

    /// <summary>Opens the file; null when there is none.</summary>
    private static OpenFile? Open(AuditEvent auditEvent, IFileView? view)
    {
        // Events have the path of the root as the host wrote it. Links in it are the host's own, and are followed.
        var root = view is null ? DiskFileView.PhysicalTarget(auditEvent.Root) : auditEvent.Root;
        var opening = (view ?? new DiskFileView()).Open(root, auditEvent.RelativePath);
        return opening.Status switch
        {
            ChecksumStatus.Computed => opening.File,
            ChecksumStatus.Vanished or ChecksumStatus.NotApplicable => null,
            _ => throw new IOException($"{QuotedText.Quote(auditEvent.Path)} cannot be read: {opening.Detail}"),
        };
    }

    private static Sha256Digest ChecksumOf(AuditEvent auditEvent)
    {
        ArgumentNullException.ThrowIfNull(auditEvent);
        return auditEvent.Checksum ?? throw new ArgumentException($"The event has no checksum ({auditEvent.ChecksumStatus}), so there is nothing to check the content with: select events with IsCompleteFile.", nameof(auditEvent));
    }

    private static ContentChangedException Changed(AuditEvent auditEvent) =>
        new($"{QuotedText.Quote(auditEvent.Path)} has not the content that the event is about: it was written since, or is being written.");
}
