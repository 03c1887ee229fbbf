namespace FileMonitor.Cli.Tests;

/// <summary>The health of a monitor that never ran.</summary>
internal static class TestHealth
{
    public static OpenGap OpenGap => new() { Number = 2, Cause = GapCause.Inaccessible, Root = "/r", RelativePath = "a\e", Since = DateTimeOffset.UnixEpoch, Detail = "Closed to us." };

    public static RootHealth LostRoot => new() { Path = "/gone", IsAvailable = false, Problem = "It is not there.", Source = "Test" };

    public static MonitorHealth OfRoots(params RootHealth[] roots) => Of(received: 0, coalesced: 0, events: 0, openGap: null, roots);

    public static MonitorHealth Of(long received, long coalesced, long events, OpenGap? openGap = null, params RootHealth[] roots) => new()
    {
        Monitor = "",
        State = MonitorState.Running,
        Source = "Test",
        Roots = roots,
        OpenGaps = openGap is null ? [] : [openGap],
        QueueLength = 0,
        QueueCapacity = 1,
        PendingPaths = 0,
        FilesWaitingToBeRead = 0,
        FilesBeingRead = 0,
        MaxConcurrentReads = 1,
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
