using System.Buffers;
using System.Text;

namespace FileMonitor.Cli;

/// <summary>
/// A line of GNU sha256sum: 64 digits, two spaces, the name. A name with a backslash, a line feed or a carriage return is escaped, and a
/// backslash before the digits says so; <c>sha256sum --check</c> reads it back.
/// </summary>
internal static class Sha256Line
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create('\\', '\n', '\r');

    /// <param name="output">Takes the line as bytes.</param>
    /// <param name="sha256">64 hexadecimal digits.</param>
    /// <param name="path">The name, in the form that keeps bytes which are not UTF-8.</param>
    /// <param name="forTerminal">Whether characters that act on a terminal are escaped.</param>
    public static void Write(IBufferWriter<byte> output, string sha256, string path, bool forTerminal)
    {
        var name = path;
        if (path.AsSpan().ContainsAny(Escaped))
        {
            output.Write("\\"u8);
            name = path.Replace("\\", @"\\").Replace("\n", @"\n").Replace("\r", @"\r");
        }

        Encoding.ASCII.GetBytes(sha256, output);
        output.Write("  "u8);
        PathBytes.Write(output, forTerminal ? TerminalText.Neutralise(name) : name);
        output.Write("\n"u8);
    }
}
