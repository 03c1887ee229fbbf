using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace FileMonitor.Values;

/// <summary>Formats a POSIX access control list as the kernel keeps it: <c>user::rw-,user:1000:rwx,group::r--,mask::rwx,other::r--</c>.</summary>
internal static class PosixAcl
{
    private const int Version = 2;
    private const int HeaderBytes = 4;
    private const int EntryBytes = 8;

    /// <summary>Null when the bytes are not such a list.</summary>
    public static string? Format(ReadOnlySpan<byte> value)
    {
        if (value.Length < HeaderBytes || (value.Length - HeaderBytes) % EntryBytes != 0 || BinaryPrimitives.ReadUInt32LittleEndian(value) != Version)
        {
            return null;
        }

        var text = new StringBuilder();
        for (var rest = value[HeaderBytes..]; !rest.IsEmpty; rest = rest[EntryBytes..])
        {
            var (tag, mode, id) = (BinaryPrimitives.ReadUInt16LittleEndian(rest), BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]), BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]));
            var (who, hasId) = tag switch
            {
                0x01 => ("user", false),
                0x02 => ("user", true),
                0x04 => ("group", false),
                0x08 => ("group", true),
                0x10 => ("mask", false),
                0x20 => ("other", false),
                _ => ("", false),
            };
            if (who.Length == 0 || mode > 7)
            {
                return null;
            }

            text.Append(text.Length == 0 ? "" : ",").Append(who).Append(':');
            _ = hasId ? text.Append(CultureInfo.InvariantCulture, $"{id}") : text;
            text.Append(':').Append((mode & 4) != 0 ? 'r' : '-').Append((mode & 2) != 0 ? 'w' : '-').Append((mode & 1) != 0 ? 'x' : '-');
        }

        return text.ToString();
    }
}
