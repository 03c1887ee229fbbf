using FileMonitor.Delivery;

namespace FileMonitor.Handling;

/// <summary>The dead letters of a handler whose monitor has no store.</summary>
internal sealed class MemoryDeadLetters : IDeadLetterList
{
    private readonly Lock _gate = new();
    private readonly List<DeadLetter> _letters = [];

    public IReadOnlyList<DeadLetter> Letters
    {
        get
        {
            lock (_gate)
            {
                return [.. _letters];
            }
        }
    }

    public void Add(DeadLetter letter)
    {
        lock (_gate)
        {
            _letters.Add(letter);
        }
    }

    public bool Remove(Guid eventId)
    {
        lock (_gate)
        {
            return _letters.RemoveAll(letter => letter.Event.Id == eventId) > 0;
        }
    }
}
