using FileMonitor.Durable.Journal.Files;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Tests.Journal;

/// <summary>The disk, until its operation of a number: that one fails, and as many after it as are asked for. Of a failed write a part is written.</summary>
internal sealed class FaultyDevice : IJournalDevice
{
    public const int NoSpace = 28;
    public const int InputOutput = 5;

    /// <summary>Operations up to now.</summary>
    public int Count { get; private set; }

    public int FailFrom { get; set; } = int.MaxValue;

    public int Failures { get; set; } = 1;

    public int Error { get; set; } = InputOutput;

    /// <summary>How many bytes of a write that fails are written all the same.</summary>
    public Func<int, int> Written { get; set; } = length => length / 2;

    /// <summary>Bytes of the first write that failed.</summary>
    public int? FailedBytes { get; private set; }

    public int FailedCount { get; private set; }

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (Fails())
        {
            FailedBytes ??= bytes.Length;
            JournalDevice.Instance.Write(file, bytes[..Math.Min(Written(bytes.Length), bytes.Length)], offset);
            throw new IOException("The disk failed in a test.", Error);
        }

        JournalDevice.Instance.Write(file, bytes, offset);
    }

    public void Flush(SafeFileHandle file) => ThrowIfFails();

    public void FlushDirectory(string path) => ThrowIfFails();

    private void ThrowIfFails()
    {
        if (Fails())
        {
            throw new IOException("The disk failed in a test.", Error);
        }
    }

    private bool Fails()
    {
        var fails = Count >= FailFrom && Count - FailFrom < Failures;
        Count++;
        FailedCount += fails ? 1 : 0;
        return fails;
    }
}
