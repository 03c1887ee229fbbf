namespace FileMonitor.Agent.Events;

/// <summary>One event as readers get it. The bytes are created once, on publishing, for all readers.</summary>
/// <param name="Position">Its place in the order of this run, from 1, without holes, over all monitors.</param>
/// <param name="Monitor">The monitor that reported it.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Frame">The whole server-sent event, in UTF-8, with the empty line at its end.</param>
/// <param name="Before">How far a reader is in each monitor that has all before it.</param>
/// <param name="After">How far it is with this one.</param>
internal sealed record BufferedEvent(long Position, string Monitor, AuditEventKind Kind, byte[] Frame, StreamPlace Before, StreamPlace After)
{
    /// <summary>Where its JSON begins in the frame.</summary>
    public required int LineStart { get; init; }

    /// <summary>Its JSON, one line with its line feed.</summary>
    public ReadOnlyMemory<byte> Line => Frame.AsMemory(LineStart..^1);
}
