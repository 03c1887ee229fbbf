using System.Runtime.InteropServices;

namespace FileMonitor.Cli;

/// <summary>
/// Standard output or standard error on Unix, written through the inherited descriptor. Neither stream of .NET works: the console's hides a
/// broken pipe and sends its own escape sequences to a terminal before the first line, and a <see cref="FileStream"/> keeps its own file
/// position and would overwrite others that share the descriptor (<c>2&gt;&amp;1</c>, other commands of a script).
/// </summary>
/// <param name="descriptor">The descriptor, which stays open; negative when it is closed.</param>
/// <param name="name">Its name in messages.</param>
internal sealed unsafe partial class DescriptorStream(int descriptor, string name) : Stream
{
    private const int SIGPIPE = 13;
    private const nint SIG_IGN = 1;
    private const int EINTR = 4;
    private const short POLLOUT = 4;

    private static readonly int EAGAIN = OperatingSystem.IsMacOS() ? 35 : 11;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Makes a write to a broken pipe fail instead of ending the process. The runtime does the same when it sets up signals, if it does.</summary>
    public static void IgnoreBrokenPipes() => _ = signal(SIGPIPE, SIG_IGN);

    /// <exception cref="IOException">The write failed; <see cref="Exception.HResult"/> is the error number of the system.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (descriptor < 0)
        {
            throw new IOException($"{name} is closed.");
        }

        while (!buffer.IsEmpty)
        {
            nint written;
            fixed (byte* first = buffer)
            {
                written = write(descriptor, first, (nuint)buffer.Length);
            }

            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == EAGAIN)
            {
                // Another process that shares the descriptor has made it non-blocking.
                var ready = new Poll { Descriptor = descriptor, Events = POLLOUT };
                _ = poll(&ready, 1, -1);
            }
            else if (error != EINTR)
            {
                throw new IOException($"{name} cannot be written: {Marshal.GetPInvokeErrorMessage(error)}.", error);
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* bytes, nuint count);

    [LibraryImport("libc")]
    private static partial int poll(Poll* descriptors, nuint count, int timeout);

    [LibraryImport("libc")]
    private static partial nint signal(int signal, nint handler);

    [StructLayout(LayoutKind.Sequential)]
    private struct Poll
    {
        public int Descriptor;
        public short Events;
        public short Found;
    }
}
