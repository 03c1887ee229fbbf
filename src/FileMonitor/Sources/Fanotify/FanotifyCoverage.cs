using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.Fanotify;

/// <summary>
/// The directories below the roots that cannot be watched. Each is a gap of its own, and only it is compared with the disk. Watching it is tried
/// again with growing pauses. Directories that are deleted are forgotten.
/// </summary>
/// <remarks>Owner: the source's thread. <see cref="Published"/> may be read by any.</remarks>
internal sealed class FanotifyCoverage(FanotifyTree tree, IChangeWriter changes, TimeSpan interval, TimeProvider time, ILogger logger)
{
    // With more, the whole root is scanned again instead of each directory.
    private const int MaxPlaces = 256;

    // With more, the further ones share one gap of the whole root.
    private const int MaxGapsPerRoot = 16;

    // A directory that is being deleted cannot be listed, and the event of its deletion may still be to come. So report only after several
    // attempts.
    private const int TriesBeforeReport = 3;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<FanotifyAttempt, Place> _places = [];
    private readonly Dictionary<MonitoredRoot, UncoveredRoot> _whole = [];
    private readonly List<Task> _ending = [];
    private volatile IReadOnlyList<UncoveredPlace> _published = [];

    /// <summary>The directories that are not watched now. Any thread.</summary>
    public IReadOnlyList<UncoveredPlace> Published => _published;

    /// <summary>How long until the next attempt; null when there is none.</summary>
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

    /// <summary>A directory could not be watched or listed.</summary>
    /// <param name="attempt">The attempt that failed.</param>
    /// <param name="reason">A sentence for the person on call.</param>
    /// <param name="mayBeTemporary">Whether to report it only after several failed attempts.</param>
    public void Fail(FanotifyAttempt attempt, string reason, bool mayBeTemporary)
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
        if (!mayBeTemporary || place.Tries >= TriesBeforeReport)
        {
            Open(attempt, place, reason);
        }
    }

    /// <summary>The attempt succeeded, or the directory is gone.</summary>
    public void Succeed(FanotifyAttempt attempt)
    {
        if (_places.Remove(attempt, out var place))
        {
            Close(attempt.Root, place);
        }
    }

    /// <summary>Takes the attempts that are due, and forgets deleted directories.</summary>
    public List<FanotifyAttempt> TakeDue()
    {
        ForgetGone();
        var due = new List<FanotifyAttempt>();
        foreach (var (attempt, place) in _places)
        {
            if (time.GetElapsedTime(place.TriedAt) >= place.Pause)
            {
                // Due again only after the next pause, whatever the result.
                place.TriedAt = time.GetTimestamp();
                due.Add(attempt);
            }
        }

        return due;
    }

    /// <summary>Called after events: ends the conditions of deleted directories.</summary>
    public void ForgetGone()
    {
        if (_places.Count > 0)
        {
            Forget(attempt => !tree.Holds(attempt.Directory) || FanotifyTree.IsGone(attempt.Directory));
        }
    }

    /// <summary>The root is armed again, or no longer watched: ends its conditions.</summary>
    public void Clear(MonitoredRoot root) => Forget(attempt => attempt.Root == root);

    /// <summary>The thread has failed and another one starts from the beginning: ends all conditions.</summary>
    public void Clear() => Forget(static _ => true);

    /// <summary>Ends the comparisons; completes when the last has ended. Conditions stay.</summary>
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
            // The directory was moved, and its gap has the old path.
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
        UpdateSharedGap(attempt.Root);
    }

    private void Close(MonitoredRoot root, Place place)
    {
        var (gap, wasReported) = (place.Gap, place.Problem is not null);
        (place.Gap, place.Problem) = (null, null);
        Publish();
        if (gap is not null)
        {
            gap.Close();
            _ending.RemoveAll(static ended => ended.IsCompleted);
            _ending.Add(gap.DisposeAsync().AsTask());
        }

        if (wasReported)
        {
            UpdateSharedGap(root);
        }
    }

    /// <remarks>Called before the gap is reported, so that a reader of the gap event finds the same in health.</remarks>
    private void Publish() =>
        _published = [.. _places.Where(place => place.Value.Problem is not null).Select(place => new UncoveredPlace(place.Key.Root, place.Value.Path, place.Value.Problem!, place.Value.Gap is null))];

    /// <summary>Opens or ends the gap of the whole root, which the directories without a gap of their own share.</summary>
    private void UpdateSharedGap(MonitoredRoot root)
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

        /// <summary>Null while it is not reported.</summary>
        public string? Problem { get; set; }

        /// <summary>Null while it is not reported, or shares the gap of the root.</summary>
        public UncoveredRoot? Gap { get; set; }
    }
}

/// <summary>An attempt that can be repeated: listing a directory, or watching the file system mounted in it under a name.</summary>
internal readonly record struct FanotifyAttempt(FanotifyDirectory Directory, string? Name)
{
    public MonitoredRoot Root => Directory.Root;

    public string PathIn(FanotifyTree tree) => Name is null ? tree.PathOf(Directory) : tree.PathOf(Directory, Name);
}

/// <summary>An uncovered directory.</summary>
/// <param name="Root">The root it lies below.</param>
/// <param name="Directory">The directory below the root.</param>
/// <param name="Problem">Why, as a sentence.</param>
/// <param name="IsShared">Whether it shares the gap of the whole root.</param>
internal sealed record UncoveredPlace(MonitoredRoot Root, string Directory, string Problem, bool IsShared);
