using System.Text;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class SummaryTests : IDisposable
{
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly MemoryStream _output = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose()
    {
        _error.Dispose();
        _output.Dispose();
    }

    [Fact]
    public void What_a_watch_came_to_is_said_on_standard_error()
    {
        var summary = Summarise();

        summary.Write(new AuditEvent { Kind = AuditEventKind.Created, Root = "/r", RelativePath = "a", OccurredAt = _time.GetUtcNow() });
        summary.Flush();
        var written = Encoding.UTF8.GetString(_output.ToArray());
        _time.Advance(TimeSpan.FromSeconds(90));
        summary.Report(TestHealth.Of(received: 3, coalesced: 2, events: 1));

        Assert.Equal(
            """
            filemonitor: watched for 90.0 s with test. Events: 1 (Created 1).
            filemonitor: hints: 3 received = 2 coalesced + 0 ignored + 0 suppressed + 1 emitted + 0 pending + 0 lost (balances).
            filemonitor: checksums: 0 files, 0 B. Gaps: 0, 0 of them open.
            filemonitor: degraded: slow\x1b[2J

            """.ReplaceLineEndings("\n"),
            _error.ToString());
        Assert.Contains("\"kind\":\"Created\"", written, StringComparison.Ordinal);
        Assert.Equal(written, Encoding.UTF8.GetString(_output.ToArray()));
    }

    [Fact]
    public void A_sum_that_does_not_hold_is_shouted()
    {
        Summarise().Report(TestHealth.Of(received: 5, coalesced: 2, events: 1));

        Assert.Contains("DOES NOT BALANCE", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_open_at_the_end_is_named()
    {
        var summary = Summarise();

        summary.Write(new AuditEvent { Kind = AuditEventKind.Gap, Root = "/r", Gap = new() { Cause = GapCause.QueueFull, Phase = GapPhase.Opened, Number = 1 }, OccurredAt = _time.GetUtcNow() });
        summary.Write(new AuditEvent { Kind = AuditEventKind.Gap, Root = "/r", Gap = new() { Cause = GapCause.QueueFull, Phase = GapPhase.Closed, Number = 1 }, OccurredAt = _time.GetUtcNow() });
        summary.Write(new AuditEvent { Kind = AuditEventKind.Gap, Root = "/r", Gap = new() { Cause = GapCause.Inaccessible, Phase = GapPhase.Opened, Number = 2 }, OccurredAt = _time.GetUtcNow() });
        summary.Report(TestHealth.Of(received: 0, coalesced: 0, events: 0, TestHealth.OpenGap, TestHealth.LostRoot));

        var said = _error.ToString();
        Assert.Contains(" Gaps: 2, 1 of them open.\n", said, StringComparison.Ordinal);
        Assert.Contains(
            $"filemonitor: open: gap #2, Inaccessible, \"{Path.Join("/r", @"a\x1b")}\": Closed to us.\nfilemonitor: lost: /gone: It is not there.\n", said, StringComparison.Ordinal);
    }

    private Summary Summarise()
    {
        var streams = new StandardStreams(_output, _error, Terminal.None, Terminal.None) { Time = _time };
        return new Summary(JsonLinesOutput.Of(WatchFormat.Jsonl, _output), streams);
    }
}
