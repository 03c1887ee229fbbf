using System.Diagnostics;
using FileMonitor.Durable.Journal.Files;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.KilledHost;

/// <summary>Kills this process before one of the steps by which a journal is written, or in the middle of a write: each step has its turn as the number rises.</summary>
internal sealed class KillingDevice(int at) : IJournalDevice
{
    private int _calls;

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (IsItsTurn())
        {
            JournalDevice.Instance.Write(file, bytes[..(bytes.Length / 2)], offset);
            Kill();
        }

        JournalDevice.Instance.Write(file, bytes, offset);
    }

    public void Flush(SafeFileHandle file)
    {
        if (IsItsTurn())
        {
            Kill();
        }

        JournalDevice.Instance.Flush(file);
    }

    public void FlushDirectory(string path)
    {
        if (IsItsTurn())
        {
            Kill();
        }

        JournalDevice.Instance.FlushDirectory(path);
    }

    private bool IsItsTurn() => Interlocked.Increment(ref _calls) == at;

    private static void Kill() => Process.GetCurrentProcess().Kill();
}
