using System.Buffers;
using System.Security.Cryptography;

namespace FileMonitor.Hashing;

/// <summary>
/// Hashes a stream to its end. A stream has no state that can change and no known size: it is read once, and given up when it exceeds the limit.
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
