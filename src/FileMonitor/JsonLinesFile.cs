using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor;

/// <summary>
/// One open file that holds whole batches of whole lines, whatever happened to the last write or to the last process. One caller at a time.
/// </summary>
internal sealed class JsonLinesFile(string path)
{
    // No record is as long (a path has at most some ten thousand bytes of JSON); what is longer is not our text and is left alone.
    private const int LongestRecord = 1024 * 1024;

    private SafeFileHandle? _handle;
    private long? _cutBackTo;

    /// <summary>Writes bytes at an offset: the disk, except in a test that has it fail half-way.</summary>
    public Func<SafeFileHandle, ReadOnlyMemory<byte>, long, ValueTask> Write { get; set; } = static (handle, bytes, offset) => RandomAccess.WriteAsync(handle, bytes, offset);

    /// <summary>Opens the file, or makes sure that the open one is still the one at the path and ends with a whole batch.</summary>
    /// <returns>Its length.</returns>
    public long Open()
    {
        if (_handle is not null && !IsStillAtPath(_handle))
        {
            Close();
        }

        if (_handle is null)
        {
            _handle = OpenHandle();
            EndLastLine(_handle);
        }

        CutBack(_handle);
        return RandomAccess.GetLength(_handle);
    }

    /// <summary>Appends all of it or, as far as the disk allows, nothing. What cannot be taken back now is when the file is next opened.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> lines, bool flushToDisk)
    {
        var handle = _handle!;
        var before = RandomAccess.GetLength(handle);
        _cutBackTo = before;
        try
        {
            await Write(handle, lines, before).ConfigureAwait(false);
            if (flushToDisk)
            {
                RandomAccess.FlushToDisk(handle);
            }

            _cutBackTo = null;
        }
        catch (Exception)
        {
            TryCutBack(handle);
            throw;
        }
    }

    public void FlushToDisk()
    {
        if (_handle is not null)
        {
            RandomAccess.FlushToDisk(_handle);
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

    private SafeFileHandle OpenHandle()
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"{path} is a directory; give the sink the path of a file.");
        }

        if (new FileInfo(path).LinkTarget is { } target)
        {
            // Whoever may write the directory could otherwise have a privileged monitor append to any file.
            throw new IOException($"{path} is a symbolic link to {target}, which the sink does not follow; give it the path of the file itself.");
        }

        if (Path.GetDirectoryName(path) is { } directory)
        {
            Directory.CreateDirectory(directory);
        }

        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            // A pipe has no length, and says so.
            RandomAccess.GetLength(handle);
            return handle;
        }
        catch (Exception error) when (error is NotSupportedException)
        {
            handle.Dispose();
            throw new IOException($"{path} is not a regular file; give the sink the path of one.", error);
        }
    }

    // Moved or deleted: bytes would go to a file that nobody finds. Replaced: the length gives it away, unless it is the same, and then there is nothing lost
    // but that later lines stand in the moved file.
    private bool IsStillAtPath(SafeFileHandle handle)
    {
        var file = new FileInfo(path);
        return file.Exists && file.LinkTarget is null && file.Length == RandomAccess.GetLength(handle);
    }

    private void CutBack(SafeFileHandle handle)
    {
        if (_cutBackTo is { } length)
        {
            // Never longer: somebody may have emptied the file meanwhile, and the gap would be filled with zeros.
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
            // The write's own error is the one to tell; _cutBackTo is still set, and the next batch does not begin before it worked.
        }
    }

    // A line is ended by its line feed; without one, the process or the machine stopped within the last write. Zeros are what some file systems show for
    // bytes that never reached the disk.
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
