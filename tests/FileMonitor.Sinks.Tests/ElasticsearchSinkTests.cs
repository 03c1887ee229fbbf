using System.Text;
using System.Text.Json;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Sinks.Tests;

/// <summary>The bulk API as its documents describe it: no server was run.</summary>
public sealed class ElasticsearchSinkTests : IAsyncDisposable
{
    private readonly HttpReceiver _server = new();
    private readonly ElasticsearchSinkOptions _options;

    public ElasticsearchSinkTests() => _options = new() { Uri = new(_server.Uri, "behind/"), GetAuthorization = _ => ValueTask.FromResult("ApiKey abc"), Timeout = TimeSpan.FromMinutes(1) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_event_is_a_document_with_its_id()
    {
        using var sink = new ElasticsearchSink(_options);
        var events = SomeEvents.Make(3);
        _server.Answer = static (_, response) => HttpReceiver.WriteJson(response, """{"errors":false}""");

        await sink.WriteAsync(events, Token);

        var request = _server.Requests.Should().ContainSingle().Which;
        request.Target.Should().Be("/behind/logs-filemonitor.events-default/_bulk?filter_path=errors,items.*.status,items.*.error.type");
        (request.Headers["content-type"], request.Headers["authorization"]).Should().Be(("application/x-ndjson", "ApiKey abc"));
        var text = Encoding.UTF8.GetString(request.Body);
        text.Should().EndWith("\n");
        var lines = text.TrimEnd('\n').Split('\n').Select(static line => JsonDocument.Parse(line).RootElement).ToList();
        lines.Should().HaveCount(6);
        for (var at = 0; at < events.Count; at++)
        {
            lines[2 * at].GetProperty("create").GetProperty("_id").GetString().Should().Be(events[at].Id.ToString());
            var document = lines[(2 * at) + 1];
            document.GetProperty("@timestamp").GetDateTimeOffset().Should().BeAfter(default);
            document.GetProperty("event").GetProperty("id").GetString().Should().Be(events[at].Id.ToString());
        }
    }

    [Theory]
    [InlineData("""{"errors":true,"items":[{"create":{"status":201}},{"create":{"status":409,"error":{"type":"version_conflict_engine_exception"}}}]}""", null)]
    [InlineData("""{"errors":true,"items":[{"create":{"status":201}},{"create":{"status":429,"error":{"type":"es_rejected_execution_exception"}}}]}""", "*did not store 1 of 2 events, the first * with 429 (es_rejected_execution_exception).")]
    [InlineData("""{"errors":true,"items":[{"create":{"status":400,"error":{"type":"mapper_parsing_exception"}}},{"create":{"status":400}}]}""", "*did not store 2 of 2 events, the first * with 400 (mapper_parsing_exception).")]
    [InlineData("""{"errors":true,"items":[{"create":{"status":400,"error":{"type":"forged\nline"}}},{"create":{"status":201}}]}""", "*did not store 1 of 2 events, the first * with 400 (no name of an error).")]
    [InlineData("""{"errors":true,"items":[{"create":{"status":201}}]}""", "*about 1 documents instead of 2.")]
    [InlineData("""{"errors":"perhaps"}""", "*not that of the bulk API.")]
    [InlineData("<html>", "*not that of the bulk API.")]
    public async Task A_batch_is_taken_when_each_document_is_stored_or_was_there(string answer, string? message)
    {
        using var sink = new ElasticsearchSink(_options);
        _server.Answer = (_, response) => HttpReceiver.WriteJson(response, answer);

        var write = () => sink.WriteAsync(SomeEvents.Make(2), Token);

        if (message is null)
        {
            await write.Should().NotThrowAsync();
        }
        else
        {
            (await write.Should().ThrowAsync<IOException>()).WithMessage(message);
        }
    }

    [Fact]
    public async Task A_batch_that_is_too_large_is_sent_in_halves()
    {
        using var sink = new ElasticsearchSink(_options);
        var stored = new List<string>();
        _server.Answer = (request, response) =>
        {
            var lines = Encoding.UTF8.GetString(request.Body).TrimEnd('\n').Split('\n');
            response.StatusCode = lines.Length > 4 ? 413 : 200;
            stored.AddRange(lines.Length > 4 ? [] : lines.Where(static (_, at) => at % 2 == 0));
            HttpReceiver.WriteJson(response, """{"errors":false}""");
        };
        var events = SomeEvents.Make(5);

        await sink.WriteAsync(events, Token);

        stored.Should().Equal(events.Select(one => $$$"""{"create":{"_id":"{{{one.Id}}}"}}"""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("_bulk")]
    [InlineData("a/../b")]
    [InlineData("Upper")]
    public void An_index_that_is_none_is_refused(string index)
    {
        _options.Index = index;

        var make = () => new ElasticsearchSink(_options);

        make.Should().Throw<ArgumentException>().WithMessage("Index is not*");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
