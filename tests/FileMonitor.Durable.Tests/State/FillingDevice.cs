using FileMonitor.Durable.Journal.Files;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Tests.State;

/// <summary>A small disk: it is full while the segments of a journal have more bytes than it has room for.</summary>
internal sealed class FillingDevice(string directory, long mostBytes) : IJournalDevice
{
    private const int NoSpace = 28;

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (new DirectoryInfo(directory).EnumerateFiles("*.ndjson*").Sum(segment => segment.Length) + bytes.Length > mostBytes)
        {
            throw new IOException("No space left on device", NoSpace);
        }

        JournalDevice.Instance.Write(file, bytes, offset);
    }

    public void Flush(SafeFileHandle file) => JournalDevice.Instance.Flush(file);

    public void FlushDirectory(string path) => JournalDevice.Instance.FlushDirectory(path);
}
