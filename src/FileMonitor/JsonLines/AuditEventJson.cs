using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace FileMonitor.JsonLines;

/// <summary>
/// The JSON form of an <see cref="AuditEvent"/>: camelCase, enumerations by name, nothing that does not apply. Generated at compile time.
/// </summary>
/// <remarks>
/// An event that is written and read again (<see cref="Parse(ReadOnlySpan{byte})"/>) is the same in every property. JSON does not carry two
/// things: half a surrogate pair in a name on Windows, and bytes that are not UTF-8 in texts for people (<see cref="AuditEvent.Detail"/> and the
/// names of monitor and user). Both become U+FFFD.
/// </remarks>
public static class AuditEventJson
{
    /// <summary>The contract, for a host's own serializer: <c>JsonSerializer.Serialize(value, AuditEventJson.TypeInfo)</c>. For writing only.</summary>
    public static JsonTypeInfo<AuditEvent> TypeInfo => AuditEventJsonContext.Default.AuditEvent;

    /// <summary>One line of JSON, without a line break.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="auditEvent"/> is null.</exception>
    public static string Serialize(AuditEvent auditEvent)
    {
        ArgumentNullException.ThrowIfNull(auditEvent);
        return JsonSerializer.Serialize(auditEvent, TypeInfo);
    }

    /// <summary>Appends one line of JSON and a line feed to <paramref name="output"/> as UTF-8: a record of JSON Lines.</summary>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static void WriteLine(IBufferWriter<byte> output, AuditEvent auditEvent)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(auditEvent);
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true }))
        {
            JsonSerializer.Serialize(writer, auditEvent, TypeInfo);
        }

        output.Write("\n"u8);
    }

    /// <summary>Reads one event as it was written by this version or another one.</summary>
    /// <remarks>
    /// Unknown members are ignored, and so are <c>path</c> and <c>oldPath</c>, which follow from the others. The text is not trusted: a value
    /// that no event can have, a path that leaves its root, and a duplicate member are refused.
    /// </remarks>
    /// <param name="utf8Json">One JSON object; a line of a file of JSON Lines, with or without its line feed.</param>
    /// <exception cref="JsonException">The text is not the JSON of an event. No other exception is thrown, whatever the text.</exception>
    public static AuditEvent Parse(ReadOnlySpan<byte> utf8Json)
    {
        var record = JsonSerializer.Deserialize(utf8Json, AuditEventRecordContext.Default.AuditEventRecord);
        return record?.ToEvent() ?? throw new JsonException("The JSON is null and not an event.");
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    /// <param name="json">One JSON object.</param>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    public static AuditEvent Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return Parse(Encoding.UTF8.GetBytes(json));
    }

    /// <summary>Reads one event; false instead of an exception when the text is not one.</summary>
    /// <param name="utf8Json">One JSON object.</param>
    /// <param name="auditEvent">The event; null when it is none.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8Json, [NotNullWhen(true)] out AuditEvent? auditEvent)
    {
        try
        {
            auditEvent = Parse(utf8Json);
            return true;
        }
        catch (JsonException)
        {
            auditEvent = null;
            return false;
        }
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out AuditEvent?)"/>
    /// <param name="json">One JSON object; null is none.</param>
    /// <param name="auditEvent">The event; null when it is none.</param>
    public static bool TryParse(string? json, [NotNullWhen(true)] out AuditEvent? auditEvent)
    {
        auditEvent = null;
        return json is not null && TryParse(Encoding.UTF8.GetBytes(json), out auditEvent);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(AuditEvent))]
internal sealed partial class AuditEventJsonContext : JsonSerializerContext;
