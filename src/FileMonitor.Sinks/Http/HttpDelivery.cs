using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;

namespace FileMonitor.Sinks.Http;

/// <summary>Sends requests to one receiver, and judges the answers by their status. One caller at a time.</summary>
internal sealed class HttpDelivery : IDisposable
{
    private const long LongestAnswer = 16 * 1024 * 1024;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly HttpClient _client;
    private readonly HttpSinkOptions _options;
    private readonly TimeProvider _time;
    private readonly string _receiver;
    private DateTimeOffset _notBefore;

    public HttpDelivery(HttpSinkOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _receiver = options.Uri!.GetLeftPart(UriPartial.Authority);
        _client = new HttpClient(options.CreateHandler?.Invoke() ?? NewHandler(options), disposeHandler: true)
        {
            // Each request has a limit of its own.
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = LongestAnswer,
        };
    }

    /// <summary>Sends the body, with the headers that <paramref name="addHeaders"/> adds to the request.</summary>
    /// <returns>The answer, with a status of success; null when the receiver says that the body is too large.</returns>
    /// <exception cref="IOException">It cannot be reached, does not answer in time, or answers with another status.</exception>
    public async Task<byte[]?> PostAsync(Uri uri, ReadOnlyMemory<byte> body, string contentType, Action<HttpRequestMessage> addHeaders, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.Timeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new ReadOnlyMemoryContent(body) };
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
            if (_options.GetAuthorization is { } get)
            {
                request.Headers.TryAddWithoutValidation("Authorization", await AskAsync(get, nameof(_options.GetAuthorization), limit.Token).ConfigureAwait(false));
            }

            addHeaders(request);
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead, limit.Token).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
            {
                return await answer.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false);
            }

            NotePause(answer.Headers.RetryAfter);
            return answer.StatusCode == HttpStatusCode.RequestEntityTooLarge
                ? null
                : throw new IOException(FormattableString.Invariant($"{_receiver} answers {(int)answer.StatusCode}."));
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{_receiver} did not answer within {_options.Timeout}.", late);
        }
        catch (HttpRequestException failed)
        {
            throw new IOException($"{_receiver} cannot be reached: {failed.Message}", failed);
        }
    }

    /// <summary>Sends a batch, in halves where the receiver says that it is too large, after the pause that the receiver asked for.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="trySendAsync">Sends some of it, from an index on, so many; false when they are too large.</param>
    /// <param name="cancellationToken">Ends the wait and the sending.</param>
    /// <exception cref="IOException">Not all of it was taken.</exception>
    public async Task SendAsync(IReadOnlyList<AuditEvent> batch, Func<int, int, CancellationToken, Task<bool>> trySendAsync, CancellationToken cancellationToken)
    {
        await WaitForTurnAsync(cancellationToken).ConfigureAwait(false);
        await SendPartAsync(0, batch.Count).ConfigureAwait(false);

        async Task SendPartAsync(int first, int count)
        {
            if (await trySendAsync(first, count, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            if (count == 1)
            {
                throw new IOException($"The event {batch[first].Id} alone is too large for {_receiver}.");
            }

            await SendPartAsync(first, count / 2).ConfigureAwait(false);
            await SendPartAsync(first + (count / 2), count - (count / 2)).ConfigureAwait(false);
        }
    }

    /// <summary>Asks the host for something secret. What it throws is not repeated, because the secret may be in it.</summary>
    /// <exception cref="IOException">It threw, or gave nothing.</exception>
    public static async ValueTask<T> AskAsync<T>(Func<CancellationToken, ValueTask<T>> get, string name, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await get(cancellationToken).ConfigureAwait(false) ?? throw new InvalidOperationException();
        }
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{name} failed with {failed.GetType().Name}.");
        }
    }

    /// <summary>Appends one event as one line, without its line feed.</summary>
    public static void Append(ArrayBufferWriter<byte> body, ArrayBufferWriter<byte> scratch, Action<IBufferWriter<byte>, AuditEvent> write, AuditEvent auditEvent)
    {
        scratch.ResetWrittenCount();
        write(scratch, auditEvent);
        body.Write(scratch.WrittenSpan.TrimEnd((byte)'\n'));
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Waits as long as the receiver asked for with its last answer, up to five minutes.</summary>
    private async ValueTask WaitForTurnAsync(CancellationToken cancellationToken)
    {
        if (_notBefore - _time.GetUtcNow() is { Ticks: > 0 } pause)
        {
            await Task.Delay(pause < LongestPause ? pause : LongestPause, _time, cancellationToken).ConfigureAwait(false);
        }

        _notBefore = default;
    }

    private void NotePause(RetryConditionHeaderValue? retryAfter)
    {
        if (retryAfter is { Delta: { } delta })
        {
            _notBefore = _time.GetUtcNow() + delta;
        }
        else if (retryAfter is { Date: { } date })
        {
            _notBefore = date;
        }
    }

    private static SocketsHttpHandler NewHandler(HttpSinkOptions options) => new()
    {
        // The signature and the credentials are for the receiver that was named.
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        SslOptions = options.Uri!.Scheme == "https" ? options.Tls.ForHost(options.Uri.IdnHost) : new SslClientAuthenticationOptions(),
    };
}
