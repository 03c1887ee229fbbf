using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FileMonitor.Schemas.Tests;

/// <summary>The rules of CloudEvents 1.0 for an event in the JSON format: those of its JSON Schema, and of the types of attributes.</summary>
internal static class CloudEventRules
{
    private static readonly string[] Required = ["id", "source", "specversion", "type"];

    public static IReadOnlyList<string> Errors(JsonElement occurrence)
    {
        var errors = Required.Where(name => !occurrence.TryGetProperty(name, out _)).Select(name => $"{name}: required, and not there").ToList();
        foreach (var member in occurrence.EnumerateObject().Where(member => member.Name is not ("data" or "data_base64")))
        {
            errors.AddRange(ErrorsOf(member.Name, member.Value));
        }

        if (occurrence.TryGetProperty("data", out _) && occurrence.TryGetProperty("data_base64", out _))
        {
            errors.Add("data: there is data_base64 as well");
        }

        return errors;
    }

    private static IEnumerable<string> ErrorsOf(string name, JsonElement value)
    {
        if (name.Length is 0 or > 20 || !name.All(one => char.IsAsciiLetterLower(one) || char.IsAsciiDigit(one)))
        {
            yield return $"{name}: no name of an attribute";
        }

        if (value.ValueKind is not JsonValueKind.String)
        {
            yield return $"{name}: no text";
            yield break;
        }

        var text = value.GetString()!;
        if (text.Length == 0)
        {
            yield return $"{name}: empty";
        }

        if (text.EnumerateRunes().Any(rune => Rune.IsControl(rune) || rune.Value is >= 0xFDD0 and <= 0xFDEF || (rune.Value & 0xFFFF) is 0xFFFE or 0xFFFF))
        {
            yield return $"{name}: has characters that are not allowed";
        }

        var isGood = name switch
        {
            "specversion" => text == "1.0",
            "source" => Uri.TryCreate(text, UriKind.Absolute, out _) && text.All(char.IsAscii) && !text.Contains(' ', StringComparison.Ordinal),
            "time" => DateTimeOffset.TryParseExact(text, ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            _ => true,
        };
        if (!isGood)
        {
            yield return $"{name}: {text}";
        }
    }
}
