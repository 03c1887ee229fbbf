namespace FileMonitor.Delivery;

/// <summary>
/// News about a sink that does not have some events: said when it loses the first one, and once more when it works again or the monitor stops.
/// </summary>
/// <param name="Sink">The name it was registered with.</param>
/// <param name="Dropped">How many events it does not have, from the beginning of this outage until now.</param>
/// <param name="FirstSequence">The lowest of their sequence numbers.</param>
/// <param name="LastSequence">The highest of their sequence numbers; some between the two may have been written.</param>
/// <param name="Error">The last reason, in words.</param>
/// <param name="Recovered">Whether the sink works again; false when the outage begins and when it is open at the stop.</param>
internal readonly record struct SinkOutage(string Sink, long Dropped, long FirstSequence, long LastSequence, string Error, bool Recovered);
