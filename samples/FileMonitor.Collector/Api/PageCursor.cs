using System.Buffers.Binary;
using System.Buffers.Text;

namespace FileMonitor.Collector.Api;

/// <summary>Where a page of events ended. The order is that of time, then journal, then index, which no two records share: pages neither repeat nor leave out a record while others come.</summary>
internal sealed record PageCursor(DateTime OccurredAt, int Journal, long Index)
{
    private const int Bytes = 20;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, OccurredAt.Ticks);
        BinaryPrimitives.WriteInt32BigEndian(bytes[8..], Journal);
        BinaryPrimitives.WriteInt64BigEndian(bytes[12..], Index);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Null when the text is none.</summary>
    public static PageCursor? TryParse(string text)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        if (text.Length != Base64Url.GetEncodedLength(Bytes) || !Base64Url.IsValid(text) || !Base64Url.TryDecodeFromChars(text, bytes, out var written) || written != Bytes)
        {
            return null;
        }

        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
            ? new(new(ticks, DateTimeKind.Utc), BinaryPrimitives.ReadInt32BigEndian(bytes[8..]), BinaryPrimitives.ReadInt64BigEndian(bytes[12..]))
            : null;
    }
}
