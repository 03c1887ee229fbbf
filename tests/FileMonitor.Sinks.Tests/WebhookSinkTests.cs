using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FileMonitor.JsonLines;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Sinks.Tests;

public sealed class WebhookSinkTests : IAsyncDisposable
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(static one => (byte)one)];

    private readonly HttpReceiver _receiver = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly WebhookSinkOptions _options;

    public WebhookSinkTests() =>
        _options = new() { Uri = new(_receiver.Uri, "intake?from=a"), GetSecret = _ => ValueTask.FromResult("whsec_" + Convert.ToBase64String(Key)), Timeout = TimeSpan.FromMinutes(1) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_is_one_request_that_whoever_has_the_secret_can_verify()
    {
        using var sink = new WebhookSink(_options, _clock);
        var events = SomeEvents.Make(3);

        await sink.WriteAsync(events, Token);

        var request = _receiver.Requests.Should().ContainSingle().Which;
        (request.Method, request.Target, request.Headers["content-type"]).Should().Be(("POST", "/intake?from=a", "application/json"));
        using var body = JsonDocument.Parse(request.Body);
        body.RootElement.EnumerateArray().Select(one => AuditEventJson.Parse(one.GetRawText()).Id).Should().Equal(events.Select(one => one.Id));
        request.Headers["webhook-timestamp"].Should().Be(_clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers["webhook-signature"].Should().Be(SignatureOf(request));
        request.Headers["idempotency-key"].Should().Be(request.Headers["webhook-id"]);
    }

    [Fact]
    public async Task What_is_sent_again_has_the_same_id_and_another_batch_another_one()
    {
        using var sink = new WebhookSink(_options, _clock);
        var events = SomeEvents.Make(4);
        _receiver.Answer = (_, response) => response.StatusCode = _receiver.Requests.Count == 1 ? 500 : 200;
        var write = () => sink.WriteAsync(events, Token);

        (await write.Should().ThrowAsync<IOException>()).WithMessage("http://127.0.0.1:* answers 500.");
        _clock.Advance(TimeSpan.FromMinutes(10));
        await write();
        await sink.WriteAsync([events[0]], Token);

        var requests = _receiver.Requests.ToArray();
        requests[1].Headers["webhook-id"].Should().Be(requests[0].Headers["webhook-id"]);
        requests[1].Headers["webhook-signature"].Should().Be(SignatureOf(requests[1])).And.NotBe(requests[0].Headers["webhook-signature"]);
        requests[2].Headers["webhook-id"].Should().NotBe(requests[0].Headers["webhook-id"]);
    }

    [Fact]
    public async Task A_batch_that_is_too_large_is_sent_in_halves()
    {
        using var sink = new WebhookSink(_options, _clock);
        var events = SomeEvents.Make(7);
        _receiver.Answer = static (request, response) => response.StatusCode = CountOf(request) > 2 ? 413 : 204;

        await sink.WriteAsync(events, Token);

        _receiver.Requests.Where(one => CountOf(one) <= 2).SelectMany(IdsOf).Should().Equal(events.Select(one => one.Id));
    }

    [Fact]
    public async Task One_event_that_is_too_large_fails()
    {
        using var sink = new WebhookSink(_options, _clock);
        _receiver.Answer = static (_, response) => response.StatusCode = 413;

        var write = () => sink.WriteAsync(SomeEvents.Make(1), Token);

        (await write.Should().ThrowAsync<IOException>()).WithMessage("*alone is too large*");
    }

    [Fact]
    public async Task A_receiver_that_asks_for_a_pause_gets_it()
    {
        using var sink = new WebhookSink(_options, _clock);
        _receiver.Answer = (_, response) =>
        {
            response.StatusCode = _receiver.Requests.Count == 1 ? 503 : 204;
            response.Headers["Retry-After"] = "30";
        };
        var write = () => sink.WriteAsync(SomeEvents.Make(1), Token);
        await write.Should().ThrowAsync<IOException>();

        var again = write();
        _clock.Advance(TimeSpan.FromSeconds(29));
        again.IsCompleted.Should().BeFalse();
        _receiver.Requests.Should().ContainSingle();
        _clock.Advance(TimeSpan.FromSeconds(1));
        await again;

        _receiver.Requests.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_redirection_is_not_followed()
    {
        using var sink = new WebhookSink(_options, _clock);
        await using var other = new HttpReceiver();
        _receiver.Answer = (_, response) => response.Redirect(other.Uri.AbsoluteUri);

        var write = () => sink.WriteAsync(SomeEvents.Make(1), Token);

        (await write.Should().ThrowAsync<IOException>()).WithMessage("* answers 302.");
        other.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task A_secret_is_in_no_message()
    {
        _options.GetSecret = static _ => throw new InvalidOperationException("hunter2");
        using var without = new WebhookSink(_options, _clock);
        _options.GetSecret = static _ => ValueTask.FromResult("hunter2");
        using var wrong = new WebhookSink(_options, _clock);

        foreach (var (sink, message) in new[] { (without, "GetSecret failed with InvalidOperationException."), (wrong, "GetSecret gave no 24 to 64 bytes as Base64.") })
        {
            var write = () => sink.WriteAsync(SomeEvents.Make(1), Token);
            (await write.Should().ThrowAsync<IOException>()).Which.ToString().Should().Contain(message).And.NotContain("hunter2");
        }

        _receiver.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task A_receiver_that_is_not_there_fails_the_batch()
    {
        _receiver.Stop();
        using var sink = new WebhookSink(_options, _clock);

        var write = () => sink.WriteAsync(SomeEvents.Make(1), Token);

        (await write.Should().ThrowAsync<IOException>()).WithMessage("*cannot be reached*");
    }

    [Theory]
    [InlineData(null, "*no absolute URI*")]
    [InlineData("ftp://example.com", "*no absolute URI*")]
    [InlineData("http://example.com/", "*use https*")]
    [InlineData("https://user:hunter2@example.com/", "*use GetAuthorization*")]
    public void Wrong_options_are_refused(string? uri, string message)
    {
        _options.Uri = uri is null ? null : new Uri(uri);

        var make = () => new WebhookSink(_options);

        make.Should().Throw<ArgumentException>().WithMessage(message).Which.Message.Should().NotContain("hunter2");
    }

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    private static int CountOf(ReceivedRequest request) => IdsOf(request).Length;

    private static Guid[] IdsOf(ReceivedRequest request)
    {
        using var body = JsonDocument.Parse(request.Body);
        return [.. body.RootElement.EnumerateArray().Select(one => one.GetProperty("id").GetGuid())];
    }

    private static string SignatureOf(ReceivedRequest request) =>
        "v1," + Convert.ToBase64String(HMACSHA256.HashData(Key, (byte[])[.. Encoding.UTF8.GetBytes($"{request.Headers["webhook-id"]}.{request.Headers["webhook-timestamp"]}."), .. request.Body]));
}
