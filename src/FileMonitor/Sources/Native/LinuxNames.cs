using System.Runtime.InteropServices;
using FileMonitor.Values;

namespace FileMonitor.Sources.Native;

/// <summary>The system calls that return names as bytes: directory entries and link targets. Return values as in <see cref="LinuxFiles"/>.</summary>
internal static unsafe partial class LinuxNames
{
    // The number of the system call depends on the architecture.
    private static readonly int SYS_getdents64 = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 217,
        Architecture.Ppc64le => 202,
        Architecture.S390x => 220,
        _ => 61,
    };

    /// <summary>Fills the buffer with entries as the kernel writes them (<see cref="LinuxDirectoryEntries"/>); 0 at the end.</summary>
    public static int ReadEntries(int directory, Span<byte> buffer)
    {
        fixed (byte* first = buffer)
        {
            return (int)syscall(SYS_getdents64, directory, (nint)first, buffer.Length, 0);
        }
    }

    /// <summary>Reads the target of a link; the path is empty for a link that is open itself.</summary>
    public static int ReadLink(int directory, ReadOnlySpan<byte> path, Span<byte> target)
    {
        fixed (byte* first = path)
        fixed (byte* result = target)
        {
            return (int)readlinkat(directory, first, result, (nuint)target.Length);
        }
    }

    /// <summary>The path with every link, dot and double dot resolved; null when it cannot be.</summary>
    public static string? Resolve(ReadOnlySpan<byte> path)
    {
        fixed (byte* first = path)
        {
            var resolved = realpath(first, null);
            if (resolved is null)
            {
                return null;
            }

            var text = PathText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(resolved));
            NativeMemory.Free(resolved);
            return text;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readlinkat(int directory, byte* path, byte* target, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial byte* realpath(byte* path, byte* resolved);

    // Variadic in C, but it passes its registers on unchanged, and on 64 bits a plain call puts the arguments there.
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth);
}
