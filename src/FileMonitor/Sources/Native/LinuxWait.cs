using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Native;

/// <summary>
/// Waits until a descriptor is readable, a time has passed, or another thread wakes it (eventfd(2)). One thread waits; any thread may wake it,
/// also after the end.
/// </summary>
internal sealed unsafe partial class LinuxWait : IDisposable
{
    private const int EFD_CLOEXEC = 0x80000;
    private const int EFD_NONBLOCK = 0x800;
    /// <summary>The descriptor is readable.</summary>
    public const short POLLIN = 1;

    /// <summary>The file behind the descriptor has changed.</summary>
    public const short POLLPRI = 2;

    private readonly SafeFileHandle _wakeUp;

    /// <exception cref="IOException">The system has no descriptor left.</exception>
    public LinuxWait()
    {
        _wakeUp = new SafeFileHandle(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), ownsHandle: true);
        if (_wakeUp.IsInvalid)
        {
            throw new IOException($"No descriptor to wait with: {LinuxErrors.Describe(LinuxErrors.LastError)}");
        }
    }

    /// <summary>Waits for a descriptor; without one, only for the time or a wake-up.</summary>
    /// <param name="readable">The descriptor; null for none.</param>
    /// <param name="milliseconds">The longest time; -1 for ever.</param>
    /// <param name="what">The event to wait for.</param>
    /// <returns>Whether the descriptor has the event.</returns>
    public bool For(SafeFileHandle? readable, int milliseconds, short what = POLLIN)
    {
        var isHeld = false;
        try
        {
            readable?.DangerousAddRef(ref isHeld);
            var polled = stackalloc Polled[2];
            polled[0] = new Polled { Descriptor = (int)_wakeUp.DangerousGetHandle(), Events = POLLIN };
            polled[1] = new Polled { Descriptor = readable is null ? -1 : (int)readable.DangerousGetHandle(), Events = what };

            // A signal counts as a wake-up: the caller looks for work and waits again.
            if (poll(polled, 2, milliseconds) <= 0)
            {
                return false;
            }

            if (polled[0].Happened != 0)
            {
                ulong count;
                _ = read(_wakeUp, (byte*)&count, sizeof(ulong));
            }

            return polled[1].Happened != 0;
        }
        finally
        {
            if (isHeld)
            {
                readable!.DangerousRelease();
            }
        }
    }

    public void WakeUp()
    {
        try
        {
            var one = 1UL;
            _ = write(_wakeUp, (byte*)&one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // The waiting thread has ended.
        }
    }

    /// <summary>Reads without blocking.</summary>
    /// <returns>The number of bytes; negative when there are none, or for failure.</returns>
    public static int Read(SafeFileHandle readable, Span<byte> buffer)
    {
        fixed (byte* first = buffer)
        {
            return (int)read(readable, first, (nuint)buffer.Length);
        }
    }

    public void Dispose() => _wakeUp.Dispose();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint value, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(Polled* polled, nuint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(SafeFileHandle descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeFileHandle descriptor, byte* buffer, nuint count);

    [StructLayout(LayoutKind.Sequential)]
    private struct Polled
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }
}
