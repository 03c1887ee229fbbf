using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using FileMonitor.Values;

namespace FileMonitor.JsonLines;

/// <summary>Checks values of an event's JSON. The member in a message is the name of what is given.</summary>
internal static class RecordValues
{
    /// <summary>Parses an enumeration by its exact name; neither a number nor another case.</summary>
    public static T Name<T>(string? text, [CallerArgumentExpression(nameof(text))] string member = "")
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (value.ToString() == text)
            {
                return value;
            }
        }

        throw Wrong(member, "is not known; a newer version may have written it.");
    }

    /// <summary>Parses an enumeration of flags from the exact names, separated by a comma and a blank; null for null.</summary>
    public static T? NamesOf<T>(string? text, [CallerArgumentExpression(nameof(text))] string member = "")
        where T : struct, Enum =>
        text is null ? null : (T)Enum.ToObject(typeof(T), text.Split(", ").Aggregate(0, (all, name) => all | Convert.ToInt32(Name<T>(name, member), CultureInfo.InvariantCulture)));

    public static long NotNegative(long value, [CallerArgumentExpression(nameof(value))] string member = "") =>
        value >= 0 ? value : throw Wrong(member, "is negative.");

    public static long? NotNegative(long? value, [CallerArgumentExpression(nameof(value))] string member = "") =>
        value is null ? null : NotNegative(value.Value, member);

    /// <summary>A name with its bytes, which are given because they are not UTF-8. Both must be the same name.</summary>
    public static string WithBytes(string? text, byte[]? bytes, [CallerArgumentExpression(nameof(text))] string member = "")
    {
        if (bytes is null)
        {
            return text!;
        }

        // Otherwise a reader of the text and a reader of the bytes would see two different events.
        var name = PathText.Decode(bytes);
        return PathText.BytesIfNotUtf8(name) is not null && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name)) == text
            ? name
            : throw Wrong(member, "and its bytes are not the same name.");
    }

    // Without the value, which is hostile and may be long.
    public static JsonException Wrong(string member, string why) => new($"{JsonNamingPolicy.CamelCase.ConvertName(member)} {why}");
}
