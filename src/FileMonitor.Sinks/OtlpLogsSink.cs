using System.Buffers;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using FileMonitor.Sinks.Http;
using FileMonitor.Sinks.Otlp;

namespace FileMonitor.Sinks;

/// <summary>
/// Sends each event as one log record by OTLP/HTTP in its JSON encoding, to an OpenTelemetry Collector or another receiver. A batch is taken when the receiver answers with success and refuses no record.
/// docs/events.md has the mapping.
/// </summary>
/// <remarks>
/// An event that is sent again has the same <c>log.record.uid</c>, by which a receiver can know it. A record that the receiver refuses (partial success) fails the batch each time: a best-effort sink drops the
/// batch after its retries, of which the receiver has the others; a required one waits, and the monitor's health says why. A request has at most 4 MiB before compression, unless one event alone has more, and one
/// that is too large for the receiver (413) is sent in halves. A receiver that has taken a batch may still lose it, or sample it: OTLP speaks for the next hop only.
/// </remarks>
/// <example>
/// <code>
/// using FileMonitor;
/// using FileMonitor.Sinks;
/// using Microsoft.Extensions.DependencyInjection;
///
/// services.AddFileMonitor(o => o.AddRoot("/etc")).AddOtlpLogs(otlp => otlp.Uri = new Uri("https://otel.example.com:4318"));
/// </code>
/// </example>
public sealed class OtlpLogsSink : IAuditEventSink, IDisposable
{
    // Receivers take 20 MiB by default, and the gRPC behind some gateways 4.
    private const int LargestRequest = 4 * 1024 * 1024;

    // The body of a record is JSON within JSON. The default encoder writes each of its quotation marks with six characters, for the sake of HTML.
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly OtlpLogsSinkOptions _options;
    private readonly Uri _logs;
    private readonly HttpDelivery _delivery;
    private readonly ArrayBufferWriter<byte> _body = new(16 * 1024);
    private readonly ArrayBufferWriter<byte> _scratch = new(4096);
    private readonly MemoryStream _compressed = new();

    /// <summary>Checks the options. Connects with the first batch.</summary>
    /// <param name="options">The options; copied.</param>
    /// <param name="timeProvider">The clock of pauses. Default: the system's.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">Options are wrong; the message has every mistake.</exception>
    public OtlpLogsSink(OtlpLogsSinkOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionErrors.Throw(options.GetErrors(), nameof(options));
        _options = options.Copy();
        _logs = new Uri(_options.Uri!.AbsoluteUri.TrimEnd('/') + OtlpLogsSinkOptions.LogsPath);
        _delivery = new HttpDelivery(_options, timeProvider ?? TimeProvider.System);
    }

    /// <inheritdoc />
    /// <exception cref="IOException">The receiver cannot be reached, does not answer in time, answers with another status than success or with what is not OTLP, or refuses records.</exception>
    public Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return _delivery.SendAsync(batch, (first, count, token) => TrySendAsync(batch, first, count, token), cancellationToken);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        _delivery.Dispose();
        _compressed.Dispose();
    }

    private async Task<bool> TrySendAsync(IReadOnlyList<AuditEvent> batch, int first, int count, CancellationToken cancellationToken)
    {
        if (!TryWriteRequest(batch, first, count))
        {
            return false;
        }

        var headers = _options.GetHeaders is { } get
            ? await HttpDelivery.AskAsync(get, nameof(_options.GetHeaders), cancellationToken).ConfigureAwait(false)
            : null;
        var body = _options.UseGzip ? Compress() : _body.WrittenMemory;
        if (await _delivery.PostAsync(_logs, body, "application/json", request => AddHeaders(request, headers), cancellationToken).ConfigureAwait(false) is not { } answer)
        {
            return false;
        }

        OtlpAnswer.Check(answer, count);
        return true;
    }

    /// <summary>Writes the request; false when it would be larger than <see cref="LargestRequest"/> and can be divided.</summary>
    private bool TryWriteRequest(IReadOnlyList<AuditEvent> batch, int first, int count)
    {
        _body.ResetWrittenCount();
        using var writer = new Utf8JsonWriter(_body, Writing);
        OtlpRequest.WriteStart(writer, _options.Context);
        for (var at = first; at < first + count; at++)
        {
            _scratch.ResetWrittenCount();
            _options.WriteEvent(_scratch, batch[at]);
            OtlpRecord.Write(writer, batch[at], _scratch.WrittenSpan.TrimEnd((byte)'\n'));
            writer.Flush();
            if (_body.WrittenCount > LargestRequest && count > 1)
            {
                return false;
            }
        }

        OtlpRequest.WriteEnd(writer);
        return true;
    }

    private ReadOnlyMemory<byte> Compress()
    {
        _compressed.SetLength(0);
        using (var gzip = new GZipStream(_compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(_body.WrittenSpan);
        }

        return _compressed.GetBuffer().AsMemory(0, (int)_compressed.Length);
    }

    private void AddHeaders(HttpRequestMessage request, IReadOnlyDictionary<string, string>? headers)
    {
        if (_options.UseGzip)
        {
            request.Content!.Headers.ContentEncoding.Add("gzip");
        }

        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            // Neither the name nor the value is repeated: a secret may be in either.
            if (value is null || value.Any(static one => one is < ' ' or > '~') || !request.Headers.TryAddWithoutValidation(name, value))
            {
                throw new IOException("GetHeaders gave a header that no request can have.");
            }
        }
    }
}
