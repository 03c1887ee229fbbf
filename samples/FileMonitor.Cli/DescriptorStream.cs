using System.Runtime.InteropServices;

namespace FileMonitor.Cli;

/// <summary>
/// Standard output or standard error on Unix, written to as it was handed to the process. Neither of .NET's streams will do: that of the console
/// hides a broken pipe and sends its own escape sequences to a terminal before the first line, and a <see cref="FileStream"/> keeps its own
/// position in a file, so that whoever shares the descriptor (<c>2&gt;&amp;1</c>, other commands of a script) would be overwritten.
/// </summary>
/// <param name="descriptor">Stays open; negative for one that is closed.</param>
/// <param name="name">What messages call it.</param>
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

    /// <summary>A write to a pipe that nobody reads is to fail, and not to end the process. The runtime does the same once it sets up signals, if it does.</summary>
    public static void IgnoreBrokenPipes() => _ = signal(SIGPIPE, SIG_IGN);

    /// <exception cref="IOException">It could not be written; <see cref="Exception.HResult"/> is the error number of the system.</exception>
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
                // Whoever shares it has made it non-blocking.
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
