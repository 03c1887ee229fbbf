using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using FileMonitor.JsonLines;
using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Sinks.Tests;

/// <summary>OTLP/HTTP as its specification describes it, to a receiver that reads each request with the protocol's own definitions. No collector was run.</summary>
public sealed class OtlpLogsSinkTests : IAsyncDisposable
{
    private readonly HttpReceiver _receiver = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly OtlpLogsSinkOptions _options;

    public OtlpLogsSinkTests() => _options = new() { Uri = new(_receiver.Uri, "behind/"), Timeout = TimeSpan.FromMinutes(1) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_batch_is_one_request_of_log_records(bool isCompressed)
    {
        _options.UseGzip = isCompressed;
        _options.GetAuthorization = static _ => ValueTask.FromResult("Bearer abc");
        _options.GetHeaders = static _ => ValueTask.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string> { ["x-tenant"] = "blue", ["api-key"] = "k" });
        using var sink = new OtlpLogsSink(_options, _clock);
        var (first, second) = (SomeEvents.Make(100), SomeEvents.Make(3));

        await sink.WriteAsync(first, Token);
        await sink.WriteAsync(second, Token);

        _receiver.Requests.Select(static one => (one.Method, one.Target)).Should().Equal(("POST", "/behind/v1/logs"), ("POST", "/behind/v1/logs"));
        var headers = _receiver.Requests.First().Headers;
        (headers["content-type"], headers["authorization"], headers["x-tenant"], headers["api-key"]).Should().Be(("application/json", "Bearer abc", "blue", "k"));
        headers.GetValueOrDefault("content-encoding").Should().Be(isCompressed ? "gzip" : null);
        _receiver.Requests.SelectMany(IdsOf).Should().Equal(first.Concat(second).Select(static one => one.Id));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("{}", null)]
    [InlineData("""{"partialSuccess":null}""", null)]
    [InlineData("""{"partialSuccess":{}}""", null)]
    [InlineData("""{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"Do not send so often."}}""", null)]
    [InlineData("""{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too\told \u202e\"x\""}}""", "The receiver refused 1 of 2 log records: \"too?old ??x?\".")]
    [InlineData("""{"partialSuccess":{"rejectedLogRecords":2}}""", "The receiver refused 2 of 2 log records: it does not say why.")]
    [InlineData("""{"partial_success":{"rejected_log_records":"2","error_message":"no"}}""", "The receiver refused 2 of 2 log records: \"no\".")]
    [InlineData("""{"partialSuccess":{"rejectedLogRecords":"many"}}""", "What the receiver answers is not that of OTLP.")]
    [InlineData("""{"partialSuccess":{"rejectedLogRecords":true}}""", "What the receiver answers is not that of OTLP.")]
    [InlineData("""{"partialSuccess":7}""", "What the receiver answers is not that of OTLP.")]
    [InlineData("[]", "What the receiver answers is not that of OTLP.")]
    [InlineData("<html>", "What the receiver answers is not that of OTLP.")]
    public async Task A_batch_is_taken_when_no_record_is_refused(string answer, string? message)
    {
        using var sink = new OtlpLogsSink(_options, _clock);
        _receiver.Answer = (_, response) => HttpReceiver.WriteJson(response, answer);

        var write = () => sink.WriteAsync(SomeEvents.Make(2), Token);

        if (message is null)
        {
            await write.Should().NotThrowAsync();
        }
        else
        {
            (await write.Should().ThrowAsync<IOException>()).Which.Message.Should().Be(message);
        }
    }

