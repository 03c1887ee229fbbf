namespace FileMonitor.Ingest;

/// <summary>Where results go: one directory for each consumer. A result is written under another name and renamed, so it is there completely or not at all.</summary>
/// <param name="root">The directory of all results.</param>
internal sealed class ResultDirectories(string root)
{
    /// <summary>Writes a result, in place of the same one from before a crash.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="name">The name of the result; the same work always gives the same name, so doing it twice leaves one result.</param>
    /// <param name="write">Writes it.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    public async Task PutAsync(string consumer, string name, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        var path = Path.Join(Directory.CreateDirectory(Path.Join(root, consumer)).FullName, name);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                await write(file, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
