using System.Buffers;
using System.Text;

namespace FileMonitor.Cli;

/// <summary>
/// A line of GNU sha256sum: 64 digits, two spaces, the name. A name with a backslash, a line feed or a carriage return is escaped, and a
/// backslash before the digits says so; <c>sha256sum --check</c> reads it back, and so do we.
/// </summary>
internal static class Sha256Line
{
    private const int Digits = 64;

    private static readonly SearchValues<char> Escaped = SearchValues.Create('\\', '\n', '\r');
    private static readonly SearchValues<byte> Hexadecimal = SearchValues.Create("0123456789abcdefABCDEF"u8);

    /// <param name="output">Takes the line as bytes.</param>
    /// <param name="sha256">64 hexadecimal digits.</param>
    /// <param name="path">The name, in the form that keeps bytes which are not UTF-8.</param>
    /// <param name="forTerminal">Whether characters that act on a terminal are escaped.</param>
    public static void Write(IBufferWriter<byte> output, string sha256, string path, bool forTerminal)
    {
        if (path.AsSpan().ContainsAny(Escaped))
        {
            output.Write("\\"u8);
        }

        Encoding.ASCII.GetBytes(sha256, output);
        output.Write("  "u8);
        WriteName(output, path, forTerminal);
        output.Write("\n"u8);
    }

    /// <summary>What became of a listed file: <c>name: OK</c>. A name that is escaped has a backslash before it.</summary>
    public static void WriteResult(IBufferWriter<byte> output, string path, string result, bool forTerminal)
    {
        if (path.AsSpan().ContainsAny(Escaped))
        {
            output.Write("\\"u8);
        }

        WriteName(output, path, forTerminal);
        Encoding.ASCII.GetBytes($": {result}\n", output);
    }

    /// <summary>
    /// Reads a line without its line feed, in the form of <see cref="Write"/>, with an asterisk for the second space (binary), or in that of
    /// <c>sha256sum --tag</c>.
    /// </summary>
    /// <returns>The digits, in lower case, and the name; null when it is no such line.</returns>
    public static (string Sha256, string Path)? Read(ReadOnlySpan<byte> line)
    {
        var isEscaped = line.StartsWith("\\"u8);

        // A list may come from Windows; where a name ends with such a byte, sha256sum escapes it.
        line = (line.EndsWith("\r"u8) ? line[..^1] : line)[(isEscaped ? 1 : 0)..];
        ReadOnlySpan<byte> digits, name;
        if (line.StartsWith("SHA256 ("u8) && line.LastIndexOf(") = "u8) is var end and > 0)
        {
            name = line["SHA256 ("u8.Length..end];
            digits = line[(end + ") = "u8.Length)..];
        }
        else if (line.Length > Digits + 2 && line[Digits] == ' ' && line[Digits + 1] is (byte)' ' or (byte)'*')
        {
            digits = line[..Digits];
            name = line[(Digits + 2)..];
        }
        else
        {
            return null;
        }

        var path = isEscaped ? Unescape(PathBytes.Read(name)) : PathBytes.Read(name);
        return digits.Length == Digits && !digits.ContainsAnyExcept(Hexadecimal) && !name.IsEmpty && path is not null && !path.Contains('\0', StringComparison.Ordinal)
            ? (Encoding.ASCII.GetString(digits).ToLowerInvariant(), path)
            : null;
    }

    private static void WriteName(IBufferWriter<byte> output, string path, bool forTerminal)
    {
        var name = path.AsSpan().ContainsAny(Escaped) ? path.Replace("\\", @"\\").Replace("\n", @"\n").Replace("\r", @"\r") : path;
        PathBytes.Write(output, forTerminal ? TerminalText.Neutralise(name) : name);
    }

    private static string? Unescape(string name)
    {
        var text = new StringBuilder();
        for (var at = 0; at < name.Length; at++)
        {
            if (name[at] != '\\')
            {
                text.Append(name[at]);
                continue;
            }

            var meant = ++at == name.Length ? '\0' : name[at] switch { '\\' => '\\', 'n' => '\n', 'r' => '\r', _ => '\0' };
            if (meant == '\0')
            {
                return null;
            }

            text.Append(meant);
        }

        return text.ToString();
    }
}
