using System.Buffers;
using FileMonitor.Output;

namespace FileMonitor.JsonLines;

/// <summary>The options of a <see cref="JsonLinesFileSink"/>. Validated and copied when the sink is created.</summary>
public sealed class JsonLinesFileSinkOptions
{
    /// <summary>
    /// A batch that would make the file larger than this begins a new file. In bytes, from 0; default 104,857,600 (100 MiB); 0 for one file that grows
    /// for ever. A batch is never split over two files, so a file is larger only when a single batch is.
    /// </summary>
    public long MaxFileBytes { get; set; } = 100L * 1024 * 1024;

    /// <summary>
    /// How many files are kept, the one being written included. Range 1 to 1,000, default 10. When one more is needed <b>the oldest is deleted</b>;
    /// with 1 nothing older than the present file is kept. Files beyond this number that an earlier configuration left are not touched.
    /// </summary>
    public int MaxFiles { get; set; } = 10;

    /// <summary>
    /// Whether each batch is forced to the device (fsync) before it counts as written. Default true: written events survive a loss of power.
    /// With false they survive a crash of the process but not of the machine; data are forced out when the monitor stops and when a file is
    /// rotated.
    /// </summary>
    public bool FlushToDisk { get; set; } = true;

    /// <summary>
    /// Permissions of a file that the sink creates, on Unix, whatever the umask; without effect on Windows. Default 0600: only the owner reads
    /// an audit trail. At least reading and writing for the owner, and at most reading and writing for others. An existing file keeps its
    /// permissions until it is rotated.
    /// </summary>
    public UnixFileMode FileMode { get; set; } = OutputFile.PrivateFile;

    /// <summary>
    /// Permissions of directories that the sink creates, on Unix, whatever the umask; without effect on Windows. Default 0700. At least
    /// everything for the owner. Existing directories keep theirs; anyone who may write to one can rename and delete the files in it.
    /// </summary>
    public UnixFileMode DirectoryMode { get; set; } = OutputFile.PrivateDirectory;

    /// <summary>
    /// How one event becomes a line. Default <see cref="AuditEventJson.WriteLine"/>; the package FileMonitor.Schemas has others. It appends one JSON object and a line
    /// feed, with no line feed before: after a crash, the next open takes a last line that is not whole for the beginning of one. It is called by one thread at a
    /// time; when it throws, no event of the batch is written. <see cref="AuditEventJson.Parse(string)"/> reads only what the default writes.
    /// </summary>
    public Action<IBufferWriter<byte>, AuditEvent> WriteLine { get; set; } = AuditEventJson.WriteLine;

    /// <summary>Everything that is wrong with these options, one sentence each with the value and the way out; empty when they are good.</summary>
    public IReadOnlyList<string> GetErrors()
    {
        var errors = new List<string>();
        if (MaxFileBytes < 0)
        {
            errors.Add($"MaxFileBytes ({MaxFileBytes}) is negative; give a size in bytes, or 0 for a file that is never rotated.");
        }

        if (MaxFiles is < 1 or > 1_000)
        {
            errors.Add($"MaxFiles ({MaxFiles}) is outside 1 to 1000; it counts the file being written.");
        }

        if ((FileMode & OutputFile.PrivateFile) != OutputFile.PrivateFile || ((int)FileMode & ~0b110_110_110) != 0)
        {
            errors.Add($"FileMode ({Octal(FileMode)}) does not fit a log: give the owner reading and writing (0600), and others at most the same (0666).");
        }

        if ((DirectoryMode & OutputFile.PrivateDirectory) != OutputFile.PrivateDirectory || ((int)DirectoryMode & ~0b111_111_111) != 0)
        {
            errors.Add($"DirectoryMode ({Octal(DirectoryMode)}) does not fit a directory of logs: give the owner everything (0700), and others at most the same (0777).");
        }

        if (WriteLine is null)
        {
            errors.Add("WriteLine is null; leave it as it is for the JSON of this library.");
        }

        return errors;
    }

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0');
}
