using System.Security.Cryptography;

namespace FileMonitor.Ingest;

/// <summary>Copies each upload, named by its SHA-256, so that equal uploads are stored once.</summary>
/// <param name="results">Where it goes.</param>
internal sealed class Archive(ResultDirectories results) : IAuditEventHandler
{
    public async Task HandleAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        try
        {
            await results.PutAsync("archive", auditEvent.Sha256!, (output, token) => CopyAsync(auditEvent, output, token), cancellationToken);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException && !Path.Exists(auditEvent.Path))
        {
            // Deleted or renamed since: the monitor reports that next, and a renamed file comes again under its new name.
        }
    }

    private static async Task CopyAsync(AuditEvent auditEvent, Stream output, CancellationToken cancellationToken)
    {
        await using var input = new FileStream(auditEvent.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 * 1024];
        int count;
        while ((count = await input.ReadAsync(buffer, cancellationToken)) > 0)
        {
            hash.AppendData(buffer, 0, count);
            await output.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }

        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != auditEvent.Sha256)
        {
            // Tried again, and not left to the next event: who sends the same upload twice ends with this content again, which is no event.
            throw new InvalidDataException($"'{auditEvent.Path}' has not the content that the event is about; it is being written again.");
        }
    }
}
