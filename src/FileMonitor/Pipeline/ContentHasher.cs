using System.Buffers;
using System.Security.Cryptography;
using System.Threading.RateLimiting;

namespace FileMonitor.Pipeline;

/// <summary>
/// Sums files, each in one stable state (G5). Reads on the calling thread, which the caller has taken from the pool for it; only pauses
/// and the budget are awaited. May be used from several threads; what they share is the budget and the totals.
/// </summary>
internal sealed class ContentHasher(IFileView view, ChecksumOptions options, TimeProvider time) : IDisposable
{
    // From 128 KiB to 1 MiB no difference could be measured; smaller reads cost calls, larger ones only memory.
    private const int LargestRead = 256 * 1024;
    private const int BudgetPeriodsPerSecond = 10;

    // The clock of a file system's times may stand still for as long as two ticks of the slowest kernel (100 Hz).
    private static readonly TimeSpan CoarseClock = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly long _maxFileBytes = options.MaxFileBytes ?? long.MaxValue;
    private readonly int _attempts = options.Attempts;
    private readonly int _largestRead = (int)Math.Min(LargestRead, BudgetPerPeriod(options));
    private readonly TokenBucketRateLimiter? _budget = options.BytesPerSecond == 0 ? null : new(new()
    {
        TokenLimit = BudgetPerPeriod(options),
        TokensPerPeriod = BudgetPerPeriod(options),
        ReplenishmentPeriod = TimeSpan.FromSeconds(1) / BudgetPeriodsPerSecond,
        QueueLimit = int.MaxValue,
    });

    private long _files;
    private long _bytes;

    /// <summary>How many files were summed.</summary>
    public long Files => Interlocked.Read(ref _files);

    /// <summary>How many bytes were read, also for attempts that were discarded.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public async ValueTask<HashResult> HashAsync(string root, string relativePath, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        var hasWaitedForClock = false;
        var result = default(HashResult);
        var attempts = 0;
        var bytesRead = 0L;
        try
        {
            while (true)
            {
                var notBefore = TimeSpan.Zero;
                (result, notBefore) = await ReadOnceAsync(root, relativePath, cancellationToken).ConfigureAwait(false);
                attempts++;
                bytesRead += result.BytesRead;

                // The first wait for the clock is no attempt: with a single one, a file that was just written could never be summed.
                if (notBefore > TimeSpan.Zero && !hasWaitedForClock)
                {
                    hasWaitedForClock = true;
                    attempts--;
                    await Task.Delay(notBefore, time, cancellationToken).ConfigureAwait(false);
                }
                else if (result.Status is not (ChecksumStatus.Unstable or ChecksumStatus.Locked) || attempts == _attempts)
                {
                    return result with { Attempts = attempts, BytesRead = bytesRead };
                }
                else
                {
                    await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                }
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or ObjectDisposedException)
        {
            return new(ChecksumStatus.Abandoned, File: result.File, Attempts: attempts, BytesRead: bytesRead);
        }
    }

    public void Dispose() => _budget?.Dispose();

    private async ValueTask<(HashResult Result, TimeSpan NotBefore)> ReadOnceAsync(string root, string relativePath, CancellationToken cancellationToken)
    {
        // Asked before the file is opened, so that it is not later than the status it is compared with.
        var now = time.GetUtcNow();
        var opening = view.Open(root, relativePath);
        if (opening.File is not { } file)
        {
            return (new(opening.Status, Detail: opening.Detail), default);
        }

        using (file)
        {
            var before = file.GetStatus();
            if (!before.IsFound)
            {
                return (new(ChecksumStatus.Unreadable, Detail: "The file system does not describe the open file."), default);
            }

            if (before.ItemType != ItemType.File)
            {
                return (new(ChecksumStatus.NotApplicable, File: before), default);
            }

            if (before.Size > _maxFileBytes)
            {
                return (new(ChecksumStatus.TooLarge, File: before), default);
            }

            // While the clock that stamped the last write stands still, another write can follow and leave the same stamp: nothing
            // would tell the bytes from before it from those after. (Clocks that stand still for seconds, as on FAT, remain unseen.)
            var notBefore = TimeUntilClockMovedOn(before, now);
            return notBefore > TimeSpan.Zero
                ? (new(ChecksumStatus.Unstable, File: before, Detail: "The file was written this moment."), notBefore)
                : (await ReadStateAsync(file, before, cancellationToken).ConfigureAwait(false), default);
        }
    }

