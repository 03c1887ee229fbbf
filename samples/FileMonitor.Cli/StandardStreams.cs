using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Cli;

/// <summary>The streams and the clock of the process; tests use their own.</summary>
internal sealed class StandardStreams(Stream output, TextWriter error, Terminal outputTerminal, Terminal errorTerminal)
{
    // EPIPE on Unix, ERROR_BROKEN_PIPE and ERROR_NO_DATA on Windows.
    private static readonly int[] ReaderGone = [32, unchecked((int)0x8007006D), unchecked((int)0x800700E8)];

    /// <summary>Standard output: unbuffered bytes.</summary>
    public Stream Output { get; } = output;

    /// <summary>Standard error: for a person, never for a program.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>Opens standard input, only when the command reads it.</summary>
    public Func<Stream> OpenInput { get; init; } = () => Stream.Null;

    public Terminal OutputTerminal { get; } = outputTerminal;

    public Terminal ErrorTerminal { get; } = errorTerminal;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static StandardStreams OfThisProcess()
    {
        if (OperatingSystem.IsWindows())
        {
            return new(Console.OpenStandardOutput(), Console.Error, Terminal.OfOutput(), Terminal.OfError()) { OpenInput = Console.OpenStandardInput };
        }

        DescriptorStream.IgnoreBrokenPipes();
        return new(Open(1, "standard output"), TextWriter.Synchronized(CreateError()), Terminal.OfOutput(), Terminal.OfError()) { OpenInput = OpenInputOnUnix };
    }

    /// <summary>Whether a write failed because the reader has gone, as with <c>| head</c>.</summary>
    public static bool IsReaderGone(IOException error) => ReaderGone.AsSpan().Contains(error.HResult);

    /// <summary>A buffered text writer over <see cref="Output"/>. Flushed text is written, so the writer needs no disposal.</summary>
    public TextWriter CreateText() => new StreamWriter(Output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 16 * 1024, leaveOpen: true);

    /// <summary>Writes one line for a person; neutralises hostile text, so that no caller forgets it.</summary>
    public void Complain(string message)
    {
        try
        {
            Error.WriteLine($"filemonitor: {TerminalText.Neutralise(message)}");
        }
        catch (IOException)
        {
            // A full disk, or the reader has gone: there is no other place for the message, and no reason to end.
        }
    }

    private static StreamWriter CreateError() =>
        new(Open(2, "standard error"), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };

    private static DescriptorStream Open(int descriptor, string name) => new(OperatingSystem.IsLinux() && !IsInherited(descriptor) ? -1 : descriptor, name);

    // Read a terminal directly: the console's stream would first send escape sequences to it.
    private static Stream OpenInputOnUnix() =>
        OperatingSystem.IsLinux() && !IsInherited(0) ? throw new IOException("standard input is closed.")
        : Console.IsInputRedirected ? Console.OpenStandardInput()
        : new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    /// <summary>
    /// Whether a descriptor was inherited. If it was closed at the start, the runtime may use its number for a file of its own (random bytes
    /// without an end, or a silent pipe). The runtime marks its own as close-on-exec, and an inherited descriptor has no such mark.
    /// </summary>
    private static bool IsInherited(int descriptor)
    {
        const int O_CLOEXEC = 0x80000;
        const string Flags = "flags:";
        try
        {
            var line = File.ReadLines($"/proc/self/fdinfo/{descriptor}").First(line => line.StartsWith(Flags, StringComparison.Ordinal));
            return (Convert.ToInt32(line[Flags.Length..].Trim(), 8) & O_CLOEXEC) == 0;
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            // The descriptor is closed, or /proc is not mounted: using it gives the error.
            return true;
        }
    }
}
