using System.Net;
using System.Text.Json;
using FileMonitor.Agent.Tests.Operations;
using Xunit;

namespace FileMonitor.Agent.Tests;

/// <summary>Every address takes the parameters that it has, with values that they may have, and nothing else.</summary>
public sealed class QueryTests(QueryTests.Agent agent) : IClassFixture<QueryTests.Agent>
{
    [Theory]
    [InlineData("/?theme=dark", "theme", null)]
    [InlineData("/?view=search&kind=Deleted&where=/srv/**&event=x", null, null)]
    [InlineData("/?veiw=search", "veiw", "view")]
    [InlineData("/healthz/live?verbose=1", "verbose", null)]
    [InlineData("/healthz/ready?verbose=1", "verbose", null)]
    [InlineData("/healthz/ready?", null, null)]
    [InlineData("/api/status?monitor=default", "monitor", null)]
    [InlineData("/API/Status?monitor=default", "monitor", null)]
    [InlineData("/metrics?name=x", "name", null)]
    [InlineData("/api/series?seconds=1", null, null)]
    [InlineData("/api/series?seconds=600", null, null)]
    [InlineData("/api/series?secnods=60", "secnods", "seconds")]
    [InlineData("/api/series?Seconds=60", "Seconds", "seconds")]
    [InlineData("/api/series?seconds=0", "seconds", null)]
    [InlineData("/api/series?seconds=601", "seconds", null)]
    [InlineData("/api/series?seconds=-1", "seconds", null)]
    [InlineData("/api/series?seconds=%2060", "seconds", null)]
    [InlineData("/api/series?seconds=6e1", "seconds", null)]
    [InlineData("/api/series?seconds=many", "seconds", null)]
    [InlineData("/api/series?seconds=", "seconds", null)]
    [InlineData("/api/series?seconds", "seconds", null)]
    [InlineData("/api/series?seconds=1&seconds=2", "seconds", null)]
    [InlineData("/api/series?=1", "", null)]
    [InlineData("/api/events?limit=1000&sort=size&kind=Gap,created&origin=live&path=/a&text=b", null, null)]
    [InlineData("/api/events?limit=1001", "limit", null)]
    [InlineData("/api/events?limit=0", "limit", null)]
    [InlineData("/api/events?sort=Path", "sort", "path")]
    [InlineData("/api/events?before=x", "before", null)]
    [InlineData("/api/events?cursor=x", "cursor", null)]
    [InlineData("/api/events?path=/a&glob=/b", "glob", null)]
    [InlineData("/api/history?hours=168", null, null)]
    [InlineData("/api/history?hours=169", "hours", null)]
    [InlineData("/api/incidents?hours=0", "hours", null)]
    [InlineData("/api/incidents?hour=1", "hour", "hours")]
    [InlineData("/api/directories?hours=744&kind=created&limit=100", null, null)]
    [InlineData("/api/directories?hours=745", "hours", null)]
    [InlineData("/api/directories?limit=101", "limit", null)]
    [InlineData("/api/directories?hours=1&from=2026-01-01T00:00:00Z", "hours", null)]
    [InlineData("/api/directories?sort=path", "sort", null)]
    [InlineData("/export.csv?kind=Deletd", "kind", "Deleted")]
    [InlineData("/export.csv?limit=1", "limit", null)]
    [InlineData("/export.jsonl?monitor=default&from=2026-01-01T00:00:00Z", null, null)]
    [InlineData("/events?kind=Deleted", null, null)]
    [InlineData("/events?kind=deleted,MODIFIED", null, null)]
    [InlineData("/events?kind=Deletd", "kind", "Deleted")]
    [InlineData("/events?kind=Deleted,Modifed", "kind", "Modified")]
    [InlineData("/events?kind=Deleted,", "kind", null)]
    [InlineData("/events?kind=Deleted,%20Modified", "kind", "Modified")]
    [InlineData("/events?kind=Deleted&kind=Modified", "kind", null)]
    [InlineData("/events?kind=2", "kind", null)]
    [InlineData("/events?kind=", "kind", null)]
    [InlineData("/events?kinds=Deleted", "kinds", "kind")]
    [InlineData("/events?monitor=default", null, null)]
    [InlineData("/events?monitor=Default", "monitor", "default")]
    [InlineData("/events?monitor=nobody", "monitor", null)]
    [InlineData("/events?recent=0", null, null)]
    [InlineData("/events?recent=1000000", null, null)]
    [InlineData("/events?recent=1000001", "recent", null)]
    [InlineData("/events?recent=-1", "recent", null)]
    [InlineData("/events?recent=many", "recent", null)]
    [InlineData("/events?lastEventId=ca4d3c2626e4-41", null, null)]
    [InlineData("/events?lastEventId=ca4d3c2626e4-41~default~26~1f3a09bc~b~4~", null, null)]
    [InlineData("/events?lastEventId=journal-0~default~26~1f3a09bc", null, null)]
    [InlineData("/events?lastEventId=41", "lastEventId", null)]
    [InlineData("/events?lastEventId=ca4d3c2626e4-41%0A", "lastEventId", null)]
    [InlineData("/events?last-event-id=ca4d3c2626e4-41", "last-event-id", "lastEventId")]
    public async Task What_is_none_is_refused_with_its_name_and_the_nearest(string address, string? parameter, string? meant)
    {
        using var answer = await agent.GetAsync(address);

        if (parameter is null)
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return;
        }

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal((400, parameter, meant), (problem.GetProperty("status").GetInt32(), problem.GetProperty("parameter").GetString(), problem.GetProperty("didYouMean").GetString()));
        Assert.Matches(@"^\S.*[.?]$", problem.GetProperty("detail").GetString());
        Assert.Equal(meant is not null, problem.GetProperty("detail").GetString()!.Contains($"Did you mean `{meant}`?", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_address_of_the_document_takes_a_parameter_that_it_does_not_have()
    {
        var addresses = AgentDocumentTests.Addresses;
        Assert.NotEmpty(addresses);
        foreach (var address in addresses)
        {
            using var answer = await agent.GetAsync(address + "?nonsense=%1B%3Cb%3E");
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);

            // What was given comes back in no form that acts.
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.DoesNotContain(text, one => one is '\u001B' or '<');
        }
    }

    [Fact]
    public async Task A_name_that_is_hostile_comes_back_as_escapes()
    {
        using var answer = await agent.GetAsync("/api/status?%1B%5B2J%3Cb%3E=1");

        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(text, one => one is '\u001B' or '<' or '>');
        Assert.Equal("\u001B[2J<b>", JsonDocument.Parse(text).RootElement.GetProperty("parameter").GetString());
    }

    /// <summary>One agent for all questions.</summary>
    public sealed class Agent : IAsyncLifetime
    {
        private RunningAgent? _agent;

        public async ValueTask InitializeAsync() => _agent = await RunningAgent.StartAsync();

        public async ValueTask DisposeAsync()
        {
            if (_agent is not null)
            {
                await _agent.DisposeAsync();
            }
        }

        internal Task<HttpResponseMessage> GetAsync(string address) => _agent!.GetAsync(address);
    }
}
