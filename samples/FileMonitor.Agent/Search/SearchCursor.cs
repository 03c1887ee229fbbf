using System.Buffers.Text;

namespace FileMonitor.Agent.Search;

/// <summary>
/// Where a page of a search ended, in each source: the journals of the monitors in their order, then the buffer. Nothing is repeated and nothing left out while others come. A cursor holds for
/// the same monitors and journals only, and where a monitor has no journal, for the same run of the agent.
/// </summary>
/// <param name="Places">The place in each source of the first event that is not wanted any more.</param>
internal sealed record SearchCursor(IReadOnlyList<long> Places)
{
    /// <summary>Bytes of what names the sources.</summary>
    public const int NameBytes = 8;

    private const int MostBytesOfPlace = 10;

    /// <summary>As text.</summary>
    /// <param name="name">Names the sources.</param>
    public string ToText(ReadOnlySpan<byte> name)
    {
        var bytes = new List<byte>(NameBytes + (Places.Count * 4));
        bytes.AddRange(name);
        foreach (var place in Places)
        {
            var rest = (ulong)place;
            for (; rest >= 0x80; rest >>= 7)
            {
                bytes.Add((byte)(rest | 0x80));
            }

            bytes.Add((byte)rest);
        }

        return Base64Url.EncodeToString([.. bytes]);
    }

    /// <summary>Null when the text is no cursor for so many sources of this name.</summary>
    public static SearchCursor? TryParse(string text, ReadOnlySpan<byte> name, int sources)
    {
        var bytes = new byte[NameBytes + (sources * MostBytesOfPlace)];
        if (!Base64Url.IsValid(text) || Base64Url.GetMaxDecodedLength(text.Length) > bytes.Length || !Base64Url.TryDecodeFromChars(text, bytes, out var length)
            || length < NameBytes || !bytes.AsSpan(0, NameBytes).SequenceEqual(name))
        {
            return null;
        }

        var places = new List<long>();
        for (var at = NameBytes; at < length;)
        {
            if (!TryReadPlace(bytes.AsSpan(0, length), ref at, out var place))
            {
                return null;
            }

            places.Add(place);
        }

        return places.Count == sources ? new(places) : null;
    }

    private static bool TryReadPlace(ReadOnlySpan<byte> bytes, ref int at, out long place)
    {
        var value = 0UL;
        for (var shift = 0; shift < 63 && at < bytes.Length; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                place = (long)value;
                return true;
            }
        }

        place = 0;
        return false;
    }
}
