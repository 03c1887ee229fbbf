using System.Buffers;

namespace FileMonitor.Cli;

/// <summary>Writes one line per hashed file, and names the others on standard error.</summary>
internal sealed class HashListing(StandardStreams streams, OutputFormat format, IEnumerable<string> given, Func<long> bytesRead)
{
    private const int FlushAt = 48 * 1024;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(50);

    private readonly HashSet<string> _given = [.. given];
    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);

    private bool _failed;

    public async Task<int> WriteAsync(IAsyncEnumerable<FileHash> hashes)
    {
        await using var progress = new HashProgress(streams, bytesRead);
        var flushed = streams.Time.GetTimestamp();
        await foreach (var hash in hashes)
        {
            Write(hash, progress);
            if (_buffer.WrittenCount >= FlushAt || streams.Time.GetElapsedTime(flushed) >= LongestDelay)
            {
                Flush(progress);
                flushed = streams.Time.GetTimestamp();
            }
        }

        Flush(progress);
        return _failed ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>Why there is no checksum.</summary>
    public static string Reason(FileHash hash)
    {
        var reason = hash.Status switch
        {
            ChecksumStatus.TooLarge => "left out, larger than --max-file-size",
            ChecksumStatus.NotApplicable => "not a regular file",
            ChecksumStatus.Vanished => "no such file or directory",
            ChecksumStatus.Locked => hash.Detail is null ? "in use by another process" : "cannot be opened at the moment",
            ChecksumStatus.Unstable => "kept changing while it was read",
            ChecksumStatus.Unreadable => "cannot be read",
            _ => hash.Status.ToString(),
        };
        return hash.Detail is null || hash.Detail.Equals(reason, StringComparison.OrdinalIgnoreCase) ? reason : $"{reason}: {hash.Detail}";
    }

    private void Write(FileHash hash, HashProgress progress)
    {
        if (hash.Status == ChecksumStatus.NotApplicable && !_given.Contains(hash.Path))
        {
            // A pipe or a link in a tree has no content to hash, and the user did not name it.
            return;
        }

        if (format == OutputFormat.Jsonl)
        {
            HashJson.Write(_buffer, hash);
        }
        else if (hash.Sha256 is { } sha256)
        {
            Sha256Line.Write(_buffer, sha256, hash.Path, streams.OutputTerminal.IsTerminal);
        }

        if (hash.Sha256 is null)
        {
            _failed |= hash.Status != ChecksumStatus.TooLarge;
            Flush(progress);
            progress.Above(() => streams.Complain($"{QuotedText.Quote(hash.Path)}: {Reason(hash)}"));
        }

        progress.Count(hash.Sha256 is not null);
    }

    private void Flush(HashProgress progress)
    {
        if (_buffer.WrittenCount > 0)
        {
            // Both may be one terminal.
            progress.Above(() => streams.Output.Write(_buffer.WrittenSpan));
            _buffer.ResetWrittenCount();
        }
    }
}
