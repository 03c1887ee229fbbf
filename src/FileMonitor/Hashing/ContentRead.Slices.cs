using System.Buffers;
using System.Security.Cryptography;
using FileMonitor.Values;

namespace FileMonitor.Hashing;

// Reads the content: slices, holes, and files whose size is wrong.
internal sealed partial class ContentRead
{
    /// <summary>A larger file may take more than one slice and waits for its turn behind smaller ones.</summary>
    internal const long SliceBytes = 8 * 1024 * 1024;

    private const long SmallestPiece = 4096;

    // Smaller holes are read, which costs less than looking for them.
    private const long HoleBytes = 1024 * 1024;

    private static readonly TimeSpan SliceTime = TimeSpan.FromMilliseconds(10);
    private static readonly byte[] Zeros = new byte[HashingContext.LargestRead];

    private IncrementalHash? _hash;
    private long _position;
    private long _holeEnd;
    private long _nextLookForHole;
    private (Sha256Digest Digest, long Length)? _unconfirmed;

    private bool IsUnderWay => _hash is not null || _unconfirmed is not null;

    /// <summary>The attempt is over: discards what was read.</summary>
    private void Forget()
    {
        _hash?.Dispose();
        _hash = null;
        _unconfirmed = null;
        Rewind();
    }

    private void Rewind() => _position = _holeEnd = _nextLookForHole = 0;

    /// <returns>Null when the slice is over and the file is not finished.</returns>
    private async ValueTask<HashResult?> ReadSliceAsync(CancellationToken cancellationToken)
    {
        // One byte more than the size, and at least a small buffer: if the size is wrong, the rest is not read byte by byte.
        var size = (int)Math.Min(shared.LargestPiece, Math.Max(SmallestPiece, _before.Size + 1));
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var (begun, from) = (_time.GetTimestamp(), _position);
            while (true)
            {
                if (_isCancelled || cancellationToken.IsCancellationRequested)
                {
                    return new(ChecksumStatus.Abandoned, File: _before);
                }

                if (await ReadPieceAsync(buffer, size, cancellationToken).ConfigureAwait(false) is { } result)
                {
                    return result;
                }

                if (_position - from >= SliceBytes || _position < from || _time.GetElapsedTime(begun) >= SliceTime)
                {
                    return Compare(_file!.GetStatus());
                }
            }
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return new(ChecksumStatus.Unreadable, File: _before, Detail: failed.Message);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <returns>Null when there is more to read.</returns>
    private async ValueTask<HashResult?> ReadPieceAsync(byte[] buffer, int size, CancellationToken cancellationToken)
    {
        if (IsInHole())
        {
            var zeros = (int)Math.Min(_holeEnd - _position, Zeros.Length);
            Append(Zeros.AsSpan(0, zeros));
            return null;
        }

        // Ask for one byte more than the size: a short read proves the end, and one byte more proves growth.
        var left = _before.Size - _position;
        var wanted = left >= 0 ? (int)Math.Min(size - 1, left) + 1 : size;
        if (shared.Budget is { } budget)
        {
            using var lease = await budget.AcquireAsync(wanted, cancellationToken).ConfigureAwait(false);
            if (!lease.IsAcquired)
            {
                return new(ChecksumStatus.Abandoned, File: _before);
            }
        }

        var count = _file!.Read(buffer.AsSpan(0, wanted), _position);
        _bytesRead += count;
        shared.CountBytes(count);
        var isWhole = _position == 0;
        var isAtEnd = count == 0 || (_position + count == _before.Size && count < wanted);
        if (isWhole && isAtEnd)
        {
            _position = count;
            return WithText(Conclude(DigestOf(buffer.AsSpan(0, count))), buffer.AsSpan(0, count));
        }

        if (_position <= _before.Size && _position + count > _before.Size && Compare(_file.GetStatus()) is { } changed)
        {
            // One byte more proves growth, unless nobody wrote: then the size is wrong.
            _position += count;
            return changed;
        }

        if (count > 0)
        {
            Append(buffer.AsSpan(0, count));
        }

        return isAtEnd ? Conclude(DigestOf(_hash!)) : null;
    }

    private void Append(ReadOnlySpan<byte> content)
    {
        _hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _hash.AppendData(content);
        _position += content.Length;
    }

    /// <summary>Whether a hole begins here that is large enough to be skipped; its zeros are hashed without reading.</summary>
    private bool IsInHole()
    {
        if (_position >= _nextLookForHole && _before.Size - _position >= HoleBytes)
        {
            _nextLookForHole = _position + HoleBytes;
            _holeEnd = Math.Min(_file!.FindData(_position), _before.Size);
        }

        return _position < _holeEnd;
    }

    /// <summary>The end was reached: returns the checksum if the file did not change, otherwise ends the attempt.</summary>
    private HashResult? Conclude(Sha256Digest digest)
    {
        // Before the state is confirmed: who closed the file by now has written all that was read.
        var writers = shared.DetectsWriters ? _file!.GetWriters() : FileWriters.Unknown;
        var after = _file!.GetStatus();
        if (!IsUnchanged(after))
        {
            // Not Compare: the content is complete even if the file was deleted meanwhile.
            return new(ChecksumStatus.Unstable, File: after, Detail: "The file changed while it was read.");
        }

        if (_position != _before.Size && _file.StatesSize && !(_unconfirmed is { } first && first.Length == _position && first.Digest.Equals(digest)))
        {
            if (_unconfirmed is not null)
            {
                return new(ChecksumStatus.Unstable, File: _before, Detail: $"The file did not end at its size ({_before.Size}), and two reads gave different content.");
            }

            // The size is wrong and, by the times, nobody wrote: the file system does not know sizes. Its times may be wrong, too, so read the
            // file again: only equal content proves one state.
            _unconfirmed = (digest, _position);
            Rewind();
            return null;
        }

        shared.CountFile();
        return new(ChecksumStatus.Computed, digest, _before) { Length = _position, Writers = writers };
    }

    /// <summary>Compares the content, all of which is here, with what was known. Here and not in the pump: it can take milliseconds.</summary>
    private HashResult? WithText(HashResult? result, ReadOnlySpan<byte> content) =>
        result is { Digest: { } digest } done && shared.Texts is { } texts && texts.Wants(_path, content.Length)
            ? done with { TextChange = texts.Compare(known, digest, content) }
            : result;

    private static Sha256Digest DigestOf(ReadOnlySpan<byte> content)
    {
        Span<byte> digest = stackalloc byte[Sha256Digest.Length];
        SHA256.HashData(content, digest);
        return Sha256Digest.From(digest);
    }

    internal static Sha256Digest DigestOf(IncrementalHash hash)
    {
        Span<byte> digest = stackalloc byte[Sha256Digest.Length];
        hash.GetHashAndReset(digest);
        return Sha256Digest.From(digest);
    }
}
