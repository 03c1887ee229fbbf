namespace FileMonitor.Sources.Inotify;

/// <summary>
/// The directories that are still to be read, those that must wait for further events, and the actions that wait for them. Owner: the source's
/// thread.
/// </summary>
/// <remarks>
/// Each request belongs to a round, and so do the requests that follow from it. <see cref="WhenRead"/> ends a round; its action runs when no
/// request of that round or an earlier one is left.
/// </remarks>
internal sealed class ReadQueue
{
    private readonly Queue<ReadRequest> _toRead = new();

    // Directories that are not where the tree has them: events that say where are still in the kernel's queue.
    private readonly Dictionary<WatchedDirectory, ReadRequest> _postponed = [];
    private readonly SortedDictionary<long, int> _unreadByRound = [];
    private readonly List<(long Round, Action Then)> _awaited = [];

    /// <summary>Whether there are directories to read now.</summary>
    public bool HasWork => _toRead.Count > 0;

    /// <summary>Whether directories wait for events that say where they are now.</summary>
    public bool HasPostponed => _postponed.Count > 0;

    /// <summary>Whether the disk and the events contradicted each other, because directories were moved while they were read.</summary>
    public bool HasContradiction { get; private set; }

    /// <summary>The round of new requests.</summary>
    public long Round { get; private set; }

    /// <summary>The oldest unfinished round. Requests for directories found while reading belong to it, so that all waiting actions wait for them.</summary>
    public long OldestRound => _unreadByRound.Count == 0 ? Round : FirstRound();

    public void NoteContradiction() => HasContradiction = true;

    public void ClearContradiction() => HasContradiction = false;

    public void Add(in ReadRequest request)
    {
        _toRead.Enqueue(request);
        Count(request.Round);
    }

    /// <summary>Postpones a directory until the events are read that say where it is now.</summary>
    public void Postpone(in ReadRequest request)
    {
        Count(request.Round);
        PostponeAgain(request);
    }

    /// <summary>Postpones a directory that was taken (<see cref="TryTake"/>) and is not done.</summary>
    public void PostponeAgain(ReadRequest request)
    {
        NoteContradiction();
        if (_postponed.TryGetValue(request.Directory, out var other))
        {
            // One request is enough. Keep the older round: the actions of both rounds wait for it.
            Done(Math.Max(request.Round, other.Round));
            request = new ReadRequest(
                request.Directory, Math.Min(request.Round, other.Round), request.IsWalk || other.IsWalk, request.Announces || other.Announces, Math.Min(request.QuietTries, other.QuietTries));
        }

        _postponed[request.Directory] = request;
    }

    /// <summary>Queues the postponed directories.</summary>
    /// <param name="isQuiet">Whether no event came since they were postponed.</param>
    public void AddPostponed(bool isQuiet)
    {
        foreach (var (_, request) in _postponed)
        {
            _toRead.Enqueue(isQuiet ? request with { QuietTries = request.QuietTries + 1 } : request);
        }

        _postponed.Clear();
    }

    /// <summary>Takes the next request; the caller calls <see cref="Done"/> or <see cref="PostponeAgain"/> afterwards.</summary>
    public bool TryTake(out ReadRequest request) => _toRead.TryDequeue(out request);

    public void Done(long round)
    {
        if (--_unreadByRound[round] == 0)
        {
            _unreadByRound.Remove(round);
        }
    }

    /// <summary>Runs an action once all directories that are queued now, and those found in them, are read.</summary>
    public void WhenRead(Action then)
    {
        _awaited.Add((Round++, then));
        Answer();
    }

    /// <summary>Runs the actions whose directories are read. An action may add requests.</summary>
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
