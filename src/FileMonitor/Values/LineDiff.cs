using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace FileMonitor.Values;

/// <summary>What differs between two texts, line by line, as a unified diff. Work and memory are bounded, whatever the texts are.</summary>
internal static class LineDiff
{
    private const int ContextLines = 3;

    // The search takes as many steps as the square of this. What has more differences is told as one block: all old lines, then all new ones.
    private const int MostEdits = 256;

    private const string Cut = "\\ The diff goes on; it was cut off here.\n";

    /// <param name="before">The old text.</param>
    /// <param name="after">The new text.</param>
    /// <param name="mostCharacters">Where the result would be longer, it is cut off after a whole line, and its last line says so.</param>
    /// <returns>Hunks with up to three unchanged lines around each change, without the two lines that name files; empty when the texts are equal.</returns>
    public static string Unified(string before, string after, int mostCharacters)
    {
        var (old, now) = (LinesOf(before), LinesOf(after));
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var (isRemoved, isAdded) = Compare(Number(old, numbers), Number(now, numbers));
        var text = new DiffText(mostCharacters);
        var (at, to) = (0, 0);
        while (NextChange(isRemoved, isAdded, ref at, ref to))
        {
            var (from, into) = (Math.Max(0, at - ContextLines), Math.Max(0, to - ContextLines));
            var (end, endInto) = EndOfHunk(isRemoved, isAdded, at, to);
            var hunk = new Hunk(from, end, into, endInto);
            if (!text.Append(hunk, old, now, isRemoved, isAdded))
            {
                break;
            }

            (at, to) = (end, endInto);
        }

        return text.ToString();
    }

    /// <summary>The lines with their line feeds; the last one may have none.</summary>
    private static List<string> LinesOf(string text)
    {
        var lines = new List<string>();
        for (var from = 0; from < text.Length;)
        {
            var feed = text.IndexOf('\n', from);
            var end = feed < 0 ? text.Length : feed + 1;
            lines.Add(text[from..end]);
            from = end;
        }

        return lines;
    }

    private static int[] Number(List<string> lines, Dictionary<string, int> numbers)
    {
        var numbered = new int[lines.Count];
        for (var at = 0; at < numbered.Length; at++)
        {
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, lines[at], out var isKnown);
            number = isKnown ? number : numbers.Count;
            numbered[at] = number;
        }

