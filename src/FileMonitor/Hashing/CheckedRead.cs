using System.Buffers;
using System.Security.Cryptography;
using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Hashing;

/// <summary>
/// Reads an open file once, and says at its end whether the content was the expected one. The checksum of the bytes that were handed over decides, so it does not matter whether somebody writes
/// meanwhile. Reads on the calling thread.
/// </summary>
internal static class CheckedRead
{
    // Smaller holes are read, which costs less than looking for them.
    private const long HoleBytes = 1024 * 1024;

    private static readonly byte[] Zeros = new byte[HashingContext.LargestRead];

    /// <summary>Takes a piece of the content, at its position. What lies between two pieces, and behind the last one, are zeros.</summary>
    public delegate void Take(ReadOnlySpan<byte> piece, long position);

    /// <param name="file">The file, which stays open.</param>
    /// <param name="expected">The checksum of the expected content.</param>
    /// <param name="size">The size with which that checksum was told; null when it is not known.</param>
    /// <param name="take">Takes the pieces. What it has got is of no use unless the content is the expected one.</param>
    /// <param name="cancellationToken">Checked before each piece.</param>
    /// <returns>The length of the content; null when it is not the expected one.</returns>
    /// <exception cref="IOException">The file system failed.</exception>
    public static long? Run(OpenFile file, Sha256Digest expected, long? size, Take take, CancellationToken cancellationToken)
    {
        var opened = file.GetStatus();
        if (file.StatesSize && opened.IsFound && size is { } told && opened.Size != told)
        {
            return null;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(HashingContext.LargestRead);
        try
        {
            for (var position = 0L; ;)
            {
                position = PassHole(file, hash, position, opened.Size, cancellationToken);
                var count = file.Read(buffer.AsSpan(0, HashingContext.LargestRead), position);
                if (count == 0)
                {
                    return ContentRead.DigestOf(hash).Equals(expected) ? position : null;
                }

                // Somebody makes the file longer, perhaps without end. Where nobody does, the file system does not know its sizes.
                if (position + count > opened.Size && file.GetStatus().Size != opened.Size)
                {
                    return null;
                }

                hash.AppendData(buffer, 0, count);
                take(buffer.AsSpan(0, count), position);
                position += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Hashes the zeros of a hole without reading them: whoever may write a file can give it a hole of any size.</summary>
    /// <returns>The position of the next bytes to read.</returns>
    private static long PassHole(OpenFile file, IncrementalHash hash, long position, long size, CancellationToken cancellationToken)
    {
        var end = size - position >= HoleBytes ? Math.Min(file.FindData(position), size) : position;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (position >= end)
            {
                return position;
            }

            var zeros = (int)Math.Min(end - position, Zeros.Length);
            hash.AppendData(Zeros, 0, zeros);
            position += zeros;
        }
    }
}
