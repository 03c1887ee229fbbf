using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class EventLoopTests
{
    private readonly Channel<AuditEvent> _events = Channel.CreateUnbounded<AuditEvent>();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_single_event_is_handed_on_at_once()
    {
        var output = new Recorder();
        var loop = EventLoop.RunAsync(ReadAsync, output, _time);

        Write(1);
        await output.SeenAsync("1|");

        _events.Writer.Complete();
        await loop;
    }

    [Fact]
    public async Task A_storm_is_handed_on_together()
    {
        Write(3);
        _events.Writer.Complete();
        var output = new Recorder();

        await EventLoop.RunAsync(ReadAsync, output, _time);

        Assert.Equal("123|", output.Text);
    }

    [Fact]
    public async Task But_at_the_latest_after_50_milliseconds()
    {
        Write(3);
        _events.Writer.Complete();
        var output = new Recorder { OnWrite = () => _time.Advance(TimeSpan.FromMilliseconds(25)) };

        await EventLoop.RunAsync(ReadAsync, output, _time);

        Assert.Equal("12|3|", output.Text);
    }

    [Fact]
    public async Task The_status_is_refreshed_although_nothing_happens()
    {
        var output = new Recorder { RefreshPeriod = TimeSpan.FromMilliseconds(250) };
        var loop = EventLoop.RunAsync(ReadAsync, output, _time);
        await output.SeenAsync("|");

        _time.Advance(TimeSpan.FromMilliseconds(250));
        await output.SeenAsync("||");

        _events.Writer.Complete();
        await loop;
    }

    // The stream is waiting then, and must be left in order: an iterator that waits throws when it is disposed of.
    [Fact]
    public async Task A_reader_that_goes_away_ends_the_loop_while_nothing_happens()
    {
        var output = new Recorder { OnFlush = () => throw new IOException("Broken pipe", 32) };

        var failure = await Assert.ThrowsAsync<IOException>(() => EventLoop.RunAsync(ReadAsync, output, _time));

        Assert.True(StandardStreams.IsReaderGone(failure));
    }

    private void Write(int count)
    {
        for (var sequence = 1; sequence <= count; sequence++)
        {
            _events.Writer.TryWrite(new AuditEvent { Sequence = sequence });
        }
    }

    private async IAsyncEnumerable<AuditEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var auditEvent in _events.Reader.ReadAllAsync(cancellationToken))
        {
            yield return auditEvent;
        }
    }

    // Writes down what it is told: an event as its number, a flush that hands something on or was asked for as a bar.
    private sealed class Recorder : IEventOutput
    {
        private readonly Channel<string> _texts = Channel.CreateUnbounded<string>();
        private bool _unflushed;

        public string Text { get; private set; } = "";

        public Action? OnWrite { get; init; }

        public Action? OnFlush { get; init; }

        public TimeSpan? RefreshPeriod { get; init; }

        public void Write(AuditEvent auditEvent)
        {
            Add($"{auditEvent.Sequence}");
            _unflushed = true;
            OnWrite?.Invoke();
        }

        public void Flush()
        {
            if (_unflushed || RefreshPeriod is not null)
            {
                Add("|");
            }

            _unflushed = false;
            OnFlush?.Invoke();
        }

        public async Task SeenAsync(string text)
        {
            await foreach (var seen in _texts.Reader.ReadAllAsync(TestContext.Current.CancellationToken))
            {
                if (seen == text)
                {
                    return;
                }
            }
        }

        private void Add(string what)
        {
            Text += what;
            _texts.Writer.TryWrite(Text);
        }
    }
}
