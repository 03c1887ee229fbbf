using System.Runtime.CompilerServices;
using FileMonitor.Durable.State;

namespace FileMonitor.Durable;

/// <summary>Reads what a monitor with durable state has in its journal, for a reader that keeps its place itself.</summary>
public static class DurableEvents
{
    /// <summary>
    /// The events behind one, from the journal of the running monitor, in order. Nothing is acknowledged, and no place is kept. It ends with the last event
    /// that is on the disk when it gets there: read <see cref="FileSystemMonitor.ReadAllAsync"/> for what follows. A required sink may not have the latest of them yet.
    /// </summary>
    /// <param name="monitor">A monitor with durable state that is running.</param>
    /// <param name="afterSequence">The sequence number of the last event that the reader has; 0 for all that the journal has.</param>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// The events, byte for byte as they were told. Where the journal does not have the first of them any more, a <see cref="AuditEventKind.Gap"/> with
    /// <see cref="GapCause.ReaderTooSlow"/> says which; its sequence number is that of the last of these. Empty when there is none behind
    /// <paramref name="afterSequence"/>.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="monitor"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="afterSequence"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">The monitor has no durable state, has not started, or has stopped. Thrown when the enumeration begins.</exception>
    /// <exception cref="IOException">The journal cannot be read, or is damaged. Thrown by the enumeration.</exception>
    public static IAsyncEnumerable<AuditEvent> ReadAsync(FileSystemMonitor monitor, long afterSequence, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(monitor);
        ArgumentOutOfRangeException.ThrowIfNegative(afterSequence);
        return ReadCoreAsync(monitor, afterSequence, cancellationToken);
    }

    /// <summary>
    /// The records before one, from the journal of the running monitor, newest first: for a search that begins with the latest. They are events and what the monitor notes about itself, as
    /// they are in the journal. Nothing is acknowledged, and no place is kept. It ends with the oldest record that the journal still has.
    /// </summary>
    /// <param name="monitor">A monitor with durable state that is running.</param>
    /// <param name="beforeIndex">The index of the first record that is not wanted; <see cref="long.MaxValue"/> to begin with the last one that is on the disk.</param>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="monitor"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="beforeIndex"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">The monitor has no durable state, has not started, or has stopped. Thrown when the enumeration begins.</exception>
    /// <exception cref="IOException">The journal cannot be read, or is damaged. Thrown by the enumeration.</exception>
    public static IAsyncEnumerable<JournalRecord> ReadBackAsync(FileSystemMonitor monitor, long beforeIndex = long.MaxValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(monitor);
        ArgumentOutOfRangeException.ThrowIfNegative(beforeIndex);
        return ReadBackCoreAsync(monitor, beforeIndex, cancellationToken);
    }

    private static async IAsyncEnumerable<JournalRecord> ReadBackCoreAsync(FileSystemMonitor monitor, long beforeIndex, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var records = (monitor.Part as DurableStore)?.ReadBack(beforeIndex) ?? throw NotRunning(monitor);
        while (await Task.Run(records.ReadNext, cancellationToken).ConfigureAwait(false) is { Count: > 0 } batch)
        {
            foreach (var one in batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return one;
            }
        }
    }

    private static InvalidOperationException NotRunning(FileSystemMonitor monitor) => new($"The monitor {monitor.Name} has no durable state, has not started, or has stopped.");

    private static async IAsyncEnumerable<AuditEvent> ReadCoreAsync(FileSystemMonitor monitor, long afterSequence, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var events = (monitor.Part as DurableStore)?.ReadEvents(afterSequence) ?? throw NotRunning(monitor);
        while (await Task.Run(events.ReadNext, cancellationToken).ConfigureAwait(false) is { Count: > 0 } batch)
        {
            foreach (var one in batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return one;
            }
        }
    }
}
