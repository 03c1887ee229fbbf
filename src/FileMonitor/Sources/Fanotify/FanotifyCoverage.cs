using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.Fanotify;

/// <summary>
/// Directories below the roots that are not watched, and why. Each is a gap of its own and only it is compared with the disk; whatever is wrong
/// is tried again, less and less often, and what is gone has nothing wrong with it.
/// </summary>
/// <remarks>Owner: the source's thread. What is published may be read by any.</remarks>
internal sealed class FanotifyCoverage(FanotifyTree tree, IChangeWriter changes, TimeSpan interval, TimeProvider time, ILogger logger)
{
    // Beyond this many the root is scanned anew instead of each of them.
    private const int MaxPlaces = 256;

    // Beyond this many the whole root is one gap, and is compared.
    private const int MaxGapsPerRoot = 16;

    // A directory that is being deleted cannot be listed either, and the event that says so may still be to come.
    private const int TriesBeforeSaid = 3;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<FanotifyAttempt, Place> _places = [];
    private readonly Dictionary<MonitoredRoot, UncoveredRoot> _whole = [];
    private readonly List<Task> _ending = [];
    private volatile IReadOnlyList<UncoveredPlace> _published = [];

    /// <summary>What is not watched now. Any thread.</summary>
    public IReadOnlyList<UncoveredPlace> Published => _published;

    /// <summary>How long until something is to be tried again; null when nothing is.</summary>
    public TimeSpan? NextTry
    {
        get
        {
            TimeSpan? next = null;
            foreach (var place in _places.Values)
            {
                var left = place.Pause - time.GetElapsedTime(place.TriedAt);
                next = next is null || left < next ? left : next;
            }

            return next is { } due && due < TimeSpan.Zero ? TimeSpan.Zero : next;
        }
    }

    /// <summary>Something could not be watched.</summary>
    /// <param name="attempt">What was tried.</param>
    /// <param name="reason">A sentence for the person on call.</param>
    /// <param name="maySettle">Whether it is said only once it was tried in vain several times.</param>
    public void Fail(FanotifyAttempt attempt, string reason, bool maySettle)
    {
        if (!_places.TryGetValue(attempt, out var place))
        {
            if (_places.Count >= MaxPlaces && tree.RootOf(attempt.Root) is { } top)
            {
                attempt = new FanotifyAttempt(top, Name: null);
            }

            _places[attempt] = place = _places.GetValueOrDefault(attempt) ?? new Place();
        }
        else if (place.TriedAt != 0)
        {
            place.Pause = place.Pause * 2 < LongestPause ? place.Pause * 2 : LongestPause;
        }

        place.Tries++;
        place.TriedAt = time.GetTimestamp();
        if (!maySettle || place.Tries >= TriesBeforeSaid)
        {
            Open(attempt, place, reason);
        }
    }

    /// <summary>What was tried has succeeded, or there is nothing there any more.</summary>
    public void Succeed(FanotifyAttempt attempt)
    {
        if (_places.Remove(attempt, out var place))
        {
            Close(attempt.Root, place);
        }
    }

    /// <summary>Takes what is to be tried again now; what is gone is forgotten.</summary>
    public List<FanotifyAttempt> TakeDue()
    {
        ForgetGone();
        var due = new List<FanotifyAttempt>();
        foreach (var (attempt, place) in _places)
        {
            if (time.GetElapsedTime(place.TriedAt) >= place.Pause)
            {
                // Whatever comes of it, it is not due again before the next pause has passed.
                place.TriedAt = time.GetTimestamp();
                due.Add(attempt);
            }
        }

        return due;
    }

    /// <summary>After events: what they say is gone has no condition.</summary>
    public void ForgetGone()
    {
        if (_places.Count > 0)
        {
            Forget(attempt => !tree.Holds(attempt.Directory) || FanotifyTree.IsGone(attempt.Directory));
        }
    }

    /// <summary>The root is watched anew, or not at all any more.</summary>
    public void Clear(MonitoredRoot root) => Forget(attempt => attempt.Root == root);

    /// <summary>Another thread begins anew: what is not watched then is its business.</summary>
    public void Clear() => Forget(static _ => true);

