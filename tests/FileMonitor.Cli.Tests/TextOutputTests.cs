using System.Text;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class TextOutputTests : IDisposable
{
    private readonly MemoryStream _stream = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _stream.Dispose();

    [Fact]
    public void Redirected_output_is_lines_and_nothing_else()
    {
        var output = new TextOutput(Streams(Terminal.None), () => TestHealth.Of(received: 3, coalesced: 2, events: 1), manyRoots: false);

        output.Write(new AuditEvent { Kind = AuditEventKind.Created, Root = "/r", RelativePath = "a", OccurredAt = _time.GetUtcNow() });
        output.Flush();
        _time.Advance(TimeSpan.FromSeconds(90));
        output.Flush();
        output.End();

        Assert.Equal("2000-01-01 00:00:00.000  Created       a\n", Written());
    }

    [Fact]
    public void On_a_terminal_the_status_line_is_wiped_at_the_end()
    {
        var output = new TextOutput(Streams(new(IsTerminal: true, HasColours: false)), () => TestHealth.Of(received: 0, coalesced: 0, events: 0), manyRoots: false);

        output.Flush();
        var status = Written();
        output.End();

        Assert.Equal("\r\e[2K", Written()[status.Length..]);
    }

    [Fact]
    public void The_status_counts_what_is_open_and_lost()
    {
        var rates = new RateWindow(_time);

        Assert.Contains(" | open gaps 0 | 0.0 MB/s", rates.Describe(TestHealth.Of(received: 0, coalesced: 0, events: 0)), StringComparison.Ordinal);
        Assert.Contains(" | open gaps 1 | lost roots 1 | ", rates.Describe(TestHealth.Of(received: 0, coalesced: 0, events: 0, TestHealth.OpenGap, TestHealth.LostRoot)), StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_terminal_events_stand_above_the_status_line()
    {
        var output = new TextOutput(Streams(new(IsTerminal: true, HasColours: false)), () => TestHealth.Of(received: 1, coalesced: 0, events: 1), manyRoots: false);

        output.Flush();
        var status = Written();
        output.Write(new AuditEvent { Kind = AuditEventKind.Created, Root = "/r", RelativePath = "a", OccurredAt = _time.GetUtcNow() });
        output.Flush();

        Assert.StartsWith("\r\e[?7l\e[2mRunning | 0 events/s", status, StringComparison.Ordinal);
        Assert.EndsWith("\e[0K\e[?7h", status, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", status, StringComparison.Ordinal);

        // Wipes the status, writes the line, and shows the status again below it.
        Assert.Matches("^\r\e\\[2K[^\n]*Created[^\n]*a\n\r\e\\[\\?7l[^\n]*$", Written()[status.Length..]);
    }

    [Fact]
    public void Rates_are_those_of_the_last_second()
    {
        var rates = new RateWindow(_time);
        var events = 0;
        var line = "";
        for (var tick = 0; tick < 9; tick++)
        {
            line = rates.Describe(TestHealth.Of(received: events, coalesced: 0, events));
            _time.Advance(TimeSpan.FromMilliseconds(250));
            events += tick < 4 ? 1_000_000 : 25;
        }

        Assert.Contains("| 100 events/s | 100 hints/s |", line, StringComparison.Ordinal);
    }

    private StandardStreams Streams(Terminal terminal) => new(_stream, TextWriter.Null, terminal, Terminal.None) { Time = _time };

    private string Written() => Encoding.UTF8.GetString(_stream.ToArray());
}