    [Theory]
    [InlineData(301)]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_batch_that_was_not_taken_is_the_same_when_it_is_sent_again(int status)
    {
        using var sink = new OtlpLogsSink(_options, _clock);
        var events = SomeEvents.Make(3);
        _receiver.Answer = (_, response) => response.StatusCode = _receiver.Requests.Count == 1 ? status : 200;
        var write = () => sink.WriteAsync(events, Token);

        (await write.Should().ThrowAsync<IOException>()).WithMessage($"http://127.0.0.1:* answers {status}.");
        await write();

        var requests = _receiver.Requests.ToArray();
        requests.Should().HaveCount(2);
        requests[1].Body.Should().Equal(requests[0].Body);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_receiver_that_asks_for_a_pause_gets_it(int status)
    {
        // Answers at once, so that a request without a pause would be there when the call returns.
        var requests = 0;
        _options.CreateHandler = () => new StubHandler((_, _) =>
        {
            var answer = new HttpResponseMessage((HttpStatusCode)(++requests == 1 ? status : 200));
            answer.Headers.Add("Retry-After", "30");
            return Task.FromResult(answer);
        });
        using var sink = new OtlpLogsSink(_options, _clock);
        var write = () => sink.WriteAsync(SomeEvents.Make(1), Token);
        await write.Should().ThrowAsync<IOException>();

        var again = write();
        _clock.Advance(TimeSpan.FromSeconds(29));
        (again.IsCompleted, requests).Should().Be((false, 1));
        _clock.Advance(TimeSpan.FromSeconds(1));
        await again;

        requests.Should().Be(2);
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_fails_the_batch()
    {
        _options.CreateHandler = static () => new StubHandler(static async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return new();
        });
        _options.Timeout = TimeSpan.FromMilliseconds(100);
        using var sink = new OtlpLogsSink(_options, _clock);

        var write = () => sink.WriteAsync(SomeEvents.Make(1), Token);

        (await write.Should().ThrowAsync<IOException>()).WithMessage("*did not answer within 00:00:00.1*");
    }

    [Fact]
    public async Task An_answer_without_end_fails_the_batch()
    {
        var endless = new EndlessStream();
        _options.CreateHandler = () => new StubHandler((_, _) => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(endless) }));
        using var sink = new OtlpLogsSink(_options, _clock);

        var write = () => sink.WriteAsync(SomeEvents.Make(1), Token);

