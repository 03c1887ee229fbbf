using FluentAssertions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace FileMonitor.Hosting.Tests;

public sealed class FileMonitorHealthReportTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, HealthStatus, string> Cases { get; } = new()
    {
        { "", HealthStatus.Healthy, "1 root is watched, 1,234 items are known." },

        { "state Created", HealthStatus.Unhealthy, "The monitor was not started: call AsHostedService on its builder, or StartAsync." },
        { "state Starting", HealthStatus.Unhealthy, "The monitor is starting: it reads what is below its roots. Wait until that is done." },
        { "state Stopping", HealthStatus.Unhealthy, "The monitor is stopping: it delivers what it has and takes nothing new." },
        { "state Stopped", HealthStatus.Unhealthy, "The monitor has stopped. Start the program again." },
        { "state Faulted", HealthStatus.Unhealthy, "The monitor has ended by an error and watches nothing any more. Start the program again; log events 103 and 104 have the details." },
        { "state Faulted; fault no watches left", HealthStatus.Unhealthy, "The monitor has ended by an error and watches nothing any more: IOException: no watches left. Start the program again; log events 103 and 104 have the details." },
        { "state Stopped; root lost 3600; queue 100", HealthStatus.Unhealthy, "The monitor has stopped. Start the program again." },

        { "root lost 0", HealthStatus.Degraded, "Root '/in' has not been watched for a moment: It is gone. Put that right, and it is watched again by itself." },
        { "root lost 59", HealthStatus.Degraded, "Root '/in' has not been watched for 59 seconds: It is gone. Put that right, and it is watched again by itself." },
        { "root lost 60", HealthStatus.Unhealthy, "Root '/in' has not been watched for 1 minute: It is gone. Put that right, and it is watched again by itself." },
        { "root lost 7200", HealthStatus.Unhealthy, "Root '/in' has not been watched for 2 hours: It is gone. Put that right, and it is watched again by itself." },
        { "root lost 86400", HealthStatus.Unhealthy, "Root '/in' has not been watched for 1 day: It is gone. Put that right, and it is watched again by itself." },
        { "root lost -5", HealthStatus.Degraded, "Root '/in' has not been watched for a moment: It is gone. Put that right, and it is watched again by itself." },
        { "root lost unknown", HealthStatus.Degraded, "Root '/in' has not been watched for a moment: no reason was given. Put that right, and it is watched again by itself." },
        { "root lost 10; root lost 20", HealthStatus.Degraded, "Root '/in' has not been watched for 20 seconds*Root '/in' has not been watched for 10 seconds*" },
        { "root lost 10; gap RootLost 10", HealthStatus.Degraded, "Root '/in' has not been watched for 10 seconds: It is gone. Put that right, and it is watched again by itself." },
        { "gap RootLost 10", HealthStatus.Degraded, "Changes below '/in' may be missing or late (RootLost, gap 1, for 10 seconds): the detail." },

        { "sink failing 299", HealthStatus.Degraded, "Sink audit does not accept events; 1,000 events are lost to it so far: IOException: disk full. Repair what it writes to." },
        { "sink failing 300", HealthStatus.Unhealthy, "Sink audit does not accept events; 1,000 events are lost to it so far: IOException: disk full. Repair what it writes to." },
        { "sink failing 300; store", HealthStatus.Unhealthy, "Sink audit does not accept events; 2 events wait for it, and none is lost: IOException: disk full. Repair what it writes to." },
        { "store 299", HealthStatus.Degraded, "The durable state in '/state' has a problem: No room is left. While it cannot be written, events are held back and nobody is told of them. Make room on that disk, or repair it; the monitor tries again by itself." },
        { "store 300", HealthStatus.Unhealthy, "The durable state in '/state' has a problem: No room is left. While it cannot be written, events are held back and nobody is told of them. Make room on that disk, or repair it; the monitor tries again by itself." },

        { "store wrong", HealthStatus.Unhealthy, "The journal in '/state' is not what was written, from record 4 on: Record 4 is another. Somebody changed it, or the disk did. Copy the directory for whoever looks into it, and compare it with what is anchored elsewhere." },

        { "gap SourceError 299", HealthStatus.Degraded, "Changes below '/in' may be missing or late (SourceError, gap 1, for 4 minutes): the detail." },
        { "gap SourceError 300", HealthStatus.Unhealthy, "The source of '/in' has been down for 5 minutes, and the directory is compared with the disk meanwhile: the detail. Log events 200 to 202 say why it cannot be restarted." },
        { "gap SourceOverflow 299", HealthStatus.Degraded, "Changes below '/in' may be missing or late (SourceOverflow, gap 1, for 4 minutes): the detail." },
        { "gap SourceOverflow 300", HealthStatus.Degraded, "Changes below '/in' may be missing or late (SourceOverflow, gap 1, for 5 minutes): the detail." },
        { "gap SourceOverflow 300; degradation the detail", HealthStatus.Unhealthy, "The source of '/in' has been down for 5 minutes, and the directory is compared with the disk meanwhile: the detail. Log events 200 to 202 say why it cannot be restarted." },
        { "gap PartialCoverage 100000", HealthStatus.Degraded, "Changes below '/in' may be missing or late (PartialCoverage, gap 1, for 1 day): the detail." },
        { "gap Inaccessible 100000", HealthStatus.Degraded, "Changes below '/in' may be missing or late (Inaccessible, gap 1, for 1 day): the detail." },
        { "gap QueueFull 1; gap ClockJump 3; gap PartialCoverage 2", HealthStatus.Degraded, "Changes below '/in' may be missing or late (PartialCoverage, gap 3, for 2 seconds): the detail. Changes below '/in' may be missing or late (ClockJump, gap 2, for 3 seconds): the detail. Changes below '/in' may be missing or late (QueueFull, gap 1, for 1 second): the detail." },
        { "gap QueueFull 1; gap ClockJump 2; gap Inaccessible 3; gap Inaccessible 4", HealthStatus.Degraded, "*1 more gap is open." },
        { "gap QueueFull 1; gap ClockJump 2; gap Inaccessible 3; gap Inaccessible 4; gap Inaccessible 5", HealthStatus.Degraded, "*2 more gaps are open." },
        { "gap QueueFull 1; gap ClockJump 2; gap Inaccessible 3; gap Inaccessible 4; gap SourceError 300", HealthStatus.Unhealthy, "The source of*1 more gap is open." },

        { "sink failing", HealthStatus.Degraded, "Sink audit does not accept events; 1,000 events are lost to it so far: IOException: disk full. Repair what it writes to." },
        { "sink open", HealthStatus.Degraded, "Sink audit failed again and again and is left alone for a while; 1,000 events are lost to it so far: IOException: disk full. Repair what it writes to." },
        { "sink open; sink failing", HealthStatus.Degraded, "*does not accept*is left alone*" },
        { "sink failing; degradation Sink audit fails: IOException: disk full", HealthStatus.Degraded, "Sink audit does not accept events; 1,000 events are lost to it so far: IOException: disk full. Repair what it writes to." },

        { "handler failing 299", HealthStatus.Degraded, "Handler ingest has failed for 4 minutes; 2 events wait for it: IOException: disk full. Repair what it works with." },
        { "handler failing 300; degradation Handler ingest fails: IOException: disk full", HealthStatus.Unhealthy, "Handler ingest has failed for 5 minutes; 2 events wait for it: IOException: disk full. Repair what it works with." },
        { "handler letters", HealthStatus.Degraded, "Handler ingest has 1 dead letter. Look at them, repair the cause, then try them again or remove them (DeadLetters)." },
        { "handler blocked", HealthStatus.Degraded, "Handler ingest holds back events, because its list of dead letters is full or cannot be written, or because too many wait behind one that fails. Repair what it works with; try dead letters again, or remove them." },
        { "handler", HealthStatus.Healthy, "*" },

        { "wait 29", HealthStatus.Healthy, "*" },
        { "wait 30", HealthStatus.Degraded, "The monitor has stalled: a path has waited for 30 seconds with nothing done for it, while 17 files are being read of at most 18 at once and 16 files wait. Either its file system does not answer, or a reader, a required sink or MaxEventsPerSecond holds up the stream, or more is written than can be read." },

        { "queue 80", HealthStatus.Healthy, "*" },
        { "queue 81", HealthStatus.Degraded, "The queue is 81 % full: changes come faster than they are handled. If this lasts, ignore what nobody needs, make slow sinks and readers faster, or raise Queue.Capacity." },

        { "reader lagging", HealthStatus.Degraded, "1 reader is too slow and skipped 7 events so far. Read faster, or raise Readers.BufferCapacity." },
        { "reader lagging; reader lagging", HealthStatus.Degraded, "2 readers are too slow and skipped 14 events so far. Read faster, or raise Readers.BufferCapacity." },
        { "reader", HealthStatus.Healthy, "*" },

        { "root polled", HealthStatus.Degraded, "Root '/in' is watched by Polling instead of what was asked for: It lies on nfs. If that is as it should be, set Source to Polling." },
        { "root gone-and-polled", HealthStatus.Degraded, "Root '/in' has not been watched for a moment: It is gone. Put that right, and it is watched again by itself." },
        { "root lost 60; root polled", HealthStatus.Unhealthy, "Root '/in' has not been watched*" },

        { "degradation the source of the host is tired", HealthStatus.Degraded, "the source of the host is tired." },
        { "gap PartialCoverage 1; degradation the detail", HealthStatus.Degraded, "Changes below '/in' may be missing or late (PartialCoverage, gap 1, for 1 second): the detail." },

        {
            "degradation tired!; root polled; reader lagging; queue 90; sink failing; gap QueueFull 1; root lost 10; gap SourceError 300",
            HealthStatus.Unhealthy,
            "The source of '/in' has been down*Root '/in' has not been watched for 10 seconds*Changes below '/in'*Sink audit*The queue is 90 % full*1 reader is*tired!"
        },
        { "degradation 1; degradation 2; degradation 3; degradation 4; degradation 5; degradation 6; degradation 7; degradation 8; degradation 9; degradation 10; degradation 11; degradation 12", HealthStatus.Degraded, "1. 2. 3. 4. 5. 6. 7. 8. 9. 10. And 2 more." },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_monitor_is_judged_and_what_to_do_is_said(string conditions, HealthStatus status, string description)
    {
        var report = FileMonitorHealthReport.Assess(Health(conditions), new FileMonitorHealthOptions(), Now);

        report.Status.Should().Be(status);
        report.Description.Should().Match(description);
        report.Findings.Where(finding => finding is not [.., '.' or '!']).Should().BeEmpty("each is a sentence");
        (report.Findings.Count == 0).Should().Be(status == HealthStatus.Healthy);
        report.Monitor.Should().Be("uploads");
    }

    [Theory]
    [InlineData("root lost 9", HealthStatus.Degraded)]
    [InlineData("root lost 10", HealthStatus.Unhealthy)]
    [InlineData("gap SourceError 19", HealthStatus.Degraded)]
    [InlineData("gap SourceError 20", HealthStatus.Unhealthy)]
    [InlineData("queue 50", HealthStatus.Healthy)]
    [InlineData("queue 51", HealthStatus.Degraded)]
    [InlineData("wait 4", HealthStatus.Healthy)]
    [InlineData("wait 5", HealthStatus.Degraded)]
    public void The_host_sets_the_thresholds(string conditions, HealthStatus status)
    {
        var options = new FileMonitorHealthOptions { QueueFill = 0.5, RootLostAfter = TimeSpan.FromSeconds(10), SourceDeadAfter = TimeSpan.FromSeconds(20), StalledAfter = TimeSpan.FromSeconds(5) };

        FileMonitorHealthReport.Assess(Health(conditions), options, Now).Status.Should().Be(status);
    }

    [Fact]
    public void The_numbers_are_those_of_the_monitor()
    {
        var report = FileMonitorHealthReport.Assess(Health("root lost 10; sink failing; sink open; reader; reader lagging; queue 7; wait 20; gap Inaccessible 1"), new FileMonitorHealthOptions(), Now);

        report.Data.Should().BeEquivalentTo(new Dictionary<string, object>
        {
            ["state"] = "Running",
            ["source"] = "Inotify",
            ["roots"] = 1,
            ["root0"] = "/in: unavailable",
            ["rootsUnavailable"] = 1,
            ["rootsOnFallback"] = 0,
            ["openGaps"] = 1,
            ["received"] = 1L,
            ["coalesced"] = 2L,
            ["ignored"] = 3L,
            ["suppressed"] = 4L,
            ["emitted"] = 5L,
            ["pending"] = 6L,
            ["lost"] = 7L,
            ["transient"] = 8L,
            ["sourceLosses"] = 9L,
            ["sourceRestarts"] = 10L,
            ["events"] = 11L,
            ["gaps"] = 12L,
            ["checksumFiles"] = 13L,
            ["checksumBytes"] = 14L,
            ["queueLength"] = 7,
            ["queueCapacity"] = 100,
            ["pendingPaths"] = 15,
            ["filesWaitingToBeRead"] = 16,
            ["filesBeingRead"] = 17,
            ["maxConcurrentReads"] = 18,
            ["oldestWaitSeconds"] = 20L,
            ["directoriesToReconcile"] = 19,
            ["knownItems"] = 1_234,
            ["sinks"] = 2,
            ["sinksFailing"] = 2,
            ["sinkEventsDropped"] = 2_000L,
            ["heldFiles"] = 0,
            ["handlers"] = 0,
            ["handlersFailing"] = 0,
            ["deadLetters"] = 0,
            ["readers"] = 2,
            ["readersLagging"] = 1,
            ["readerEventsSkipped"] = 14L,
        });
        report.Data.Values.Should().OnlyContain(value => value is string || value is int || value is long);
    }

    [Fact]
    public void A_root_on_another_source_is_counted_and_named_with_it()
    {
        var data = FileMonitorHealthReport.Assess(Health("root polled"), new FileMonitorHealthOptions(), Now).Data;

        (data["rootsOnFallback"], data["root0"]).Should().Be((1, "/in: Polling"));
    }

    [Fact]
    public void No_name_of_a_file_or_directory_below_the_roots_is_among_the_data() =>
        FileMonitorHealthReport.Assess(Health("gap Inaccessible 1; sink failing; degradation below"), new FileMonitorHealthOptions(), Now)
            .Data.Values.OfType<string>().Should().NotContain(value => value.Contains("below", StringComparison.Ordinal));

    [Fact]
    public void Null_is_refused()
    {
        Action[] calls =
        [
            () => FileMonitorHealthReport.Assess(null!, new FileMonitorHealthOptions(), Now),
            () => FileMonitorHealthReport.Assess(Health(""), null!, Now),
        ];

        foreach (var call in calls)
        {
            call.Should().Throw<ArgumentNullException>();
        }
    }

    /// <summary>The health of a monitor in which these conditions hold; without any, all is well.</summary>
    private static MonitorHealth Health(string conditions)
    {
        var state = MonitorState.Running;
        Exception? fault = null;
        StoreHealth? store = null;
        var handlers = new List<HandlerHealth>();
        var (roots, gaps, sinks, readers, degradations, queue, wait) = (new List<RootHealth>(), new List<OpenGap>(), new List<SinkHealth>(), new List<ReaderHealth>(), new List<string>(), 0, 0);
        foreach (var condition in conditions.Split("; ", StringSplitOptions.RemoveEmptyEntries))
        {
            var words = condition.Split(' ', 2);
            var rest = words.ElementAtOrDefault(1) ?? "";
            switch (words[0])
            {
                case "state":
                    state = Enum.Parse<MonitorState>(rest);
                    break;
                case "fault":
                    fault = new IOException(rest);
                    break;
                case "root":
                    roots.Add(Root(rest));
                    break;
                case "gap":
                    gaps.Add(Gap(gaps.Count + 1, rest));
                    break;
                case "sink":
                    sinks.Add(new() { Name = "audit", Promise = rest == "open" ? SinkPromise.BestEffort : SinkPromise.Required, IsFailing = rest.StartsWith("failing", StringComparison.Ordinal), FailingSince = Before(rest), IsCircuitOpen = rest == "open", Written = 5, Dropped = 1_000, Failures = 3, Buffered = 2, LastError = "IOException: disk full" });
                    break;
                case "store":
                    store = new() { Directory = "/state", Records = 9, Checkpointed = 8, Cursors = [], Problem = rest.Length > 0 && rest != "wrong" ? "No room is left." : null, ProblemSince = rest == "wrong" ? null : Before(rest), Verification = rest == "wrong" ? new() { Problem = "Record 4 is another.", FirstWrongRecord = 4 } : null };
                    break;
                case "handler":
                    handlers.Add(new() { Name = "ingest", IsDurable = true, Handled = 4, Failures = 3, Lag = 2, DeadLetters = rest == "letters" ? 1 : 0, IsBlocked = rest == "blocked", FailingSince = Before(rest), LastError = "IOException: disk full" });
                    break;
                case "reader":
                    readers.Add(new() { Buffered = 3, Capacity = 4, Skipped = 7, IsLagging = rest == "lagging" });
                    break;
                case "wait":
                    wait = int.Parse(rest, null);
                    break;
                case "queue":
                    queue = int.Parse(rest, null);
                    break;
                case "degradation":
                    degradations.Add(rest);
                    break;
                default:
                    throw new ArgumentException(condition, nameof(conditions));
            }
        }

        return new MonitorHealth
        {
            Monitor = "uploads",
            State = state,
            Fault = fault,
            Source = "Inotify",
            Roots = roots.Count > 0 ? roots : [Root("")],
            OpenGaps = gaps,
            Counters = Counters(),
            QueueLength = queue,
            OldestWait = TimeSpan.FromSeconds(wait),
            QueueCapacity = 100,
            PendingPaths = 15,
            FilesWaitingToBeRead = 16,
            FilesBeingRead = 17,
            MaxConcurrentReads = 18,
            DirectoriesToReconcile = 19,
            KnownItems = 1_234,
            Degradations = degradations,
            Sinks = sinks,
            Handlers = handlers,
            Readers = readers,
            Store = store,
        };
    }

    /// <summary>As many seconds ago as the last word says; null when it says nothing.</summary>
    private static DateTimeOffset? Before(string condition) => int.TryParse(condition.Split(' ')[^1], out var seconds) ? Now.AddSeconds(-seconds) : null;

    private static RootHealth Root(string condition) => condition.Split(' ') switch
    {
        ["lost", "unknown"] => new() { Path = "/in", IsAvailable = false, Source = "Inotify" },
        ["lost", var seconds] => new() { Path = "/in", IsAvailable = false, Problem = "It is gone.", UnavailableSince = Now.AddSeconds(-int.Parse(seconds, null)), Source = "Inotify" },
        ["gone-and-polled"] => new() { Path = "/in", IsAvailable = false, Problem = "It is gone.", UnavailableSince = Now, Source = "Polling", SourceReason = "It lies on nfs" },
        ["polled"] => new() { Path = "/in", IsAvailable = true, Source = "Polling", SourceReason = "It lies on nfs" },
        _ => new() { Path = "/in", IsAvailable = true, Source = "Inotify" },
    };

    private static OpenGap Gap(int number, string condition) => new()
    {
        Number = number,
        Cause = Enum.Parse<GapCause>(condition.Split(' ')[0]),
        Root = "/in",
        RelativePath = "below",
        Since = Now.AddSeconds(-int.Parse(condition.Split(' ')[1], null)),
        Detail = "the detail",
    };

    private static MonitorCounters Counters() => new()
    {
        Received = 1,
        Coalesced = 2,
        Ignored = 3,
        Suppressed = 4,
        Emitted = 5,
        Pending = 6,
        Lost = 7,
        Transient = 8,
        SourceLosses = 9,
        SourceRestarts = 10,
        Events = 11,
        Gaps = 12,
        ChecksumFiles = 13,
        ChecksumBytes = 14,
    };
}
