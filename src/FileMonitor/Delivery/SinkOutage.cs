namespace FileMonitor.Delivery;

/// <summary>
/// A sink does not have some events: reported when it loses the first one, and again when it recovers or the monitor stops.
/// </summary>
/// <param name="Sink">The registered name of the sink.</param>
/// <param name="Dropped">How many events it does not have, since the beginning of this outage.</param>
/// <param name="FirstSequence">The lowest of their sequence numbers.</param>
/// <param name="LastSequence">The highest of their sequence numbers; some between the two may have been written.</param>
/// <param name="Error">The last error.</param>
/// <param name="Recovered">Whether the sink has recovered; false when the outage begins and when it is open at the stop.</param>
internal readonly record struct SinkOutage(string Sink, long Dropped, long FirstSequence, long LastSequence, string Error, bool Recovered);
