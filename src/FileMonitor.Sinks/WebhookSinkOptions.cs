using System.Buffers;
using System.Net.Http.Headers;
using FileMonitor.JsonLines;

namespace FileMonitor.Sinks;

/// <summary>The options of a <see cref="WebhookSink"/>. Validated and copied when the sink is created.</summary>
public sealed class WebhookSinkOptions : HttpSinkOptions
{
    private const string SecretPrefix = "whsec_";

    /// <summary>The default options.</summary>
    public WebhookSinkOptions()
        : this(new TlsOptions(), AuditEventJson.WriteLine)
    {
    }

    private WebhookSinkOptions(TlsOptions tls, Action<IBufferWriter<byte>, AuditEvent> writeEvent)
        : base(tls, writeEvent)
    {
    }

    /// <summary>
    /// Gives the secret by which requests are signed, before each request: 24 to 64 bytes as Base64, with or without <c>whsec_</c> before it. Required. May throw; then the batch fails, and the message of the
    /// exception is in no log.
    /// </summary>
    public Func<CancellationToken, ValueTask<string>>? GetSecret { get; set; }

    /// <summary>The media type of the body, an array of events. Default <c>application/json</c>; for CloudEvents <c>application/cloudevents-batch+json</c>.</summary>
    public string ContentType { get; set; } = "application/json";

    internal WebhookSinkOptions Copy()
    {
        var copy = new WebhookSinkOptions(Tls.Copy(), WriteEvent) { GetSecret = GetSecret, ContentType = ContentType };
        CopyTo(copy);
        return copy;
    }

    /// <exception cref="FormatException">It is no such secret.</exception>
    internal static byte[] Decode(string secret)
    {
        var key = Convert.FromBase64String(secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret);
        return key.Length is >= 24 and <= 64 ? key : throw new FormatException();
    }

    private protected override void AddErrors(OptionErrors errors)
    {
        base.AddErrors(errors);
        errors.Check(GetSecret is not null, "GetSecret is null: without a signature a receiver cannot know who sent the events.");
        errors.Check(MediaTypeHeaderValue.TryParse(ContentType, out _), "ContentType is no media type.");
    }
}