        return numbered;
    }

    /// <summary>Which lines are removed, and which are added.</summary>
    private static (bool[] Removed, bool[] Added) Compare(ReadOnlySpan<int> old, ReadOnlySpan<int> now)
    {
        var (removed, added) = (new bool[old.Length], new bool[now.Length]);
        var start = old.CommonPrefixLength(now);
        var end = 0;
        while (end < Math.Min(old.Length, now.Length) - start && old[^(end + 1)] == now[^(end + 1)])
        {
            end++;
        }

        var oldMiddle = removed.AsSpan(start..^end);
        var nowMiddle = added.AsSpan(start..^end);
        if (Search(old[start..^end], now[start..^end]) is { } trace)
        {
            Mark(trace, oldMiddle, nowMiddle);
        }
        else
        {
            oldMiddle.Fill(true);
            nowMiddle.Fill(true);
        }

        return (removed, added);
    }

    /// <summary>
    /// The greedy search of E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986): for each number of differences, how far into the old lines each
    /// diagonal gets.
    /// </summary>
    /// <returns>The reach of the diagonals before each step; null when there are too many differences.</returns>
    private static List<int[]>? Search(ReadOnlySpan<int> old, ReadOnlySpan<int> now)
    {
        var most = Math.Min(old.Length + now.Length, MostEdits);
        var reach = new int[(2 * most) + 2];
        var trace = new List<int[]>();
        for (var edits = 0; edits <= most; edits++)
        {
            trace.Add([.. reach]);
            for (var diagonal = -edits; diagonal <= edits; diagonal += 2)
            {
                var at = IsAddition(reach, diagonal, edits, most) ? reach[diagonal + 1 + most] : reach[diagonal - 1 + most] + 1;
                while (at < old.Length && at - diagonal < now.Length && old[at] == now[at - diagonal])
                {
                    at++;
                }

                reach[diagonal + most] = at;
                if (at >= old.Length && at - diagonal >= now.Length)
                {
                    return trace;
                }
            }
        }

        return null;
    }

    private static bool IsAddition(int[] reach, int diagonal, int edits, int most) =>
        diagonal == -edits || (diagonal != edits && reach[diagonal - 1 + most] < reach[diagonal + 1 + most]);

    /// <summary>Goes the way of the search back from the end.</summary>
    private static void Mark(List<int[]> trace, Span<bool> removed, Span<bool> added)
    {
        var (at, to) = (removed.Length, added.Length);
        for (var edits = trace.Count - 1; edits > 0; edits--)
        {
            var reach = trace[edits];
            var most = (reach.Length - 2) / 2;
            var diagonal = at - to;
            var previous = IsAddition(reach, diagonal, edits, most) ? diagonal + 1 : diagonal - 1;
            at = reach[previous + most];
            to = at - previous;
            if (previous > diagonal)
            {
                added[to] = true;
            }
            else
            {
                removed[at] = true;
            }
        }
    }

    private static bool NextChange(bool[] removed, bool[] added, ref int at, ref int to)
    {
        while (at < removed.Length || to < added.Length)
        {
            if (IsChanged(removed, at) || IsChanged(added, to))
            {
                return true;
            }

            (at, to) = (at + 1, to + 1);
        }

        return false;
    }

    private static bool IsChanged(bool[] changed, int line) => line < changed.Length && changed[line];

    /// <summary>The end of the hunk that begins with this change: unchanged lines that are few enough do not end it.</summary>
    private static (int End, int EndInto) EndOfHunk(bool[] removed, bool[] added, int at, int to)
    {
        var unchanged = 0;
        while (unchanged <= 2 * ContextLines && (at < removed.Length || to < added.Length))
        {
            if (IsChanged(removed, at))
            {
                (at, unchanged) = (at + 1, 0);
            }
            else if (IsChanged(added, to))
            {
                (to, unchanged) = (to + 1, 0);
            }
            else
            {
                (at, to, unchanged) = (at + 1, to + 1, unchanged + 1);
            }
        }

        var over = Math.Max(0, unchanged - ContextLines);
        return (at - over, to - over);
    }

    private readonly record struct Hunk(int From, int End, int Into, int EndInto);

    /// <summary>The text of a diff while it is written.</summary>
    private sealed class DiffText(int most)
    {
        private readonly StringBuilder _text = new();

        /// <returns>False when the text was cut off.</returns>
        public bool Append(Hunk hunk, List<string> old, List<string> now, bool[] removed, bool[] added)
        {
            if (!Append(string.Create(CultureInfo.InvariantCulture, $"@@ -{Range(hunk.From, hunk.End)} +{Range(hunk.Into, hunk.EndInto)} @@\n")))
            {
                return false;
            }

            var (at, to) = (hunk.From, hunk.Into);
            while (at < hunk.End || to < hunk.EndInto)
            {
                var isWritten = at < hunk.End && removed[at] ? Append('-', old[at++])
                    : to < hunk.EndInto && added[to] ? Append('+', now[to++])
                    : Append(' ', old[at++]) && ++to > 0;
                if (!isWritten)
                {
                    return false;
                }
            }

            return true;
        }

        public override string ToString() => _text.ToString();

        // As diff -u writes it: counted from 1, and of an empty range the line before it.
        private static string Range(int from, int end) => string.Create(CultureInfo.InvariantCulture, $"{(end == from ? from : from + 1)}{(end - from == 1 ? "" : "," + (end - from))}");

        private bool Append(char mark, string line) => Append(line.EndsWith('\n') ? mark + line : $"{mark}{line}\n\\ No newline at end of file\n");

        private bool Append(string lines)
        {
            if (_text.Length + lines.Length > most)
            {
                _text.Append(Cut);
                return false;
            }

            _text.Append(lines);
            return true;
        }
    }
}
