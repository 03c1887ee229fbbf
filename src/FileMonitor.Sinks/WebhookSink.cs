using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using FileMonitor.Sinks.Http;

namespace FileMonitor.Sinks;

/// <summary>
/// Posts each batch of events, as an array, to a URI, signed as Standard Webhooks says: <c>webhook-id</c>, <c>webhook-timestamp</c> and <c>webhook-signature</c>. A batch is taken when the receiver answers
/// with a status of success.
/// </summary>
/// <remarks>
/// A batch that is sent again has the same <c>webhook-id</c>, which is also in <c>Idempotency-Key</c>. After a restart events may be in other batches: each has an <c>id</c> of its own, which never changes.
/// A batch that is too large for the receiver (413) is sent in halves. <c>Retry-After</c> is heeded, up to five minutes. No redirection is followed.
/// </remarks>
/// <example>
/// <code>
/// using FileMonitor;
/// using FileMonitor.Sinks;
/// using Microsoft.Extensions.DependencyInjection;
///
/// services.AddFileMonitor(o => o.AddRoot("/srv/inbox")).AddWebhook(hook =>
/// {
///     hook.Uri = new Uri("https://intake.example.com/files");
///     hook.GetSecret = async token => (await File.ReadAllTextAsync("/run/secrets/webhook", token)).Trim();
/// });
/// </code>
/// </example>
public sealed class WebhookSink : IAuditEventSink, IDisposable
{
    private readonly WebhookSinkOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpDelivery _delivery;
    private readonly ArrayBufferWriter<byte> _body = new(16 * 1024);
    private readonly ArrayBufferWriter<byte> _scratch = new(4096);

    /// <summary>Checks the options. Connects with the first batch.</summary>
    /// <param name="options">The options; copied.</param>
    /// <param name="timeProvider">The clock of time stamps and pauses. Default: the system's.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">Options are wrong; the message has every mistake.</exception>
    public WebhookSink(WebhookSinkOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionErrors.Throw(options.GetErrors(), nameof(options));
        _options = options.Copy();
        _time = timeProvider ?? TimeProvider.System;
        _delivery = new HttpDelivery(_options, _time);
    }

    /// <inheritdoc />
    /// <exception cref="IOException">The receiver cannot be reached, does not answer in time, or answers with another status than success; or there is no secret.</exception>
    public Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return _delivery.SendAsync(batch, (first, count, token) => TrySendAsync(batch, first, count, token), cancellationToken);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _delivery.Dispose();

    private async Task<bool> TrySendAsync(IReadOnlyList<AuditEvent> batch, int first, int count, CancellationToken cancellationToken)
    {
        WriteBody(batch, first, count);
        var body = _body.WrittenMemory;
        var id = $"{batch[first].Id:N}-{batch[first + count - 1].Id:N}";
        var signature = await SignAsync(id, body, cancellationToken).ConfigureAwait(false);
        var answer = await _delivery.PostAsync(
            _options.Uri!,
            body,
            _options.ContentType,
            request =>
            {
                request.Headers.Add("webhook-id", id);
                request.Headers.Add("webhook-timestamp", signature.Timestamp);
                request.Headers.Add("webhook-signature", signature.Value);
                request.Headers.Add("Idempotency-Key", id);
            },
            cancellationToken).ConfigureAwait(false);
        return answer is not null;
    }

    private void WriteBody(IReadOnlyList<AuditEvent> batch, int first, int count)
    {
        _body.ResetWrittenCount();
        for (var at = first; at < first + count; at++)
        {
            _body.Write(at == first ? "["u8 : ","u8);
            HttpDelivery.Append(_body, _scratch, _options.WriteEvent, batch[at]);
        }

        _body.Write("]"u8);
    }

    private async ValueTask<(string Timestamp, string Value)> SignAsync(string id, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var secret = await HttpDelivery.AskAsync(_options.GetSecret!, nameof(_options.GetSecret), cancellationToken).ConfigureAwait(false);
        byte[] key;
        try
        {
            key = WebhookSinkOptions.Decode(secret);
        }
        catch (FormatException)
        {
            throw new IOException("GetSecret gave no 24 to 64 bytes as Base64.");
        }

        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var signing = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        signing.AppendData(System.Text.Encoding.ASCII.GetBytes($"{id}.{timestamp}."));
        signing.AppendData(body.Span);
        CryptographicOperations.ZeroMemory(key);
        return (timestamp, "v1," + Convert.ToBase64String(signing.GetHashAndReset()));
    }
}
