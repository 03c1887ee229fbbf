using System.Globalization;
using System.Text.Json;

namespace FileMonitor.Sinks.Otlp;

/// <summary>What a receiver answers with a status of success: <c>ExportLogsServiceResponse</c> in JSON.</summary>
internal static class OtlpAnswer
{
    private const int LongestMessage = 200;

    /// <exception cref="IOException">Records were refused, or the answer is none of OTLP.</exception>
    public static void Check(ReadOnlyMemory<byte> answer, int count)
    {
        // Some receivers write a message without fields as nothing at all.
        if (answer.IsEmpty)
        {
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(answer);
            if (Member(document.RootElement, "partialSuccess", "partial_success") is { } partial
                && Member(partial, "rejectedLogRecords", "rejected_log_records") is { } rejected && NumberOf(rejected) is not 0 and var refused)
            {
                throw new IOException(FormattableString.Invariant($"The receiver refused {refused} of {count} log records: {MessageOf(partial)}"));
            }
        }
        catch (Exception failed) when (failed is JsonException or InvalidOperationException or FormatException)
        {
            // Success is not believed of a page that a proxy made.
            throw new IOException("What the receiver answers is not that of OTLP.", failed);
        }
    }

    /// <summary>A member, by its name in OTLP's JSON, or by the one in the definition of the protocol, which some libraries write. Null when it is not there or null.</summary>
    private static JsonElement? Member(JsonElement of, string name, string definedName) =>
        (of.TryGetProperty(name, out var member) || of.TryGetProperty(definedName, out member)) && member.ValueKind != JsonValueKind.Null ? member : null;

    /// <summary>An integer of 64 bits is a text in this JSON; a number is good, too.</summary>
    private static long NumberOf(JsonElement number) =>
        number.ValueKind != JsonValueKind.String ? number.GetInt64()
        : long.TryParse(number.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value
        : throw new FormatException();

    /// <summary>The beginning of what the receiver says of it. It may repeat a file's name, so only what cannot act on a terminal is left as it is.</summary>
    private static string MessageOf(JsonElement partial)
    {
        var message = Member(partial, "errorMessage", "error_message")?.GetString();
        return string.IsNullOrEmpty(message)
            ? "it does not say why."
            : $"\"{string.Concat(message.Take(LongestMessage).Select(static one => one is >= ' ' and <= '~' and not '"' ? one : '?'))}\".";
    }
}
