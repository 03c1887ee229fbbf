using System.Globalization;

namespace FileMonitor.Cli;

/// <summary>The rates over about the last second, and the load of the monitor, in one line.</summary>
internal sealed class RateWindow(TimeProvider time)
{
    private const int Samples = 5;

    private readonly Queue<(long At, MonitorCounters Counters)> _samples = new(Samples);

    public string Describe(MonitorHealth health)
    {
        var now = time.GetTimestamp();
        var counters = health.Counters;
        if (_samples.Count == Samples)
        {
            _samples.Dequeue();
        }

        _samples.Enqueue((now, counters));
        var (at, before) = _samples.Peek();
        var seconds = time.GetElapsedTime(at, now).TotalSeconds;
        double PerSecond(long was, long isNow) => seconds > 0 ? (isNow - was) / seconds : 0;

        var degraded = health.Degradations.Count == 0 ? "" : $" | degraded: {TerminalText.Neutralise(health.Degradations[0])}";
        // Before it has started none is available, and none is lost.
        var lost = health.State == MonitorState.Starting ? 0 : health.Roots.Count(root => !root.IsAvailable);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{health.State} | {PerSecond(before.Events, counters.Events):n0} events/s | {PerSecond(before.Received, counters.Received):n0} hints/s"
            + $" | queue {100.0 * health.QueueLength / Math.Max(1, health.QueueCapacity):n0}% | pending {health.PendingPaths:n0}"
            + $" | in flight {health.FilesBeingRead + health.FilesWaitingToBeRead:n0} | open gaps {health.OpenGaps.Count:n0}{(lost == 0 ? "" : $" | lost roots {lost}")}"
            + $" | {PerSecond(before.ChecksumBytes, counters.ChecksumBytes) / 1e6:n1} MB/s{degraded}");
    }
}
