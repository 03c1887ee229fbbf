namespace FileMonitor;

public sealed partial class FileSystemMonitor
{
    /// <summary>
    /// Subscribes to the stream. Each call is a separate subscription with its own bounded buffer, from the moment of the call on; the first one
    /// also gets earlier events, as far as the buffer held them.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// The events, to be enumerated once. The enumeration completes when the monitor has stopped and everything was read, and throws the error
    /// that ended the monitor, if there was one. A reader that is too slow for its buffer gets a <see cref="AuditEventKind.Gap"/> for the events
    /// that it missed. Enumerated before <see cref="StartAsync"/>, it waits for the start, and after 10 seconds says so in the log (event 112).
    /// </returns>
    /// <example>
    /// <code>
    /// var events = monitor.ReadAllAsync();
    /// await monitor.StartAsync();
    /// await foreach (var e in events)
    /// {
    ///     Console.WriteLine($"{e.Kind} {e.Path} {e.Sha256}");
    /// }
    /// </code>
    /// </example>
    public IAsyncEnumerable<AuditEvent> ReadAllAsync(CancellationToken cancellationToken = default) => _startWait.Watch(_stream.Subscribe(cancellationToken));

    /// <summary>
    /// A subscription whose consumer acknowledges each event after its work. With durable state it continues after the last acknowledged event, also after a
    /// restart, and a new name begins with the first event of the current run. Without, the position is in memory (<see cref="EventSubscription.IsDurable"/>), and
    /// a new name begins with the next event; before the monitor has started, with the first.
    /// </summary>
    /// <param name="name">The name, by which the position is kept: 1 to 64 of the letters A to Z and a to z, digits, <c>-</c>, <c>_</c> and <c>.</c>. The same name is the same subscription.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is null, or has another length or other characters.</exception>
    /// <example>
    /// <code>
    /// var changes = monitor.Subscribe("index");
    /// await monitor.StartAsync();
    /// await foreach (var e in changes)
    /// {
    ///     Console.WriteLine($"{e.Kind} {e.Path}");
    ///     changes.Acknowledge(e);
    /// }
    /// </code>
    /// </example>
    public EventSubscription Subscribe(string name) => _subscriptions.Get(name);
}
