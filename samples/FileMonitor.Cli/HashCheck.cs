using System.Buffers;
using System.Globalization;

namespace FileMonitor.Cli;

/// <summary>
/// Compares files with lists of their checksums, as <c>sha256sum --check</c> does and in its words: a line for each file in the order of the
/// list, and what is wrong, counted, on standard error.
/// </summary>
internal sealed class HashCheck(FileHasher hasher, int concurrency, StandardStreams streams)
{
    private const string StandardInput = "-";

    private readonly ArrayBufferWriter<byte> _buffer = new(4 * 1024);
    private bool _failed;

    /// <summary>Checks each list.</summary>
    /// <returns>0 when everything that is listed could be read and has its checksum, and each list has a line.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> lists)
    {
        await using var progress = new HashProgress(streams, () => hasher.BytesRead);
        using var looks = new FileHasher(new ChecksumOptions { MaxFileBytes = 0 }) { FollowGivenLinks = true };
        foreach (var list in lists)
        {
            try
            {
                // Asked before: to open a pipe waits for whoever writes it, and a device may have no end.
                if (list != StandardInput && !Directory.Exists(list) && (await looks.HashAsync(list)).Status == ChecksumStatus.NotApplicable)
                {
                    Tell(progress, $"{QuotedText.Quote(list)}: not a regular file");
                    continue;
                }

                await using var content = list == StandardInput ? streams.OpenInput() : Open(list);
                await CheckAsync(content, list, progress);
            }
            catch (Exception unreadable) when (unreadable is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
            {
                Tell(progress, $"{QuotedText.Quote(list)}: {(Directory.Exists(list) ? "is a directory" : unreadable is UnauthorizedAccessException ? "cannot be read: permission denied" : "no such file or directory")}");
            }
        }

        return _failed ? ExitCode.Failed : ExitCode.Done;
    }

    private static FileStream Open(string list) => new(list, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 0 });

    private async Task CheckAsync(Stream list, string name, HashProgress progress)
    {
        var (right, wrong, unread, malformed) = (0L, 0L, 0L, 0L);
        var reading = new Queue<(string Sha256, Task<FileHash> Hash)>();
        foreach (var line in ChecksumList.Read(list))
        {
            if (line is not { } entry)
            {
                malformed++;
                continue;
            }

            reading.Enqueue((entry.Sha256, HashAsync(entry.Path, isInputTaken: name == StandardInput)));
            if (reading.Count >= 2 * concurrency)
            {
                await TakeAsync();
            }
        }

        while (reading.Count > 0)
        {
            await TakeAsync();
        }

        if (right + wrong + unread == 0)
        {
            Tell(progress, $"{QuotedText.Quote(name)}: no properly formatted checksum lines found");
            return;
        }

        Warn(malformed, "line is improperly formatted", "lines are improperly formatted", fails: false);
        Warn(unread, "listed file could not be read", "listed files could not be read", fails: true);
        Warn(wrong, "computed checksum did NOT match", "computed checksums did NOT match", fails: true);

        async Task TakeAsync()
        {
            var (sha256, hashing) = reading.Dequeue();
            var hash = await hashing;
            if (hash.Sha256 is null)
            {
                unread++;
                progress.Above(() => streams.Complain($"{QuotedText.Quote(hash.Path)}: {HashListing.Reason(hash)}"));
            }

            var isRight = hash.Sha256 == sha256;
            right += isRight ? 1 : 0;
            wrong += hash.Sha256 is not null && !isRight ? 1 : 0;
            progress.Count(hash.Sha256 is not null);
            Sha256Line.WriteResult(_buffer, hash.Path, isRight ? "OK" : hash.Sha256 is null ? "FAILED open or read" : "FAILED", streams.OutputTerminal.IsTerminal);
            progress.Above(() => streams.Output.Write(_buffer.WrittenSpan));
            _buffer.ResetWrittenCount();
        }

        void Warn(long count, string one, string several, bool fails)
        {
            if (count > 0)
            {
                _failed |= fails;
                progress.Above(() => streams.Complain(string.Create(CultureInfo.InvariantCulture, $"WARNING: {count} {(count == 1 ? one : several)}")));
            }
        }
    }

    private Task<FileHash> HashAsync(string path, bool isInputTaken) =>
        path == StandardInput && !isInputTaken ? hasher.HashStreamAsync(streams.OpenInput(), path) : hasher.HashAsync(path);

    private void Tell(HashProgress progress, string problem)
    {
        _failed = true;
        progress.Above(() => streams.Complain(problem));
    }
}
