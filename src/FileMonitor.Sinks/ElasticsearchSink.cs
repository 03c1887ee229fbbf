using System.Buffers;
using System.Text.Json;
using FileMonitor.Sinks.Http;

namespace FileMonitor.Sinks;

/// <summary>
/// Stores each event as a document of Elasticsearch or OpenSearch, by the bulk API: action <c>create</c>, with the event's id as the document's. A batch is taken when each of its documents is stored, or was
/// there before: what is sent again is in the index once.
/// </summary>
/// <remarks>
/// A data stream keeps its ids unique within one backing index only. A document that the index refuses (400, as for a field of another type) fails the batch each time: a best-effort sink drops the batch after its
/// retries, of which the others are stored; a required one waits, and the monitor's health says why. A batch that is too large (413) is sent in halves.
/// </remarks>
/// <example>
/// <code>
/// using FileMonitor;
/// using FileMonitor.Sinks;
/// using Microsoft.Extensions.DependencyInjection;
///
/// services.AddFileMonitor(o => o.AddRoot("/etc")).AddElasticsearch(es =>
/// {
///     es.Uri = new Uri("https://search.example.com:9200");
///     es.GetAuthorization = async token => "ApiKey " + (await File.ReadAllTextAsync("/run/secrets/es", token)).Trim();
/// });
/// </code>
/// </example>
public sealed class ElasticsearchSink : IAuditEventSink, IDisposable
{
    private const int Conflict = 409;

    private readonly ElasticsearchSinkOptions _options;
    private readonly Uri _bulk;
    private readonly HttpDelivery _delivery;
    private readonly ArrayBufferWriter<byte> _body = new(16 * 1024);
    private readonly ArrayBufferWriter<byte> _scratch = new(4096);

    /// <summary>Checks the options. Connects with the first batch.</summary>
    /// <param name="options">The options; copied.</param>
    /// <param name="timeProvider">The clock of pauses. Default: the system's.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">Options are wrong; the message has every mistake.</exception>
    public ElasticsearchSink(ElasticsearchSinkOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionErrors.Throw(options.GetErrors(), nameof(options));
        _options = options.Copy();
        _bulk = new Uri($"{_options.Uri!.AbsoluteUri.TrimEnd('/')}/{_options.Index}/_bulk?filter_path=errors,items.*.status,items.*.error.type");
        _delivery = new HttpDelivery(_options, timeProvider ?? TimeProvider.System);
    }

    /// <inheritdoc />
    /// <exception cref="IOException">The server cannot be reached, does not answer in time, or did not store each event.</exception>
    public Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return _delivery.SendAsync(batch, (first, count, token) => TrySendAsync(batch, first, count, token), cancellationToken);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _delivery.Dispose();

    private async Task<bool> TrySendAsync(IReadOnlyList<AuditEvent> batch, int first, int count, CancellationToken cancellationToken)
    {
        _body.ResetWrittenCount();
        for (var at = first; at < first + count; at++)
        {
            _body.Write(System.Text.Encoding.ASCII.GetBytes($"{{\"create\":{{\"_id\":\"{batch[at].Id}\"}}}}\n"));
            HttpDelivery.Append(_body, _scratch, _options.WriteEvent, batch[at]);
            _body.Write("\n"u8);
        }

        if (await _delivery.PostAsync(_bulk, _body.WrittenMemory, "application/x-ndjson", static _ => { }, cancellationToken).ConfigureAwait(false) is not { } answer)
        {
            return false;
        }

        Check(answer, batch, first, count);
        return true;
    }

    /// <summary>The answer has a result for each document, in order.</summary>
    private static void Check(byte[] answer, IReadOnlyList<AuditEvent> batch, int first, int count)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            if (!document.RootElement.GetProperty("errors").GetBoolean())
            {
                return;
            }

            var items = document.RootElement.GetProperty("items");
            if (items.GetArrayLength() != count)
            {
                throw new IOException(FormattableString.Invariant($"The server answers about {items.GetArrayLength()} documents instead of {count}."));
            }

            var refused = 0;
            var reason = "";
            for (var at = 0; at < count; at++)
            {
                var result = items[at].GetProperty("create");
                var status = result.GetProperty("status").GetInt32();
                if (status is (< 200 or > 299) and not Conflict && refused++ == 0)
                {
                    reason = FormattableString.Invariant($"{batch[first + at].Id} with {status} ({ErrorOf(result)})");
                }
            }

            if (refused > 0)
            {
                throw new IOException(FormattableString.Invariant($"The server did not store {refused} of {count} events, the first {reason}."));
            }
        }
        catch (Exception failed) when (failed is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new IOException("What the server answers is not that of the bulk API.", failed);
        }
    }

    /// <summary>The name of the error, without what does not belong into a name.</summary>
    private static string ErrorOf(JsonElement result) =>
        result.TryGetProperty("error", out var error) && error.TryGetProperty("type", out var type) && type.GetString() is { Length: <= 100 } name && name.All(static one => char.IsAsciiLetterOrDigit(one) || one == '_')
            ? name
            : "no name of an error";
}
