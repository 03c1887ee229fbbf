namespace FileMonitor.Delivery;

/// <summary>
/// The dead letters of one handler. Thread-safe by its own lock, which is held while they are stored; the list itself is replaced at each change.
/// </summary>
/// <param name="letters">The letters at the beginning.</param>
/// <param name="store">Stores the letters, all of them, before they count; throws when they cannot be stored. Null where they live as long as the process.</param>
internal sealed class DeadLetterList(IReadOnlyList<DeadLetter> letters, Action<IReadOnlyList<DeadLetter>>? store = null)
{
    private readonly Lock _gate = new();
    private volatile IReadOnlyList<DeadLetter> _letters = letters;

    /// <summary>The letters, oldest first.</summary>
    public IReadOnlyList<DeadLetter> Letters => _letters;

    /// <summary>Adds a letter, unless there are <paramref name="most"/>. Once it is added, it survives as long as the position of the handler does.</summary>
    /// <returns>Whether there was room.</returns>
    /// <exception cref="IOException">The disk failed or is full; nothing was added.</exception>
    public bool TryAdd(DeadLetter letter, int most)
    {
        lock (_gate)
        {
            if (_letters.Count >= most)
            {
                return false;
            }

            Replace([.. _letters, letter]);
            return true;
        }
    }

    /// <summary>Removes the letter of an event.</summary>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="IOException">The disk failed or is full; nothing was removed.</exception>
    public bool Remove(Guid eventId)
    {
        lock (_gate)
        {
            List<DeadLetter> left = [.. _letters.Where(letter => letter.Event.Id != eventId)];
            if (left.Count == _letters.Count)
            {
                return false;
            }

            Replace(left);
            return true;
        }
    }

    private void Replace(IReadOnlyList<DeadLetter> letters)
    {
        store?.Invoke(letters);
        _letters = letters;
    }
}