        await write.Should().ThrowAsync<IOException>();
        endless.Given.Should().BeLessThan(32 * 1024 * 1024);
    }

    [Fact]
    public async Task A_request_has_at_most_four_mebibytes_unless_one_event_has_more()
    {
        using var sink = new OtlpLogsSink(_options, _clock);
        var events = "1111511".Select(static size => FakeAuditEvent.Modified("a", one => one.TextDiff = new string('x', (size - '0') * 1024 * 1024))).ToList();

        await sink.WriteAsync(events, Token);

        _receiver.Requests.SelectMany(IdsOf).Should().Equal(events.Select(static one => one.Id));
        _receiver.Requests.Where(static one => one.Body.Length > 4 * 1024 * 1024).Should().ContainSingle().Which.Body.Length.Should().BeLessThan(6 * 1024 * 1024);
    }

    [Fact]
    public async Task A_batch_that_is_too_large_for_the_receiver_is_sent_in_halves()
    {
        using var sink = new OtlpLogsSink(_options, _clock);
        var events = SomeEvents.Make(7);
        _receiver.Answer = static (request, response) => response.StatusCode = IdsOf(request).Count() > 2 ? 413 : 200;

        await sink.WriteAsync(events, Token);

        _receiver.Requests.Select(IdsOf).Where(static ids => ids.Count() <= 2).SelectMany(static ids => ids).Should().Equal(events.Select(static one => one.Id));
    }

    [Fact]
    public async Task Nothing_is_lost_when_the_receiver_is_restarted()
    {
        var events = SomeEvents.Make(2_000);
        var stored = new ConcurrentQueue<byte[]>();
        var receiver = new RawHttpReceiver(0, Store);
        var port = receiver.Port;
        using var sink = new OtlpLogsSink(new() { Uri = new($"http://127.0.0.1:{port}") });
        var sending = Task.Run(
            async () =>
            {
                foreach (var batch in events.Chunk(20))
                {
                    // As a monitor does: again until it is taken.
                    while (!await IsTakenAsync(sink, batch))
                    {
                        await Task.Yield();
                    }
                }
            },
            Token);

        var restarts = 0;
        while (!sending.IsCompleted)
        {
            if (restarts < 4 && stored.Count > 20 * (restarts + 1))
            {
                await receiver.DisposeAsync();
                receiver = new RawHttpReceiver(port, Store);
                restarts++;
            }

            await Task.Yield();
        }

        await sending;
        await receiver.DisposeAsync();
        restarts.Should().Be(4);
        stored.Should().HaveCountGreaterThan(100, "what was stored and not acknowledged is sent again");
        stored.SelectMany(IdsOf).Distinct().Should().Equal(events.Select(static one => one.Id), "each is there, the first time in order");

        // Each tenth request is stored, and its connection broken before the answer.
        bool Store(byte[] body)
        {
            stored.Enqueue(body);
            return stored.Count % 10 != 0;
        }
    }

    [Fact]
    public async Task A_secret_is_in_no_message()
    {
        Func<CancellationToken, ValueTask<IReadOnlyDictionary<string, string>>>[] wrong =
        [
            static _ => throw new InvalidOperationException("hunter2"),
            static _ => Headers("api-key", "hunter2\r\nx: y"),
            static _ => Headers("api-key", "hunter2\u00fc"),
            static _ => Headers("hunter2 key", "x"),
            static _ => Headers("Content-Type", "hunter2"),
            static _ => Headers("api-key", null!),
        ];
        foreach (var get in wrong)
        {
            _options.GetHeaders = get;
            using var sink = new OtlpLogsSink(_options, _clock);

            var write = () => sink.WriteAsync(SomeEvents.Make(1), Token);

            (await write.Should().ThrowAsync<IOException>()).Which.ToString().Should().Contain("GetHeaders").And.NotContain("hunter2");
        }

        _receiver.Requests.Should().BeEmpty();

        static ValueTask<IReadOnlyDictionary<string, string>> Headers(string name, string value) => ValueTask.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string> { [name] = value });
    }

    [Theory]
    [InlineData("http://otel.example.com:4318", "*use https*")]
    [InlineData("https://user:hunter2@otel.example.com", "*use GetAuthorization*")]
    [InlineData("https://otel.example.com/?key=hunter2", "*has a query*")]
    [InlineData("https://otel.example.com/v1/logs/", "*ends in /v1/logs*")]
    public void Wrong_options_are_refused(string uri, string message)
    {
        _options.Uri = new Uri(uri);

        var make = () => new OtlpLogsSink(_options);

        make.Should().Throw<ArgumentException>().WithMessage(message).Which.Message.Should().NotContain("hunter2");
    }

    [Fact]
    public void Options_without_a_context_are_refused()
    {
        _options.Context = null!;

        _options.GetErrors().Should().Equal("Context is null.");
    }

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    private static IEnumerable<Guid> IdsOf(ReceivedRequest request)
    {
        var body = request.Body;
        if (request.Headers.GetValueOrDefault("content-encoding") == "gzip")
        {
            using var unpacked = new MemoryStream();
            using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
            gzip.CopyTo(unpacked);
            body = unpacked.ToArray();
        }

        return IdsOf(body);
    }

    private static IEnumerable<Guid> IdsOf(byte[] body) =>
        [.. OtlpProtocol.Read(body).Select(static one => AuditEventJson.Parse(one.Body).Id)];

    private static async Task<bool> IsTakenAsync(OtlpLogsSink sink, IReadOnlyList<AuditEvent> batch)
    {
        try
        {
            await sink.WriteAsync(batch, Token);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Has always more.</summary>
    private sealed class EndlessStream : Stream
    {
        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Given += count;
            return count;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
