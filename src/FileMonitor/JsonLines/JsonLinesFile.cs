using System.Text.Json;
using FileMonitor.Output;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.JsonLines;

/// <summary>One open file of whole batches of whole lines, whatever happened to the last write or the last process. One caller at a time.</summary>
/// <param name="name">The name in the directory that the caller passes to each operation.</param>
/// <param name="mode">Permissions of a new file.</param>
internal sealed class JsonLinesFile(string name, UnixFileMode mode)
{
    // No record is longer (a path has at most some ten thousand bytes of JSON). A longer line is not ours and is left alone.
    private const int LongestRecord = 1024 * 1024;

    private SafeFileHandle? _handle;
    private long? _cutBackTo;

    /// <summary>Writes bytes at an offset; a test replaces it to fail half-way.</summary>
    public Func<SafeFileHandle, ReadOnlyMemory<byte>, long, ValueTask> Write { get; set; } = static (handle, bytes, offset) => RandomAccess.WriteAsync(handle, bytes, offset);

    /// <summary>Opens the file, or checks that the open one is still at the path. Removes what is left of a failed batch.</summary>
    /// <returns>Its length.</returns>
    public long Open(OutputDirectory directory)
    {
        // Moved, deleted or replaced: we would write to a file that nobody finds.
        if (_handle is not null && !directory.IsStill(name, _handle))
        {
            Close();
        }

        if (_handle is null)
        {
            _handle = directory.OpenToAppend(name, mode);
            EndLastLine(_handle);
        }

        CutBack(_handle);
        return RandomAccess.GetLength(_handle);
    }

    /// <summary>Appends the whole batch or, as far as the disk allows, nothing. A part that cannot be removed now is removed at the next Open.</summary>
    /// <returns>False when the file was deleted meanwhile, together with the batch.</returns>
    public async ValueTask<bool> AppendAsync(ReadOnlyMemory<byte> lines, bool flushToDisk)
    {
        var handle = _handle!;
        var before = RandomAccess.GetLength(handle);
        _cutBackTo = before;
        try
        {
            await Write(handle, lines, before).ConfigureAwait(false);
            if (flushToDisk)
            {
                OutputDirectory.FlushToDisk(handle);
            }

            _cutBackTo = null;
        }
        catch (Exception)
        {
            TryCutBack(handle);
            throw;
        }

        return !OutputFile.IsDeleted(handle);
    }

    public void FlushToDisk()
    {
        if (_handle is not null)
        {
            OutputDirectory.FlushToDisk(_handle);
        }
    }

    public void Close()
    {
        if (_handle is not null)
        {
            TryCutBack(_handle);
            _handle.Dispose();
            _handle = null;
        }

        _cutBackTo = null;
    }

    private void CutBack(SafeFileHandle handle)
    {
        if (_cutBackTo is { } length)
        {
            // Only shorten: the file may have been truncated meanwhile, and a longer length would add zeros.
            if (RandomAccess.GetLength(handle) > length)
            {
                RandomAccess.SetLength(handle, length);
            }

            _cutBackTo = null;
        }
    }

    private void TryCutBack(SafeFileHandle handle)
    {
        try
        {
            CutBack(handle);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The error of the write is the one to report. _cutBackTo stays set, so the next batch does not begin before this worked.
        }
    }

    // A line without a line feed means that the process or the machine stopped during the last write. Some file systems show zeros for bytes
    // that never reached the disk.
    private static void EndLastLine(SafeFileHandle handle)
    {
        var length = RandomAccess.GetLength(handle);
        var tail = new byte[Math.Min(length, LongestRecord)];
        var read = ReadFully(handle, tail, length - tail.Length);
        var lastLine = tail.AsSpan(0, read);
        var lineFeed = lastLine.LastIndexOf((byte)'\n');
        lastLine = lastLine[(lineFeed + 1)..];
        if (lastLine.IsEmpty)
        {
            return;
        }

        var isWhole = lineFeed >= 0 || length <= LongestRecord;
        if (isWhole && lastLine[0] is (byte)'{' or (byte)0 && !IsRecord(lastLine))
        {
            RandomAccess.SetLength(handle, length - lastLine.Length);
        }
        else
        {
            RandomAccess.Write(handle, "\n"u8, length);
        }
    }

    private static bool IsRecord(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static int ReadFully(SafeFileHandle handle, Span<byte> bytes, long offset)
    {
        var total = 0;
        while (total < bytes.Length && RandomAccess.Read(handle, bytes[total..], offset + total) is var read and > 0)
        {
            total += read;
        }

        return total;
    }
}
