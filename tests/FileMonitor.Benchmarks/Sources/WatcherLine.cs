using System.Globalization;
using System.Text;

namespace FileMonitor.Benchmarks.Sources;

/// <summary>One line of a watcher. The path is relative to the root; size and stamp are below 0 where the watcher does not say.</summary>
/// <param name="Arrived">When the benchmark had it, on the same clock as <paramref name="Stamp"/>.</param>
/// <param name="Stamp">When the watcher made it.</param>
internal readonly record struct WatcherLine(long Arrived, long Stamp, string Kind, long Size, string Path, string Detail)
{
    /// <summary>What inotifywait calls them, and what everybody else here does.</summary>
    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["CREATE"] = "created",
        ["MODIFY"] = "modified",
        ["CLOSE_WRITE"] = "closed",
        ["ATTRIB"] = "attributes",
        ["DELETE"] = "deleted",
        ["MOVED_FROM"] = "moved_from",
        ["MOVED_TO"] = "moved_to",
        ["DELETE_SELF"] = "deleted_self",
        ["Q_OVERFLOW"] = "overflow",
    };

    /// <summary>Whether it is not about a change but about the watching.</summary>
    public bool IsTrouble => Kind is "overflow" or "gap" or "gap_opened" or "gap_closed" or "other" || Kind.StartsWith("error", StringComparison.Ordinal);

    /// <summary>Every line of what arrived in pieces.</summary>
    public static List<WatcherLine> ParseAll(IEnumerable<(long Arrived, byte[] Bytes)> pieces, string root)
    {
        var lines = new List<WatcherLine>();
        var begun = new List<byte>();
        foreach (var (arrived, bytes) in pieces)
        {
            var rest = bytes.AsSpan();
            for (var end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
            {
                begun.AddRange(rest[..end]);
                lines.Add(Parse(arrived, Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(begun)), root));
                begun.Clear();
                rest = rest[(end + 1)..];
            }

            begun.AddRange(rest);
        }

        return lines;
    }

    private static WatcherLine Parse(long arrived, string text, string root)
    {
        var fields = text.Split('\t');
        if (fields.Length == 6)
        {
            return new(arrived, Number(fields[0]), fields[1], Number(fields[2]), Below(fields[4], root), fields[1] == "renamed" ? Below(fields[5], root) : fields[5]);
        }

        // inotifywait: cookie, kinds, path.
        fields = text.Split('|', 3);
        return fields.Length == 3
            ? new(arrived, -1, Kinds.GetValueOrDefault(fields[1].Split(',')[0], "other"), -1, Below(fields[2], root), fields[0])
            : new(arrived, -1, "error", -1, "", text);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string Below(string path, string root) => path.StartsWith(root, StringComparison.Ordinal) ? path[root.Length..].Trim('/') : path;
}