    /// <summary>Ends the comparisons; completes when the last has ended. What is not watched stays so.</summary>
    public Task EndAsync()
    {
        foreach (var uncovered in _places.Values.Select(place => place.Gap).OfType<UncoveredRoot>().Concat(_whole.Values))
        {
            _ending.Add(uncovered.DisposeAsync().AsTask());
        }

        return Task.WhenAll(_ending);
    }

    private void Forget(Func<FanotifyAttempt, bool> which)
    {
        foreach (var attempt in _places.Keys.Where(which).ToArray())
        {
            Succeed(attempt);
        }
    }

    private void Open(FanotifyAttempt attempt, Place place, string reason)
    {
        var path = attempt.PathIn(tree);
        if (place.Gap is not null && place.Path != path)
        {
            // It was moved, and its gap names where it was.
            Close(attempt.Root, place);
        }

        if (place.Problem is null)
        {
            logger.PartialCoverage(attempt.Root.Path, reason);
        }

        (place.Path, place.Problem) = (path, reason);
        if (place.Gap is null && _places.Count(other => other.Key.Root == attempt.Root && other.Value.Gap is not null) < MaxGapsPerRoot)
        {
            place.Gap = new UncoveredRoot(attempt.Root, changes, interval, time, path);
        }

        Publish();
        place.Gap?.Open(GapCause.PartialCoverage, $"{reason} It is compared with the disk from time to time.");
        Widen(attempt.Root);
    }

    private void Close(MonitoredRoot root, Place place)
    {
        var (gap, wasSaid) = (place.Gap, place.Problem is not null);
        (place.Gap, place.Problem) = (null, null);
        Publish();
        if (gap is not null)
        {
            gap.Close();
            _ending.RemoveAll(static ended => ended.IsCompleted);
            _ending.Add(gap.DisposeAsync().AsTask());
        }

        if (wasSaid)
        {
            Widen(root);
        }
    }

    /// <remarks>Before the gap is told of: whoever is told and asks finds the same.</remarks>
    private void Publish() =>
        _published = [.. _places.Where(place => place.Value.Problem is not null).Select(place => new UncoveredPlace(place.Key.Root, place.Value.Path, place.Value.Problem!, place.Value.Gap is null))];

    /// <summary>Those that have no gap of their own share one of the whole root.</summary>
    private void Widen(MonitoredRoot root)
    {
        var shared = _published.Where(place => place.Root == root && place.IsShared).ToArray();
        if (shared.Length == 0)
        {
            if (_whole.Remove(root, out var over))
            {
                over.Close();
                _ending.Add(over.DisposeAsync().AsTask());
            }

            return;
        }

        if (!_whole.TryGetValue(root, out var whole))
        {
            _whole.Add(root, whole = new UncoveredRoot(root, changes, interval, time));
        }

        whole.Open(GapCause.PartialCoverage, $"More than {MaxGapsPerRoot} directories below '{root.Path}' are not watched, and the root is compared with the disk instead. One of them: {shared[0].Problem}");
    }

    private sealed class Place
    {
        public TimeSpan Pause { get; set; } = FirstPause;

        public long TriedAt { get; set; }

        public int Tries { get; set; }

        public string Path { get; set; } = "";

        /// <summary>Null while it was not said.</summary>
        public string? Problem { get; set; }

        /// <summary>Null while it was not said, or shares the gap of the root.</summary>
        public UncoveredRoot? Gap { get; set; }
    }
}

/// <summary>What can be tried again: to list a directory, or to watch what is mounted in it under a name.</summary>
internal readonly record struct FanotifyAttempt(FanotifyDirectory Directory, string? Name)
{
    public MonitoredRoot Root => Directory.Root;

    public string PathIn(FanotifyTree tree) => Name is null ? tree.PathOf(Directory) : tree.PathOf(Directory, Name);
}

/// <summary>A directory in which nothing is noticed.</summary>
/// <param name="Root">The root it lies below.</param>
/// <param name="Directory">The directory below the root.</param>
/// <param name="Problem">Why, in words.</param>
/// <param name="IsShared">Whether the gap of the whole root says so.</param>
internal sealed record UncoveredPlace(MonitoredRoot Root, string Directory, string Problem, bool IsShared);
