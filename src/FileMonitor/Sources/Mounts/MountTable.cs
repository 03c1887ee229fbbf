using System.Text;
using FileMonitor.Values;

namespace FileMonitor.Sources.Mounts;

/// <summary>Which file system a path of Linux lies on, read from <c>/proc/self/mountinfo</c> (proc(5)).</summary>
internal sealed class MountTable
{
    private readonly List<Mount> _mounts = [];

    private MountTable()
    {
    }

    /// <summary>All mounts, in the order in which they lie on top of each other.</summary>
    public IReadOnlyList<Mount> Mounts => _mounts;

    /// <summary>Reads the mounts that this process sees; none when they cannot be read.</summary>
    public static MountTable Read()
    {
        try
        {
            // Decoded from bytes: the name of a mount point need not be UTF-8.
            return Parse(PathText.Decode(File.ReadAllBytes("/proc/self/mountinfo")));
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException)
        {
            return new MountTable();
        }
    }

    /// <summary>A line that cannot be understood is left out.</summary>
    public static MountTable Parse(string mountInfo)
    {
        var table = new MountTable();
        foreach (var line in mountInfo.Split('\n'))
        {
            // 36 35 98:0 /of/the/device /mount/point rw,noatime master:1 - ext4 /dev/sda1 rw: how many optional fields there are varies.
            var fields = line.Split(' ');
            var separator = Array.IndexOf(fields, "-", Math.Min(5, fields.Length));
            if (separator > 0 && separator + 1 < fields.Length)
            {
                table._mounts.Add(new Mount(fields[0], Unescape(fields[3]), Unescape(fields[4]), fields[separator + 1]));
            }
        }

        return table;
    }

    /// <summary>The type of the file system of a path; null when no mount holds it.</summary>
    /// <param name="path">Absolute and without links.</param>
    public string? FindType(string path)
    {
        Mount? found = null;
        foreach (var mount in _mounts)
        {
            // Of several mounts at the same place, the last is on top.
            if (Holds(mount.MountPoint, path) && mount.MountPoint.Length >= (found?.MountPoint.Length ?? 0))
            {
                found = mount;
            }
        }

        return found?.Type;
    }

    private static bool Holds(string mountPoint, string path) =>
        mountPoint == "/"
        || (path.StartsWith(mountPoint, StringComparison.Ordinal) && (path.Length == mountPoint.Length || path[mountPoint.Length] == '/'));

    /// <summary>Space, tab, line feed and backslash are written as a backslash and three octal digits.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var text = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && IsOctal(field[i + 1]) && IsOctal(field[i + 2]) && IsOctal(field[i + 3]))
            {
                text.Append((char)(((field[i + 1] - '0') * 64) + ((field[i + 2] - '0') * 8) + (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }

    private static bool IsOctal(char digit) => digit is >= '0' and <= '7';
}

/// <param name="Id">The number of the mount. The kernel reuses numbers.</param>
/// <param name="Top">The directory of the file system that is seen at the mount point: <c>/</c> unless it is a bind mount or a subvolume.</param>
/// <param name="MountPoint">Where it is seen.</param>
/// <param name="Type">The type of the file system.</param>
internal readonly record struct Mount(string Id, string Top, string MountPoint, string Type);
