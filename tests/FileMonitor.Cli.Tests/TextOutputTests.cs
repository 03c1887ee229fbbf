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
    public void Redirected_output_is_lines_and_a_summary()
    {
        var output = new TextOutput(Streams(Terminal.None), () => Health(received: 3, coalesced: 2, events: 1), manyRoots: false);

        output.Write(new AuditEvent { Kind = AuditEventKind.Created, Root = "/r", RelativePath = "a", OccurredAt = _time.GetUtcNow() });
        output.Flush();
        _time.Advance(TimeSpan.FromSeconds(90));
        output.Flush();
        output.WriteSummary();

        Assert.Equal(
            """
            2000-01-01 00:00:00.000  Created       a
            Watched for 90.0 s with Test. Events: 1 (Created 1).
            Hints: 3 received = 2 coalesced + 0 ignored + 0 suppressed + 1 emitted + 0 pending + 0 lost (balances).
            Checksums: 0 files, 0 B. Gaps: 0, 0 of them open.
            Degraded: slow\x1b[2J

            """.ReplaceLineEndings("\n"),
            Written());
    }

    [Fact]
    public void A_sum_that_does_not_hold_is_shouted()
    {
        var output = new TextOutput(Streams(Terminal.None), () => Health(received: 5, coalesced: 2, events: 1), manyRoots: false);

        output.WriteSummary();

        Assert.Contains("DOES NOT BALANCE", Written(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_open_at_the_end_is_named()
    {
        var output = new TextOutput(Streams(Terminal.None), () => Health(received: 0, coalesced: 0, events: 0, OpenGap, LostRoot), manyRoots: false);

        output.Write(new AuditEvent { Kind = AuditEventKind.Gap, Root = "/r", GapCause = GapCause.QueueFull, GapPhase = GapPhase.Opened, GapNumber = 1, OccurredAt = _time.GetUtcNow() });
        output.Write(new AuditEvent { Kind = AuditEventKind.Gap, Root = "/r", GapCause = GapCause.QueueFull, GapPhase = GapPhase.Closed, GapNumber = 1, OccurredAt = _time.GetUtcNow() });
        output.Write(new AuditEvent { Kind = AuditEventKind.Gap, Root = "/r", GapCause = GapCause.Inaccessible, GapPhase = GapPhase.Opened, GapNumber = 2, OccurredAt = _time.GetUtcNow() });
        output.WriteSummary();

        Assert.Contains(" Gaps: 2, 1 of them open.\n", Written(), StringComparison.Ordinal);
        Assert.Contains($"Open: gap #2, Inaccessible, \"{Path.Join("/r", @"a\x1b")}\": Closed to us.\nLost: /gone: It is not there.\n", Written(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_status_counts_what_is_open_and_lost()
    {
        var rates = new RateWindow(_time);

        Assert.Contains(" | open gaps 0 | 0.0 MB/s", rates.Describe(Health(received: 0, coalesced: 0, events: 0)), StringComparison.Ordinal);
        Assert.Contains(" | open gaps 1 | lost roots 1 | ", rates.Describe(Health(received: 0, coalesced: 0, events: 0, OpenGap, LostRoot)), StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_terminal_events_stand_above_the_status_line()
    {
        var output = new TextOutput(Streams(new(IsTerminal: true, HasColours: false)), () => Health(received: 1, coalesced: 0, events: 1), manyRoots: false);

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
            line = rates.Describe(Health(received: events, coalesced: 0, events));
            _time.Advance(TimeSpan.FromMilliseconds(250));
            events += tick < 4 ? 1_000_000 : 25;
        }

        Assert.Contains("| 100 events/s | 100 hints/s |", line, StringComparison.Ordinal);
    }

    private StandardStreams Streams(Terminal terminal) => new(_stream, TextWriter.Null, terminal, Terminal.None) { Time = _time };

    private string Written() => Encoding.UTF8.GetString(_stream.ToArray());

    private static OpenGap OpenGap => new() { Number = 2, Cause = GapCause.Inaccessible, Root = "/r", RelativePath = "a\e", Since = DateTimeOffset.UnixEpoch, Detail = "Closed to us." };

    private static RootHealth LostRoot => new() { Path = "/gone", IsAvailable = false, Problem = "It is not there.", Source = "Test" };

    private static MonitorHealth Health(long received, long coalesced, long events, OpenGap? openGap = null, RootHealth? root = null) => new()
    {
        Monitor = "",
        State = MonitorState.Running,
        Source = "Test",
        Roots = root is null ? [] : [root],
        OpenGaps = openGap is null ? [] : [openGap],
        QueueLength = 0,
        QueueCapacity = 1,
        PendingPaths = 0,
        WaitingForPermit = 0,
        PermitsInUse = 0,
        Permits = 1,
        DirectoriesToReconcile = 0,
        KnownItems = 0,
        Degradations = ["slow\e[2J"],
        Sinks = [],
        Readers = [],
        Counters = new()
        {
            Received = received,
            Coalesced = coalesced,
            Emitted = events,
            Events = events,
            Ignored = 0,
            Suppressed = 0,
            Pending = 0,
            Lost = 0,
            Transient = 0,
            SourceLosses = 0,
            SourceRestarts = 0,
            Gaps = 0,
            ChecksumFiles = 0,
            ChecksumBytes = 0,
        },
    };
}
