using System.Text;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Anchoring;

/// <summary>Appends to the file of an anchor, which <see cref="AnchorScanner"/> reads. The file may be one that only grows. One caller at a time.</summary>
internal sealed class AnchorFile(string path)
{
    private static readonly byte[] SignatureLine = [(byte)'\n', .. Encoding.UTF8.GetBytes("\u2014 ")];

    private readonly string _path = Path.GetFullPath(path);

    /// <summary>Appends one checkpoint behind the last whole one, and forces it to the device.</summary>
    /// <exception cref="IOException">The file cannot be written, is a link, a device or the like, or ends in something that is no checkpoint.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Append(string origin, ReadOnlySpan<byte> entry)
    {
        using var file = Open();
        var length = RandomAccess.GetLength(file);
        var end = EndOfEntries(file, length, origin);
        if (end < length && !TryCut(file, end))
        {
            // Together with the entry: one write less that may be the last.
            byte[] marked = [.. UnfinishedEntry.MarkBehindLine, .. entry];
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
    private long EndOfEntries(SafeFileHandle file, long length, string origin)
    {
        // The end of one whole checkpoint is in it, and all of what is not whole.
        var bytes = new byte[Math.Min(length, CheckpointNote.MostBytes + (2 * UnfinishedEntry.MostBytes))];
        var start = length - bytes.Length;
        var last = bytes.AsSpan(0, JournalDirectory.ReadFully(file, bytes, start));
        var end = EndOfLastNote(last);

        // Where only the line feed of a checkpoint was missing, that of the mark is its end.
        var before = Math.Max(0, end - 1);
        var mark = last[before..].LastIndexOf(UnfinishedEntry.MarkBehindLine);
        if (mark >= 0)
        {
            end = before + mark + UnfinishedEntry.MarkBehindLine.Length;
        }

        return (end > 0 || start == 0) && UnfinishedEntry.IsOne(last[end..], origin)
            ? start + end
            : throw new IOException($"{_path} ends in something that is no checkpoint of {origin}: nobody could read what is appended to it. Move it away, or anchor this journal in another file.");
    }

    private static int EndOfLastNote(ReadOnlySpan<byte> last)
    {
        for (var signature = last.LastIndexOf(SignatureLine); signature >= 0; signature = last[..signature].LastIndexOf(SignatureLine))
        {
            var lengthOfLine = last[(signature + 1)..].IndexOf((byte)'\n');
            if (lengthOfLine >= 0)
            {
                return signature + 1 + lengthOfLine + 1;
            }
        }

        return 0;
    }

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
