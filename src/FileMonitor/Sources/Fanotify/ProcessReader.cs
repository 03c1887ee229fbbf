using System.Buffers.Text;
using System.Text;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Fanotify;

/// <summary>Reads the data of a process from <c>/proc</c> (proc(5)). Owner: the source's thread.</summary>
/// <param name="proc">The mount point of the proc file system.</param>
/// <param name="users">The names of users.</param>
internal sealed class ProcessReader(string proc, AccountFile users)
{
    private const int MaxCommandLine = 4096;
    private const int ContainerIdLength = 64;
    private readonly byte[] _buffer = new byte[(MaxCommandLine * 4) + 1];
    private bool _isWaitingForDisk;

    /// <summary>The process; null when there is none with this number, or when it ended during the read and another one has the number now.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="program">The program that it started, if known; used when the link to it cannot be read.</param>
    public Actor? Read(int number, string? program)
    {
        if (StartOf(number) is not { } start)
        {
            return null;
        }

        var executable = ReadLink(number);
        var commandLine = ReadCommandLine(number);
        var user = UserOf(number);
        var container = ReadContainer(number);

        // If the process is still there, all data are of one process.
        return StartOf(number) != start ? null : new Actor
        {
            Confidence = ActorConfidence.Kernel,
            ProcessId = number,
            StartKey = start,
            Executable = executable ?? program,
            CommandLine = commandLine,
            UserId = user,
            UserName = NameOf(user),
            ContainerId = container,
        };
    }

    /// <summary>The name of a user; null when it is not known.</summary>
    public string? NameOf(long? user) => user is { } id ? users.NameOf(id) : null;

    /// <summary>The effective user of a process; null when there is none with this number.</summary>
    public long? UserOf(int number)
    {
        const string Line = "\nUid:";
        var text = Encoding.Latin1.GetString(ReadFile(number, "status"));
        var at = text.IndexOf(Line, StringComparison.Ordinal);

        // The real user id comes first, then the effective one.
        var fields = at < 0 ? [] : text[(at + Line.Length)..].Split('\n')[0].Split('\t', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 1 && long.TryParse(fields[1], out var id) ? id : null;
    }

    /// <summary>When the process began, in clock ticks since the machine started; null when there is none with this number.</summary>
    public long? StartOf(int number)
    {
        const int Field = 22, FirstAfterName = 3;
        var text = ReadFile(number, "stat");

        // The program name is in parentheses and may contain parentheses.
        var end = text.LastIndexOf(") "u8);
        if (end < 0)
        {
            return null;
        }

        text = text[(end + 2)..];
        _isWaitingForDisk = text.StartsWith("D"u8);

        // A zombie counts as ended: nothing else can be read of it.
        if (text.StartsWith("Z"u8) || text.StartsWith("X"u8))
        {
            return null;
        }

        for (var field = FirstAfterName; field < Field; field++)
        {
            var blank = text.IndexOf((byte)' ');
            if (blank < 0)
            {
                return null;
            }

            text = text[(blank + 1)..];
        }

        return Utf8Parser.TryParse(text, out long start, out _) ? start : null;
    }

    /// <summary>The least age of a process; zero when that cannot be read.</summary>
    /// <param name="start">When it began, in clock ticks since the machine started.</param>
    public TimeSpan AgeOf(long start)
    {
        // Both are in hundredths of a second and rounded down: one more may be missing.
        const long PerTick = TimeSpan.TicksPerSecond / 100;
        return Utf8Parser.TryParse(ReadFile("uptime"), out decimal seconds, out _)
            ? TimeSpan.FromTicks(Math.Max(0, (long)(seconds * TimeSpan.TicksPerSecond) - ((start + 1) * PerTick)))
            : TimeSpan.Zero;
    }

    private string? ReadLink(int number)
    {
        var length = LinuxProc.ReadLink($"{proc}/{number}/exe", _buffer);
        return length > 0 ? PathText.Decode(_buffer.AsSpan(0, length)) : null;
    }

    private string? ReadCommandLine(int number)
    {
        // This file is read from the memory of the process, so the read may have to wait for the disk as the process does.
        var bytes = _isWaitingForDisk ? default : ReadFile(number, "cmdline").TrimEnd((byte)0);
        if (bytes.IsEmpty)
        {
            return null;
        }

        var text = PathText.Decode(bytes);
        return (text.Length > MaxCommandLine ? text[..MaxCommandLine] : text).Replace('\0', ' ');
    }

    private string? ReadContainer(int number)
    {
        var groups = ReadFile(number, "cgroup");
        var length = 0;
        for (var i = 0; i <= groups.Length; i++)
        {
            if (i < groups.Length && (char.IsAsciiDigit((char)groups[i]) || groups[i] is >= (byte)'a' and <= (byte)'f'))
            {
                length++;
                continue;
            }

            if (length == ContainerIdLength)
            {
                return Encoding.ASCII.GetString(groups[(i - length)..i]);
            }

            length = 0;
        }

        return null;
    }

    private ReadOnlySpan<byte> ReadFile(int number, string name) => ReadFile($"{number}/{name}");

    private ReadOnlySpan<byte> ReadFile(string name)
    {
        var descriptor = LinuxProc.OpenToRead($"{proc}/{name}");
        if (descriptor < 0)
        {
            return default;
        }

        var length = LinuxContent.Read(descriptor, _buffer, 0);
        LinuxFiles.Close(descriptor);
        return length > 0 ? _buffer.AsSpan(0, length) : default;
    }
}
