using System.Formats.Asn1;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;

namespace FileMonitor.Durable.Journal.Timestamps;

/// <summary>Asks an authority for time stamps, by HTTP as RFC 3161 says (section 3.4). For any thread.</summary>
internal sealed class TimestampClient
{
    private const int NonceBytes = 16;
    private const int Granted = 0;
    private const int GrantedWithChanges = 1;

    private readonly TimestampAnchorOptions _options;
    private readonly string _authority;

    public TimestampClient(TimestampAnchorOptions options) => (_options, _authority) = (options, options.Uri!.GetLeftPart(UriPartial.Authority));

    /// <summary>A time stamp of these bytes that holds: the token, as the authority wrote it.</summary>
    /// <exception cref="IOException">There is none. The message has the place of the authority, and nothing else of the URI.</exception>
    /// <exception cref="OperationCanceledException">The caller does not wait any longer.</exception>
    public async ValueTask<byte[]> StampAsync(ReadOnlyMemory<byte> stamped, CancellationToken cancellationToken)
    {
        var request = Rfc3161TimestampRequest.CreateFromData(stamped.Span, HashAlgorithmName.SHA256, requestedPolicyId: null, nonce: NewNonce(), requestSignerCertificates: true);
        var answer = await PostAsync(request.Encode(), cancellationToken).ConfigureAwait(false);
        try
        {
            var bytes = TokenOf(answer);
            var token = TokenCheck.TryDecode(bytes) ?? throw new TokenRefusedException("the answer has no token with a certificate for time stamps that was valid at its time");
            if (token.TokenInfo.GetNonce() is not { } nonce || !nonce.Span.SequenceEqual(request.GetNonce()!.Value.Span))
            {
                throw new TokenRefusedException("the answer is one to another question");
            }

            TokenCheck.Verify(token, stamped.Span, _options.TrustedCertificates);
            return bytes;
        }
        catch (Exception refused) when (refused is CryptographicException or TokenRefusedException)
        {
            throw new IOException($"{_authority} gives no time stamp that can be used: {refused.Message}.", refused);
        }
    }

    private async ValueTask<byte[]> PostAsync(byte[] request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.Timeout);
        try
        {
            // A client for each request: they are rare, and nothing has to be disposed by the host.
            using var client = new HttpClient(_options.CreateHandler?.Invoke() ?? NewHandler(), disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
            using var message = new HttpRequestMessage(HttpMethod.Post, _options.Uri) { Content = new ByteArrayContent(request) };
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/timestamp-query");
            if (_options.GetAuthorization is { } get)
            {
                message.Headers.TryAddWithoutValidation("Authorization", await AskAsync(get, limit.Token).ConfigureAwait(false));
            }

            using var answer = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
            {
                throw new IOException(FormattableString.Invariant($"{_authority} answers {(int)answer.StatusCode}."));
            }

            return await ReadAsync(answer.Content, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{_authority} did not answer within {_options.Timeout}.", late);
        }
        catch (HttpRequestException failed)
        {
            throw new IOException($"{_authority} cannot be reached: {failed.Message}", failed);
        }
    }

    private async ValueTask<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var bytes = new byte[TokenCheck.MostBytes + 1];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return length <= TokenCheck.MostBytes
            ? bytes[..length]
            : throw new IOException(FormattableString.Invariant($"{_authority} answers with more than {TokenCheck.MostBytes} bytes."));
    }

    /// <summary>What the host throws is not repeated, because the secret may be in it.</summary>
    private static async ValueTask<string> AskAsync(Func<CancellationToken, ValueTask<string>> get, CancellationToken cancellationToken)
    {
        try
        {
            return await get(cancellationToken).ConfigureAwait(false) ?? throw new InvalidOperationException();
        }
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"GetAuthorization failed with {failed.GetType().Name}.");
        }
    }

    /// <summary>The token as it is in the answer: to write it anew could change bytes that are signed.</summary>
    private static byte[] TokenOf(byte[] answer)
    {
        try
        {
            var reader = new AsnReader(answer, AsnEncodingRules.BER);
            var response = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            var status = response.ReadSequence();
            if (!status.TryReadInt32(out var code) || code is not (Granted or GrantedWithChanges))
            {
                // Text of the authority's own may follow, which is not repeated.
                throw new TokenRefusedException(FormattableString.Invariant($"the authority refuses it with the status {code}"));
            }

            var token = response.ReadEncodedValue().ToArray();
            response.ThrowIfNotEmpty();
            return token;
        }
        catch (AsnContentException)
        {
            throw new TokenRefusedException("the answer is not one of a time-stamping authority");
        }
    }

    /// <summary>A positive number that has one way to be written.</summary>
    private static byte[] NewNonce()
    {
        var nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        nonce[0] = (byte)((nonce[0] & 0x3F) | 0x40);
        return nonce;
    }

    private static SocketsHttpHandler NewHandler() => new()
    {
        // The credentials are for the authority that was named.
        AllowAutoRedirect = false,
        UseCookies = false,
    };
}
