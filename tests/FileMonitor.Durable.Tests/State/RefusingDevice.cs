using FileMonitor.Durable.Journal.Files;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Tests.State;

/// <summary>A disk that takes nothing for a while: it is full, or fails.</summary>
internal sealed class RefusingDevice : IJournalDevice
{
    private const int NoSpace = 28;
    private const int InputOutput = 5;

    private volatile bool _refuses;

    public bool Refuses
    {
        get => _refuses;
        set => _refuses = value;
    }

    public bool IsFull { get; init; }

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        Refuse();
        JournalDevice.Instance.Write(file, bytes, offset);
    }

    public void Flush(SafeFileHandle file)
    {
        Refuse();
        JournalDevice.Instance.Flush(file);
    }

    public void FlushDirectory(string path)
    {
        Refuse();
        JournalDevice.Instance.FlushDirectory(path);
    }

    private void Refuse()
    {
        if (_refuses)
        {
            throw new IOException(IsFull ? "No space left on device" : "Input/output error", IsFull ? NoSpace : InputOutput);
        }
    }
}
