using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace FileMonitor;

/// <summary>
/// The JSON form of an <see cref="AuditEvent"/>: camelCase, enumerations by name, nothing that does not apply. Generated at compile time.
/// </summary>
public static class AuditEventJson
{
    /// <summary>The contract, for a host's own serializer: <c>JsonSerializer.Serialize(value, AuditEventJson.TypeInfo)</c>.</summary>
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
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(AuditEvent))]
internal sealed partial class AuditEventJsonContext : JsonSerializerContext;

/// <summary>Who did it, as an event's JSON says it. Names are written as paths are: U+FFFD for a byte that is not UTF-8, and then the bytes beside.</summary>
internal sealed class ActorJson(Actor actor, bool others)
{
    public ActorConfidence Confidence => actor.Confidence;

    public int? ProcessId => actor.ProcessId;

    public long? StartKey => actor.StartKey;

    public string? Executable => actor.Executable;

    public string? ExecutableBytes => actor.ExecutableBytes;

    public string? CommandLine => actor.CommandLine;

    public string? CommandLineBytes => actor.CommandLineBytes;

    public long? UserId => actor.UserId;

    public string? UserName => actor.UserName;

    public string? ContainerId => actor.ContainerId;

    public bool Others => others;
}
