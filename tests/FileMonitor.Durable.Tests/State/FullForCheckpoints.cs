using FileMonitor.Durable.Journal.Files;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Tests.State;

/// <summary>A disk on which lines find room, but no checkpoint while the segments have more than some bytes.</summary>
internal sealed class FullForCheckpoints(string directory, long mostBytes) : IJournalDevice
{
    private const int NoSpace = 28;

    /// <summary>How many writes were refused.</summary>
    public int Refused { get; private set; }

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        // Only a signed note has this line.
        if (bytes.IndexOf("\n\n\u2014 "u8) >= 0 && new DirectoryInfo(directory).EnumerateFiles("*.ndjson").Sum(segment => segment.Length) > mostBytes)
        {
            Refused++;
            throw new IOException("No space left on device", NoSpace);
        }

        JournalDevice.Instance.Write(file, bytes, offset);
    }

    public void Flush(SafeFileHandle file) => JournalDevice.Instance.Flush(file);

    public void FlushDirectory(string path) => JournalDevice.Instance.FlushDirectory(path);
}
