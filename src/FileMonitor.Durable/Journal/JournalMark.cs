using System.Globalization;

namespace FileMonitor.Durable.Journal;

/// <summary>How many records a journal had at a time, and the root of the tree over them: by that, whoever kept it finds out whether they are still the same.</summary>
internal sealed record JournalMark(long Size, byte[] Root)
{
    /// <summary>Null when the text is none.</summary>
    public static JournalMark? TryParse(string? text)
    {
        var parts = text?.Split(' ') ?? [];
        Span<byte> root = stackalloc byte[32];
        return parts is [var size, var hash] && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var records) && Convert.TryFromBase64String(hash, root, out var written) && written == root.Length
            ? new(records, root.ToArray())
            : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Size} {Convert.ToBase64String(Root)}");
}
