using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Files;

/// <summary>The directory of a journal: its names, and how files come into being in it. Stateless, for any thread.</summary>
internal sealed class JournalDirectory(string path, IJournalDevice device)
{
    public const string LockName = "journal.lock";
    public const string FirstKeyName = "journal.pub";
    public const string KeyName = "journal.key";
    public const string NextKeyName = "journal.key.next";
    public const string KeyLinksName = "journal.keys";

    private const string SegmentExtension = ".ndjson";
    private const string CheckpointExtension = ".checkpoint";
    private const string Unfinished = ".new";
    private const int Digits = 12;

    public const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateDirectory = PrivateFile | UnixFileMode.UserExecute;
    private const UnixFileMode OfOthers =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public IJournalDevice Device { get; } = device;

    public static string SegmentName(long firstIndex) => firstIndex.ToString("D12", CultureInfo.InvariantCulture) + SegmentExtension;

    public static string CheckpointsName(long firstIndex) => firstIndex.ToString("D12", CultureInfo.InvariantCulture) + CheckpointExtension;

    /// <summary>Makes it when it is missing, for its owner only.</summary>
    /// <exception cref="IOException">It cannot be made, or others than its owner may use it.</exception>
    public void Create()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path);
            return;
        }

        if (!Directory.Exists(Path))
        {
            Directory.CreateDirectory(Path, PrivateDirectory);
            if (System.IO.Path.GetDirectoryName(Path) is { } parent)
            {
                Device.FlushDirectory(parent);
            }
        }

        if ((File.GetUnixFileMode(Path) & OfOthers) != 0)
        {
            throw new IOException($"{Path} may be used by others than its owner, and holds the key of the journal; give it the mode 0700.");
        }
    }

    /// <summary>The index of the first record of each segment, ascending.</summary>
    public IReadOnlyList<long> Segments() => Numbers(SegmentExtension);

    /// <summary>The same of the files of checkpoints.</summary>
    public IReadOnlyList<long> Checkpoints() => Numbers(CheckpointExtension);

    public bool Has(string name) => File.Exists(PathOf(name));

    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="IOException">It cannot be opened, or is no regular file.</exception>
    public SafeFileHandle OpenToRead(string name) =>
        UnixCalls.IsSupported
            ? UnixCalls.Open(PathOf(name), UnixCalls.O_RDONLY, 0)
            : File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    public SafeFileHandle OpenToWrite(string name) =>
        UnixCalls.IsSupported
            ? UnixCalls.Open(PathOf(name), UnixCalls.O_RDWR, 0)
            : File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>A small file as a whole.</summary>
    /// <exception cref="IOException">It cannot be read, or is longer.</exception>
    public byte[] ReadAll(string name, int mostBytes)
    {
        using var file = OpenToRead(name);
        var length = RandomAccess.GetLength(file);
        if (length > mostBytes)
        {
            throw new IOException($"{PathOf(name)} has {length} bytes, more than the {mostBytes} that it can have.");
        }

        var bytes = new byte[length];
        return bytes[..ReadFully(file, bytes, 0)];
    }

    /// <summary>
    /// Makes a file that appears under its name only when all of it is on the device, in place of one that has the name. The handle stays open to
    /// append. Whatever fails, no file appears, unless only the name could not be made to last.
    /// </summary>
    public SafeFileHandle Publish(string name, Action<SafeFileHandle> write)
    {
        var unfinished = PathOf(name + Unfinished);
        File.Delete(unfinished);
        var file = UnixCalls.IsSupported
            ? UnixCalls.Open(unfinished, UnixCalls.O_RDWR | UnixCalls.O_CREAT | UnixCalls.O_EXCL, PrivateFile)
            : File.OpenHandle(unfinished, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            write(file);
            Device.Flush(file);
            File.Move(unfinished, PathOf(name), overwrite: true);
            Device.FlushDirectory(Path);
            return file;
        }
        catch
        {
            file.Dispose();
            File.Delete(unfinished);
            throw;
        }
    }

    public void Publish(string name, ReadOnlyMemory<byte> content) => Publish(name, file => Device.Write(file, content.Span, 0)).Dispose();

    public void Move(string from, string to)
    {
        File.Move(PathOf(from), PathOf(to), overwrite: true);
        Device.FlushDirectory(Path);
    }

    /// <summary>Deletes a segment. Its checkpoints go last: without it they are only an orphan.</summary>
    public void DeleteSegment(long first)
    {
        Delete(SegmentName(first));
        Delete(CheckpointsName(first));
    }

    /// <summary>What has no such file is content.</summary>
    public void Delete(string name) => File.Delete(PathOf(name));

    public DateTimeOffset LastWritten(string name) => new(File.GetLastWriteTimeUtc(PathOf(name)), TimeSpan.Zero);

    public string PathOf(string name) => System.IO.Path.Join(Path, name);

    public static int ReadFully(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        var read = 0;
        while (read < bytes.Length && RandomAccess.Read(file, bytes[read..], offset + read) is var count and > 0)
        {
            read += count;
        }

        return read;
    }

    private List<long> Numbers(string extension)
    {
        var numbers = new List<long>();
        foreach (var file in Directory.EnumerateFileSystemEntries(Path))
        {
            var name = System.IO.Path.GetFileName(file.AsSpan());
            if (name.Length == Digits + extension.Length
                && name.EndsWith(extension, StringComparison.Ordinal)
                && long.TryParse(name[..Digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }
}
