using System.Buffers;
using System.Security.Cryptography;

namespace FileMonitor.Hashing;

/// <summary>
/// Sums a stream to its end. Unlike a file it has no state that could change meanwhile, and no size beforehand: it is read once, and given up
/// when it turns out to be longer than wanted.
/// </summary>
internal static class StreamHash
{
    public static async Task<HashResult> RunAsync(HashingContext shared, Stream content, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(shared.LargestPiece);
        var length = 0L;
        try
        {
            while (true)
            {
                var wanted = Math.Min(buffer.Length, shared.LargestPiece);
                if (shared.Budget is { } budget)
                {
                    using var lease = await budget.AcquireAsync(wanted, cancellationToken).ConfigureAwait(false);
                }

                var count = await content.ReadAsync(buffer.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    shared.CountFile();
                    return new(ChecksumStatus.Computed, ContentRead.DigestOf(hash)) { Length = length };
                }

                shared.CountBytes(count);
                length += count;
                if (length > shared.MaxFileBytes)
                {
                    return new(ChecksumStatus.TooLarge) { Length = length };
                }

                hash.AppendData(buffer, 0, count);
            }
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return new(ChecksumStatus.Unreadable, Detail: failed.Message) { Length = length };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
