using System.Globalization;
using System.Text.Json;

namespace FileMonitor.Schemas.Writing;

/// <summary>Members of an object that are left out when there is nothing to say.</summary>
internal static class Members
{
    extension(Utf8JsonWriter writer)
    {
        /// <summary>A text; left out when it is null or empty. The writer escapes it, with U+FFFD for half a surrogate pair and for a byte that is not UTF-8.</summary>
        public void WriteText(ReadOnlySpan<byte> name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                writer.WriteString(name, value);
            }
        }

        public void WriteText(ReadOnlySpan<byte> name, ReadOnlySpan<char> value)
        {
            if (!value.IsEmpty)
            {
                writer.WriteString(name, value);
            }
        }

        public void WriteInteger(ReadOnlySpan<byte> name, long? value)
        {
            if (value is { } number)
            {
                writer.WriteNumber(name, number);
            }
        }

        /// <summary>A number in a place where the schema has a text.</summary>
        public void WriteDigits(ReadOnlySpan<byte> name, long? value)
        {
            if (value is { } number)
            {
                writer.WriteString(name, number.ToString(CultureInfo.InvariantCulture));
            }
        }

        public void WriteTime(ReadOnlySpan<byte> name, DateTimeOffset? value)
        {
            if (value is { } time)
            {
                writer.WriteString(name, time);
            }
        }

        public void WriteMilliseconds(ReadOnlySpan<byte> name, DateTimeOffset? value)
        {
            if (value is { } time)
            {
                writer.WriteNumber(name, time.ToUnixTimeMilliseconds());
            }
        }

        /// <summary>Permission bits as <c>chmod</c> takes them: <c>0640</c>.</summary>
        public void WriteMode(ReadOnlySpan<byte> name, int? mode)
        {
            if (mode is { } bits)
            {
                writer.WriteString(name, Convert.ToString(bits, 8).PadLeft(4, '0'));
            }
        }
    }
}
