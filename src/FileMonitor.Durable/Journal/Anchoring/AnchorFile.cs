using System.Text;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Anchoring;

/// <summary>Appends to the file of an anchor, which <see cref="AnchorScanner"/> reads. The file may be one that only grows. One caller at a time.</summary>
/// <param name="path">The file.</param>
/// <param name="hasTokens">Whether behind each checkpoint stands a time stamp, as a line of base64.</param>
internal sealed class AnchorFile(string path, bool hasTokens)
{
    private static readonly byte[] SignatureLine = [(byte)'\n', .. Encoding.UTF8.GetBytes("\u2014 ")];

    private readonly string _path = Path.GetFullPath(path);

    /// <summary>The last whole checkpoint, of whichever journal and whatever follows it; null when there is none.</summary>
    /// <exception cref="IOException">The file cannot be read, or is a link, a device or the like.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public CheckpointNote? Last()
    {
        if (!File.Exists(_path))
        {
            // Made with the first checkpoint.
            return null;
        }

        using var file = Open();
        EndOfLastEntry(ReadEnd(file, RandomAccess.GetLength(file)), out var last);
        return last;
    }

    /// <summary>The last whole checkpoint; null when there is none.</summary>
    /// <exception cref="IOException">As of <see cref="Append"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public CheckpointNote? LastToAppendTo(string origin)
    {
        using var file = Open();
        EndOfEntries(file, RandomAccess.GetLength(file), origin, out var last);
        return last;
    }

    /// <summary>Appends one checkpoint behind the last whole one, and forces it to the device.</summary>
    /// <exception cref="IOException">The file cannot be written, is a link, a device or the like, or ends in something that is no checkpoint.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Append(string origin, ReadOnlySpan<byte> entry)
    {
        using var file = Open();
        var length = RandomAccess.GetLength(file);
        var end = EndOfEntries(file, length, origin, out _);
        if (end < length && !TryCut(file, end))
        {
            // Together with the entry: one write less that may be the last.
            byte[] marked = [.. UnfinishedEntry.Mark, .. entry];
            RandomAccess.Write(file, marked, length);
        }
        else
        {
            RandomAccess.Write(file, entry, end);
        }

        JournalDevice.Instance.Flush(file);
        if (length == 0 && Path.GetDirectoryName(_path) is { } directory)
        {
            JournalDevice.Instance.FlushDirectory(directory);
        }
    }

    /// <summary>Where the last whole checkpoint ends, or the mark behind one that is not whole.</summary>
    private long EndOfEntries(SafeFileHandle file, long length, string origin, out CheckpointNote? note)
    {
        ReadOnlySpan<byte> last = ReadEnd(file, length);
        var start = length - last.Length;
        var end = EndOfLastEntry(last, out note);
        if (note is not null)
        {
            AnchorComparison.ThrowIfOfAnother(note, origin);
        }
        else if (end > 0)
        {
            throw NoCheckpoint(origin);
        }

        var mark = last[end..].LastIndexOf(UnfinishedEntry.Mark);
        if (mark >= 0)
        {
            end += mark + UnfinishedEntry.Mark.Length;
        }

        return (end > 0 || start == 0) && UnfinishedEntry.IsOne(last[end..], origin, hasTokens)
            ? start + end
            : throw NoCheckpoint(origin);
    }

    private IOException NoCheckpoint(string origin) =>
        new($"{_path} ends in something that is no checkpoint of {origin}: nobody could read what is appended to it. Move it away, or anchor this journal in another file.");

    /// <summary>The end of one whole checkpoint is in it, and all of what is not whole.</summary>
    private byte[] ReadEnd(SafeFileHandle file, long length)
    {
        var bytes = new byte[Math.Min(length, 3 * UnfinishedEntry.MostBytes(hasTokens))];
        return JournalDirectory.ReadFully(file, bytes, length - bytes.Length) == bytes.Length ? bytes : throw new IOException($"{_path} became shorter while it was read.");
    }

    private int EndOfLastEntry(ReadOnlySpan<byte> last, out CheckpointNote? note)
    {
        for (var signature = last.LastIndexOf(SignatureLine); signature >= 0; signature = last[..signature].LastIndexOf(SignatureLine))
        {
            if (EndOfLine(last, signature + 1) is { } endOfNote && !last[..endOfNote].EndsWith(UnfinishedEntry.Mark) && (hasTokens ? EndOfLine(last, endOfNote) : endOfNote) is { } end)
            {
                // The lines of the root, the size and the origin stand before it, behind the line feed of what is before them.
                var begin = signature;
                for (var line = 0; line < 4; line++)
                {
                    begin = Math.Max(0, last[..begin].LastIndexOf((byte)'\n'));
                }

                note = CheckpointNote.TryRead(last[(begin == 0 ? 0 : begin + 1)..], out _);
                return end;
            }
        }

        note = null;
        return 0;
    }

    /// <summary>Behind the line feed of a line; null when it has none.</summary>
    private static int? EndOfLine(ReadOnlySpan<byte> bytes, int begin) => bytes[begin..].IndexOf((byte)'\n') is >= 0 and var length ? begin + length + 1 : null;

    private static bool TryCut(SafeFileHandle file, long end)
    {
        try
        {
            RandomAccess.SetLength(file, end);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // A file that may only grow.
            return false;
        }
    }

    // To append only: a file that may only grow is not opened otherwise.
    private SafeFileHandle Open() =>
        UnixCalls.IsSupported
            ? UnixCalls.Open(_path, UnixCalls.O_RDWR | UnixCalls.O_CREAT | UnixCalls.O_APPEND, JournalDirectory.PrivateFile)
            : File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
}
