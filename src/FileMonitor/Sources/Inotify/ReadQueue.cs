namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Which directories are still to be read, which of them must wait for events that are still to come, and who waits for what is read.
/// Owner: the source's thread.
/// </summary>
/// <remarks>
/// Each reading belongs to a round, and what comes to light by it does so, too. Who waits (<see cref="WhenRead"/>) ends a round and is answered
/// when nothing of it, or of an earlier one, is left.
/// </remarks>
internal sealed class ReadQueue
{
    private readonly Queue<Reading> _toRead = new();

    // Directories that are not where the tree has them: the events that say where are still to be read.
    private readonly Dictionary<WatchedDirectory, Reading> _postponed = [];
    private readonly SortedDictionary<long, int> _unreadByRound = [];
    private readonly List<(long Round, Action Then)> _awaited = [];

    /// <summary>Whether directories can be read now.</summary>
    public bool HasWork => _toRead.Count > 0;

    /// <summary>Whether directories wait for the events that say where they are.</summary>
    public bool IsBehind => _postponed.Count > 0;

    /// <summary>Whether the disk and the events contradicted each other lately: directories were moved while they were read.</summary>
    public bool IsInDoubt { get; private set; }

    /// <summary>The round of what is asked for now.</summary>
    public long Round { get; private set; }

    /// <summary>The round of what comes to light while directories are read: it is waited for by who waits for these.</summary>
    public long RoundUnderWay => _unreadByRound.Count == 0 ? Round : FirstRound();

    public void NoteDoubt() => IsInDoubt = true;

    public void EndDoubt() => IsInDoubt = false;

    public void Add(in Reading reading)
    {
        _toRead.Enqueue(reading);
        Count(reading.Round);
    }

    /// <summary>The tree is behind the disk about this directory: it is read once the events are that are still to come.</summary>
    public void Postpone(in Reading reading)
    {
        Count(reading.Round);
        PostponeAgain(reading);
    }

    /// <summary>The same for one that was taken (<see cref="TryTake"/>) and is not done.</summary>
    public void PostponeAgain(Reading reading)
    {
        NoteDoubt();
        if (_postponed.TryGetValue(reading.Directory, out var other))
        {
            // Once is enough; the one waits for both who waits longer.
            Done(Math.Max(reading.Round, other.Round));
            reading = new Reading(
                reading.Directory, Math.Min(reading.Round, other.Round), reading.IsWalk || other.IsWalk, reading.Announces || other.Announces, Math.Min(reading.QuietTries, other.QuietTries));
        }

        _postponed[reading.Directory] = reading;
    }

    /// <summary>What was postponed is to be read now.</summary>
    /// <param name="isQuiet">Whether no event has come meanwhile.</param>
    public void AddPostponed(bool isQuiet)
    {
        foreach (var (_, reading) in _postponed)
        {
            _toRead.Enqueue(isQuiet ? reading with { QuietTries = reading.QuietTries + 1 } : reading);
        }

        _postponed.Clear();
    }

    /// <summary>Takes the next one: it is <see cref="Done"/> afterwards, or postponed again.</summary>
    public bool TryTake(out Reading reading) => _toRead.TryDequeue(out reading);

    public void Done(long round)
    {
        if (--_unreadByRound[round] == 0)
        {
            _unreadByRound.Remove(round);
        }
    }

    /// <summary>Does something once all is read that is to be read now, and what comes to light by it.</summary>
    public void WhenRead(Action then)
    {
        _awaited.Add((Round++, then));
        Answer();
    }

    /// <summary>Answers those whose directories are read. What is done may ask anew.</summary>
    public void Answer()
    {
        while (_awaited.Count > 0)
        {
            var oldest = _unreadByRound.Count == 0 ? long.MaxValue : FirstRound();
            var (round, then) = _awaited[0];
            if (round >= oldest)
            {
                return;
            }

            _awaited.RemoveAt(0);
            then();
        }
    }

    private void Count(long round) => _unreadByRound[round] = _unreadByRound.GetValueOrDefault(round) + 1;

    private long FirstRound()
    {
        foreach (var round in _unreadByRound.Keys)
        {
            return round;
        }

        return long.MaxValue;
    }
}