    private static TimeSpan TimeUntilClockMovedOn(in FileStatus status, DateTimeOffset now)
    {
        var stamp = Math.Max(status.LastWriteTicks, status.ChangeTicks);
        var age = TimeSpan.FromTicks(now.UtcTicks - stamp);

        // A stamp further in the future was set by someone, or by another machine's clock, and says nothing about now. A timer counts
        // by a coarse clock, too, and may come early by as much.
        return age.Duration() <= CoarseClock ? (CoarseClock * 2) - age : TimeSpan.Zero;
    }

    private async ValueTask<HashResult> ReadStateAsync(OpenFile file, FileStatus before, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(_largestRead - 1, before.Size) + 1);
        IncrementalHash? hash = null;
        var position = 0L;
        try
        {
            var isAtEnd = false;
            while (!isAtEnd)
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    return new(ChecksumStatus.Abandoned, File: before, BytesRead: position);
                }

                // One byte more than there should be: a short answer then proves the end, and one byte more proves growth.
                var wanted = (int)Math.Min(_largestRead - 1, before.Size - position) + 1;
                if (_budget is not null)
                {
                    using var lease = await _budget.AcquireAsync(wanted, cancellationToken).ConfigureAwait(false);
                    if (!lease.IsAcquired)
                    {
                        return new(ChecksumStatus.Abandoned, File: before, BytesRead: position);
                    }
                }

                var count = file.Read(buffer.AsSpan(0, wanted), position);
                var start = position;
                position += count;
                Interlocked.Add(ref _bytes, count);
                isAtEnd = count == 0 || (position == before.Size && count < wanted);
                if (position > before.Size || (isAtEnd && position < before.Size))
                {
                    return Unstable(before, position, $"The file did not end where its size ({before.Size}) says.");
                }

                if (start == 0 && isAtEnd)
                {
                    return Conclude(file, before, position, DigestOf(buffer.AsSpan(0, count)));
                }

                hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                hash.AppendData(buffer, 0, count);
            }

            return Conclude(file, before, position, DigestOf(hash!));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return new(ChecksumStatus.Unreadable, File: before, BytesRead: position, Detail: failed.Message);
        }
        finally
        {
            hash?.Dispose();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private HashResult Conclude(OpenFile file, in FileStatus before, long position, Sha256Digest digest)
    {
        // The change time, where there is one, betrays a writer that sets the modification time back.
        var after = file.GetStatus();
        if (!before.IsSameState(after) || before.ChangeTicks != after.ChangeTicks)
        {
            return Unstable(after, position, "The file changed while it was read.");
        }

        Interlocked.Increment(ref _files);
        return new(ChecksumStatus.Computed, digest, before, BytesRead: position);
    }

    private static HashResult Unstable(in FileStatus seen, long position, string detail) =>
        new(ChecksumStatus.Unstable, File: seen, BytesRead: position, Detail: detail);

    private static Sha256Digest DigestOf(ReadOnlySpan<byte> content)
    {
        Span<byte> digest = stackalloc byte[Sha256Digest.Length];
        SHA256.HashData(content, digest);
        return Sha256Digest.From(digest);
    }

    private static Sha256Digest DigestOf(IncrementalHash hash)
    {
        Span<byte> digest = stackalloc byte[Sha256Digest.Length];
        hash.GetHashAndReset(digest);
        return Sha256Digest.From(digest);
    }

    private static int BudgetPerPeriod(ChecksumOptions options) => options.BytesPerSecond == 0
        ? int.MaxValue
        : (int)Math.Clamp(options.BytesPerSecond / BudgetPeriodsPerSecond, 1, int.MaxValue);
}
