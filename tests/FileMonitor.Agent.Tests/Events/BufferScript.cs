using System.Globalization;
using System.Text;
using FileMonitor.Agent.Events;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Agent.Tests.Events;

/// <summary>A buffer, a clock that stands still, and words to play with them. What is published are the numbers from 1.</summary>
internal sealed class BufferScript : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private int _published;

    public BufferScript(int capacity, long maxBytes = 1_000_000, int maxReaders = 10) =>
        Buffer = new EventBuffer(capacity, maxBytes, maxReaders, Patience, Time);

    public FakeTimeProvider Time { get; } = new();

    public EventBuffer Buffer { get; }

    public EventCursor Open(string? lastEventId = null, int recent = 0)
    {
        var cursor = Buffer.Open(lastEventId, recent);
        Assert.NotNull(cursor);
        return cursor;
    }

    /// <summary>Publishes the next number; the task completes when it is in the buffer.</summary>
    public Task PublishAsync(string padding = "") =>
        Buffer.PublishAsync("a", AuditEventKind.Created, Encoding.ASCII.GetBytes($"{++_published}{padding}\n")).AsTask();

    /// <summary>Publishes some numbers for which nobody has to be waited for.</summary>
    public void Publish(int count)
    {
        for (var at = 0; at < count; at++)
        {
            Assert.True(PublishAsync().IsCompletedSuccessfully, $"{_published} waits for a reader");
        }
    }

    /// <summary>What a reader gets now: numbers, <c>-3</c> for three that it missed, 0 for the notice of another run, <c>end</c>.</summary>
    public static async Task<string> ReadAsync(EventCursor cursor)
    {
        var batch = await cursor.ReadAsync(TestContext.Current.CancellationToken);
        var words = new List<string>();
        if (batch.IsAfterOtherRun)
        {
            words.Add("0");
        }

        if (batch.Missed > 0)
        {
            words.Add((-batch.Missed).ToString(CultureInfo.InvariantCulture));
        }

        words.AddRange(batch.Events.Select(NumberOf));
        if (batch.IsEnd)
        {
            words.Add("end");
        }

        return string.Join(' ', words);
    }

    public static string NumberOf(BufferedEvent one) =>
        Encoding.ASCII.GetString(one.Frame).Split("data: ")[1].Trim('\n', '.');

    public void Dispose() => Buffer.Dispose();
}
