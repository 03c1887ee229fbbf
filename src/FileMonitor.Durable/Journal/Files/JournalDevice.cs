using FileMonitor.Output;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Files;

/// <summary>What is asked of the disk and can fail while the journal goes on; tests have it fail.</summary>
internal interface IJournalDevice
{
    void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Returns when what was written outlasts a loss of power.</summary>
    void Flush(SafeFileHandle file);

    /// <summary>The same for the names in a directory.</summary>
    void FlushDirectory(string path);
}

/// <summary>The disk.</summary>
internal sealed class JournalDevice : IJournalDevice
{
    public static JournalDevice Instance { get; } = new();

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(file, bytes, offset);

    public void Flush(SafeFileHandle file) => OutputDirectory.FlushToDisk(file);

    public void FlushDirectory(string path)
    {
        // Windows has no such call: NTFS writes its names in order. Elsewhere .NET cannot open a directory.
        if (UnixCalls.IsSupported)
        {
            UnixCalls.FlushDirectory(path);
        }
    }
}
