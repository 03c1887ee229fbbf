namespace FileMonitor.Benchmarks.Uploads;

/// <summary>A way in which files come into a directory.</summary>
/// <param name="Title">The row of the table.</param>
/// <param name="Name">The name of the file.</param>
/// <param name="RunAsync">Does it; the file is complete when that ends, unless it is never closed.</param>
/// <param name="IsNeverClosed">Whether the writer still has it open at the end.</param>
internal sealed record Upload(string Title, string Name, Func<UploadPlace, Task> RunAsync, bool IsNeverClosed = false)
{
    private const int Chunk = 1 << 20;

    public static IReadOnlyList<Upload> All { get; } =
    [
        new("Written at once", "at-once.csv", async place =>
        {
            var content = UploadPlace.Bytes(1, Chunk);
            await File.WriteAllBytesAsync(place.Path, content);
            place.IsComplete(content);
        }),
        new("Three chunks of 1 MiB with pauses of 3 s", "chunks.csv", place => InChunksAsync(place, suffix: null)),
        new("Two writers: the second goes on 3 s after the first closed", "two-writers.csv", async place =>
        {
            var content = UploadPlace.Bytes(2, 2 * Chunk);
            using (var second = place.Open())
            {
                using (var first = place.Open())
                {
                    first.Write(content, 0, Chunk);
                }

                await UploadPlace.StallAsync();
                second.Position = Chunk;
                second.Write(content, Chunk, Chunk);
            }

            place.IsComplete(content);
        }),
        new("`.part`, in chunks with pauses of 3 s, then renamed", "renamed.csv", async place =>
        {
            await InChunksAsync(place, ".part");
            File.Move(place.Path + ".part", place.Path);
        }),
        new("rsync, which stalls for 3 s", "rsync.csv", place => place.RsyncAsync(UploadPlace.Bytes(3, 4 * Chunk), inPlace: false)),
        new("rsync --inplace, which stalls for 3 s", "rsync-inplace.csv", place => place.RsyncAsync(UploadPlace.Bytes(4, 4 * Chunk), inPlace: true)),
        new("As SFTP writes: pieces of 32 KiB in any order, a stall of 3 s, the time set at the end", "sftp.csv", async place =>
        {
            const int Piece = 32 * 1024;
            var content = UploadPlace.Bytes(5, Chunk);
            using (var file = place.Open())
            {
                for (var piece = 0; piece < Chunk / Piece; piece++)
                {
                    // Each pair the wrong way round: several requests are on their way.
                    var at = (piece ^ 1) * Piece;
                    file.Position = at;
                    file.Write(content, at, Piece);
                    if (piece == Chunk / Piece / 2)
                    {
                        await UploadPlace.StallAsync();
                    }
                }
            }

            File.SetLastWriteTimeUtc(place.Path, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            place.IsComplete(content);
        }),
        new("Sparse: the full size at first, filled with a pause of 3 s", "sparse.bin", async place =>
        {
            var content = UploadPlace.Bytes(6, 2 * Chunk);
            using (var file = place.Open())
            {
                file.SetLength(content.Length);
                file.Write(content, 0, Chunk);
                await UploadPlace.StallAsync();
                file.Write(content, Chunk, Chunk);
            }

            place.IsComplete(content);
        }),
        new("Zero bytes", "empty.csv", place =>
        {
            place.Open().Dispose();
            place.IsComplete([]);
            return Task.CompletedTask;
        }),
        new("Complete, and 5 s later appended to", "appended.log", async place =>
        {
            var content = UploadPlace.Bytes(7, 2 * Chunk);
            await File.WriteAllBytesAsync(place.Path, content[..Chunk]);
            place.IsComplete(content[..Chunk]);
            await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
            using (var file = place.Open())
            {
                file.Position = Chunk;
                file.Write(content, Chunk, Chunk);
            }

            place.IsComplete(content);
        }),
        new("Never closed", "never-closed.log", async place =>
        {
            using var file = place.Open();
            file.Write(UploadPlace.Bytes(8, Chunk));
            await Task.Delay(UploadsBenchmark.Longest, TimeProvider.System);
        }, IsNeverClosed: true),
    ];

    private static async Task InChunksAsync(UploadPlace place, string? suffix)
    {
        var content = UploadPlace.Bytes(9, 3 * Chunk);
        using (var file = place.Open(suffix))
        {
            for (var at = 0; at < content.Length; at += Chunk)
            {
                file.Write(content, at, Chunk);
                if (at + Chunk < content.Length)
                {
                    await UploadPlace.StallAsync();
                }
            }
        }

        place.IsComplete(content);
    }
}
