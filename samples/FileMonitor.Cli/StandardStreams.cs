using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Cli;

/// <summary>What the process reads from the world around it and writes to it; a test makes its own.</summary>
internal sealed class StandardStreams(Stream output, TextWriter error, Terminal outputTerminal, Terminal errorTerminal)
{
    // EPIPE on Unix, ERROR_BROKEN_PIPE and ERROR_NO_DATA on Windows.
    private static readonly int[] ReaderGone = [32, unchecked((int)0x8007006D), unchecked((int)0x800700E8)];

    /// <summary>Standard output: unbuffered bytes.</summary>
    public Stream Output { get; } = output;

    /// <summary>Standard error: for a person, never for a program.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>Opens standard input. Who was not asked to read it leaves it to others, closed or not.</summary>
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

    /// <summary>Whether a write failed because nobody reads any more, as with <c>| head</c>.</summary>
    public static bool IsReaderGone(IOException error) => ReaderGone.AsSpan().Contains(error.HResult);

    /// <summary>A buffered text over <see cref="Output"/>; nothing is lost with it that was flushed, so that it needs no disposal.</summary>
    public TextWriter CreateText() => new StreamWriter(Output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 16 * 1024, leaveOpen: true);

    /// <summary>One line for a person; what comes from outside is neutralised here, so that no caller forgets it.</summary>
    public void Complain(string message)
    {
        try
        {
            Error.WriteLine($"filemonitor: {TerminalText.Neutralise(message)}");
        }
        catch (IOException)
        {
            // A full disk, or nobody reads any more: there is no other place to say it, and it is no reason to end.
        }
    }

    private static StreamWriter CreateError() =>
        new(Open(2, "standard error"), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };

    private static DescriptorStream Open(int descriptor, string name) => new(OperatingSystem.IsLinux() && !IsInherited(descriptor) ? -1 : descriptor, name);

    // From a terminal as the system gives it: the console's stream would first send escape sequences to it.
    private static Stream OpenInputOnUnix() =>
        OperatingSystem.IsLinux() && !IsInherited(0) ? throw new IOException("standard input is closed.")
        : Console.IsInputRedirected ? Console.OpenStandardInput()
        : new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    /// <summary>
    /// Whether a descriptor is of who started us. Started with it closed, the runtime gets its number for a file of its own (random bytes without an
    /// end, or a pipe in which nothing comes). It marks those as closed by an exec, and what came through one has no such mark.
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
            // It is closed and nothing took its place, or /proc is not mounted: who uses it is told what is wrong.
            return true;
        }
    }
}
