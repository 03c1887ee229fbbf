namespace FileMonitor.Durable;

/// <summary>
/// Takes every record of a monitor's journal elsewhere: to a broker, a database, another machine. It starts and stops with the monitor. Added by
/// <see cref="DurableStateExtensions.AddJournalConsumer"/> or <see cref="DurableStateExtensions.UseJournalConsumer"/>.
/// </summary>
public interface IJournalConsumer
{
    /// <summary>
    /// The name, by which its position is kept in the journal. 1 to 64 of A to Z, a to z, digits, <c>-</c>, <c>_</c> and <c>.</c>; another one for each consumer of a monitor. Under a
    /// new name it begins with the oldest record that the journal has.
    /// </summary>
    string Name { get; }

    /// <summary>Consumes the journal until it ends.</summary>
    /// <param name="journal">The journal, from the first record on that was not acknowledged.</param>
    /// <param name="cancellationToken">Signalled when the stop of the monitor does not wait any longer. What was not acknowledged comes again after the next start.</param>
    /// <returns>Ends after the enumeration of <paramref name="journal"/> has ended.</returns>
    /// <remarks>
    /// When it throws, or returns while there may be more, it is called again after a pause of 1 second, which doubles up to 1 minute as long as nothing is acknowledged. The
    /// monitor does not wait for it, except for up to 5 seconds when it stops. Records that wait for it are on the disk.
    /// </remarks>
    Task RunAsync(JournalSubscription journal, CancellationToken cancellationToken);
}
