using System.Text.Encodings.Web;
using FileMonitor.Diagnostics;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Delivery;

/// <summary>Counts, measures and logs emitted events. Called by the dispatcher; any thread reads the counts.</summary>
internal sealed class EventTally(MonitorInstruments instruments, ILogger logger)
{
    private readonly long[] _emitted = new long[Enum.GetValues<AuditEventKind>().Length];
    private readonly long[] _gapsOpened = new long[Enum.GetValues<GapCause>().Length];

    /// <summary>Gap events so far.</summary>
    public long Gaps => Interlocked.Read(ref _emitted[(int)AuditEventKind.Gap]);

    /// <summary>Events so far, by <see cref="AuditEventKind"/>.</summary>
    public IReadOnlyList<long> Emitted => Copy(_emitted);

    /// <summary>Gaps opened so far, by <see cref="GapCause"/>.</summary>
    public IReadOnlyList<long> GapsOpened => Copy(_gapsOpened);

    /// <summary>Counts a batch after its events were numbered.</summary>
    public void Add(IReadOnlyList<StreamItem> batch, DateTimeOffset now)
    {
        var isTraced = logger.IsEnabled(LogLevel.Trace);
        for (var at = 0; at < batch.Count; at++)
        {
            if (batch[at].Event is not { } told)
            {
                continue;
            }

            Interlocked.Increment(ref _emitted[(int)told.Kind]);
            if (told.Gap is { Phase: GapPhase.Opened, Cause: var cause })
            {
                Interlocked.Increment(ref _gapsOpened[(int)cause]);
            }

            instruments.Emitted(told, now);
            if (isTraced)
            {
                // File names are untrusted: escape them so that they cannot control the terminal that shows the log.
                logger.EventTold(told.Sequence, told.Kind, told.Root, JavaScriptEncoder.Default.Encode(told.RelativePath));
            }
        }
    }

    private static long[] Copy(long[] counts)
    {
        var copy = new long[counts.Length];
        for (var i = 0; i < copy.Length; i++)
        {
            copy[i] = Interlocked.Read(ref counts[i]);
        }

        return copy;
    }
}
