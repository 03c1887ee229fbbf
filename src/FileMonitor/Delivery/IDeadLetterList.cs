namespace FileMonitor.Delivery;

/// <summary>The dead letters of one handler. Thread-safe.</summary>
internal interface IDeadLetterList
{
    /// <summary>The letters, oldest first.</summary>
    IReadOnlyList<DeadLetter> Letters { get; }

    /// <summary>Adds a letter. When it returns, the letter is where it survives as long as the position of the handler does.</summary>
    /// <exception cref="IOException">The disk failed or is full; nothing was added.</exception>
    void Add(DeadLetter letter);

    /// <summary>Removes the letter of an event.</summary>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="IOException">The disk failed or is full; nothing was removed.</exception>
    bool Remove(Guid eventId);
}
