using System.Net;
using System.Net.Http.Headers;
using FileMonitor.Collector.Tests.Services;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Collector.Tests.Api;

/// <summary>Who may ask, and what a browser may do with the answer.</summary>
[Collection(nameof(Services))]
public sealed class SecurityTests(Fleet fleet)
{
    private const string Token = "0123456789abcdef-not-secret";

    private static readonly string[] Guarded = ["/api/events", "/api/events/1/1", "/api/hosts", "/api/incidents", "/api/files", "/export.csv", "/export.jsonl", "/metrics", "/api/what-comes-one-day"];

    [Fact]
    public async Task With_a_token_set_what_says_something_wants_it_and_every_answer_trusts_nothing_else()
    {
        await using var collector = await RunningCollector.StartAsync(await fleet.PrepareAsync(), new Dictionary<string, string?> { ["Collector:BearerToken"] = Token });
        foreach (var path in Guarded)
        {
            using var without = await collector.GetAsync(path);
            without.StatusCode.Should().Be(HttpStatusCode.Unauthorized, path);
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", Token) } };
            using var right = await collector.Client.SendAsync(request, TestContext.Current.CancellationToken);
            right.StatusCode.Should().NotBe(HttpStatusCode.Unauthorized, path);
        }

        foreach (var path in Guarded.Concat(["/", "/healthz", "/collector.js", "/style.css"]))
        {
            using var answer = await collector.GetAsync(path);
            answer.Headers.GetValues("Content-Security-Policy").Should().Equal(
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
            answer.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
            answer.Headers.Contains("Server").Should().BeFalse();
        }

        using var open = await collector.GetAsync("/");
        open.StatusCode.Should().Be(HttpStatusCode.OK);
        using var post = await collector.Client.PostAsync(new Uri("/api/events", UriKind.Relative), null, TestContext.Current.CancellationToken);
        post.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/api/hosts") { Headers = { Host = "evil.example" } };
        using var refused = await collector.Client.SendAsync(foreign, TestContext.Current.CancellationToken);
        refused.StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Searches_cannot_write_and_metrics_say_what_was_stored()
    {
        var place = await fleet.PrepareAsync();
        await using var collector = await RunningCollector.StartAsync(place);
        await using var publisher = await TestPublisher.OpenAsync(place);
        await publisher.RecordAsync("alpha", "alpha/filemonitor/1", 0, "{}");
        await collector.UntilStoredAsync(1);

        await Wait.UntilAsync("it is counted", async () => (await collector.GetTextAsync("/metrics")).Contains("filemonitor_collector_records_stored_total", StringComparison.Ordinal));
        await using var database = new Storage.Database(new Configuration.CollectorOptions { ConnectionString = place.ConnectionString });
        await using var write = database.Reader.CreateCommand("DELETE FROM records");
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(async () => await write.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        refused.SqlState.Should().Be("25006");
    }
}
