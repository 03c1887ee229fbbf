using System.Net.ServerSentEvents;
using System.Text.Json;
using Xunit;

namespace FileMonitor.Agent.Tests.Events;

/// <summary>A reader of <c>/events</c>, by the parser of the framework.</summary>
internal sealed class EventStreamClient : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _events;
    private readonly SseParser<string> _parser;

    private EventStreamClient(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _parser = SseParser.Create(stream);
        _events = _parser.EnumerateAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
    }

    /// <summary>What it would ask for when the connection breaks now.</summary>
    public string LastEventId => _parser.LastEventId;

    public static async Task<EventStreamClient> OpenAsync(RunningAgent agent, string query = "", string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/events" + query, UriKind.Relative));
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await agent.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The next event; null when the stream has ended.</summary>
    public async Task<SseItem<string>?> NextAsync() =>
        await _events.MoveNextAsync().AsTask().WaitAsync(Deadline, TestContext.Current.CancellationToken) ? _events.Current : null;

    /// <summary>The next event in words: <c>Created a.txt</c>, or <c>missed 3</c>.</summary>
    public async Task<string> NextInWordsAsync()
    {
        if (await NextAsync() is not { } next)
        {
            return "end";
        }

        var data = JsonDocument.Parse(next.Data).RootElement;
        return next.EventType == "missed"
            ? $"missed {data.GetProperty("missed")}"
            : $"{data.GetProperty("kind")} {data.GetProperty("relativePath")}";
    }

    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        await _events.DisposeAsync();
    }
}
