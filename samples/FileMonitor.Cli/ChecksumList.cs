namespace FileMonitor.Cli;

/// <summary>Reads the lines of a list of checksums, one after the other: a list may be longer than memory, and a line that has no end is none.</summary>
internal static class ChecksumList
{
    // The longest path, with each of its bytes escaped, and the rest of a line.
    private const int LongestLine = 2 * 4096 + 256;

    /// <returns>Each line that is not empty and no comment; null for one that is not of the form.</returns>
    public static IEnumerable<(string Sha256, string Path)?> Read(Stream stream)
    {
        var buffer = new byte[LongestLine + 1];
        var length = 0;
        var isTooLong = false;
        while (true)
        {
            var count = stream.Read(buffer, length, buffer.Length - length);
            length += count;
            var begin = 0;
            while (buffer.AsSpan(begin, length - begin).IndexOf((byte)'\n') is var end and >= 0)
            {
                if (isTooLong || !IsBlank(buffer.AsSpan(begin, end)))
                {
                    yield return isTooLong ? null : Sha256Line.Read(buffer.AsSpan(begin, end));
                }

                isTooLong = false;
                begin += end + 1;
            }

            buffer.AsSpan(begin, length - begin).CopyTo(buffer);
            length -= begin;
            if (count == 0)
            {
                if (isTooLong || !IsBlank(buffer.AsSpan(0, length)))
                {
                    yield return isTooLong ? null : Sha256Line.Read(buffer.AsSpan(0, length));
                }

                yield break;
            }

            if (length == buffer.Length)
            {
                // The rest of it is skipped up to its line feed.
                isTooLong = true;
                length = 0;
            }
        }
    }

    // As sha256sum has it: a line that begins with # is a comment.
    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IsEmpty || line[0] == '#';
}
