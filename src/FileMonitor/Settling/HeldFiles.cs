using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>
/// Files of roots with <see cref="ReportWhen.Closed"/> that are not complete. Each is asked again at growing intervals, when a hint comes, and when a flush begins.
/// Nothing else waits for them: a file that is renamed or deleted meanwhile has a change of its own, and the held one then finds nothing at its path.
/// Owner: the pump.
/// </summary>
/// <param name="context">The disk, the clock and the options.</param>
/// <param name="keepsAtStop">
/// Whether a file that is still open when the monitor stops stays unreported, because a store lets the next start find it. Otherwise it is reported as it is.
/// </param>
internal sealed class HeldFiles(SettleContext context, bool keepsAtStop)
{
    // The next question comes after an eighth of the time held so far, within these limits: a question costs some microseconds, and a source that reports closing
    // makes it superfluous.
    private const int Share = 8;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly PerRoot<Dictionary<string, PendingChange>> _held = new(static _ => []);

    // An entry is out of date when the path is no longer held, or is to be asked at another time.
    private readonly PriorityQueue<(MonitoredRoot Root, string Path), long> _due = new();

    /// <summary>How many files are held.</summary>
    public int Count { get; private set; }

    /// <summary>When to ask about the next file; null when none is held.</summary>
    public long? NextDue
    {
        get
        {
            DropOutdated();
            return _due.TryPeek(out _, out var at) ? at : null;
        }
    }

    /// <summary>Takes what is held about the path of a change into the change.</summary>
    public void Join(PendingChange change)
    {
        if (Count > 0 && _held[change.Root].TryGetValue(change.Path, out var held))
        {
            Take(held);
            var lastHeard = change.IsHeardOf ? change.LastAt : held.LastAt;
            change.Absorb(held);

            // A hint of the monitor's own, as each comparison of a polled root gives one, says nothing about writing.
            change.LastAt = lastHeard;
            change.Hold = held.Hold;
            context.Debouncer.Recycle(held);
        }
    }

    /// <summary>Asks whether a new or changed file is complete.</summary>
    /// <returns>Whether it has to be held: the caller then calls <see cref="Add"/>.</returns>
    public bool MustHold(Snapshot snapshot, PendingChange change, in FileStatus status)
    {
        if (snapshot.Root.Settings.ReportWhen != ReportWhen.Closed || status.ItemType != ItemType.File)
        {
            return false;
        }

        change.Writers = context.AskWriters(snapshot, change.Path);
        if (Count >= context.Rules.MaxPendingPaths || ReportsOpenFiles)
        {
            return false;
        }

        var now = context.Time.GetTimestamp();
        var hold = change.Hold ??= new Hold(change.FirstAt);
        hold.AskAt = IsOverdue(change, hold, now) && !WasTold(snapshot, change, status) ? null : WhenToAsk(change, hold, status, now);
        return hold.AskAt is not null;
    }

    /// <summary>Whether a file that was read has to be held after all, because somebody opened it meanwhile.</summary>
    public bool MustHoldAfterRead(Snapshot snapshot, PendingChange change, FileWriters writers)
    {
        if (snapshot.Root.Settings.ReportWhen != ReportWhen.Closed || writers != FileWriters.Open || change.WasToldPending || ReportsOpenFiles)
        {
            return false;
        }

        var now = context.Time.GetTimestamp();
        return !IsOverdue(change, change.Hold ??= new Hold(change.FirstAt), now);
    }

    /// <summary>Holds a change after <see cref="MustHold"/>. Neither a flush nor an open gap waits for it. When the monitor stops, it is left to the next start.</summary>
    public void Add(PendingChange change)
    {
        context.Progress.Settled(change);
        if (context.IsStopping)
        {
            context.Counters.Current.Settle(change);
            return;
        }

        change.BeginHold();
        Join(change);
        _held[change.Root][change.Path] = change;
        Count++;
        _due.Enqueue((change.Root, change.Path), change.Hold!.AskAt!.Value);
    }

    /// <summary>Takes a file about which to ask again: one that is due or, when the monitor stops, any.</summary>
    public bool TryTakeDue(long now, [NotNullWhen(true)] out PendingChange? change)
    {
        change = null;
        while (NextDue is { } due && (due <= now || context.IsStopping))
        {
            var next = _due.Dequeue();
            var held = _held[next.Root][next.Path];
            if (!context.IsStopping && context.Debouncer.Peek(next.Root, next.Path) is not null)
            {
                // Something was heard of it since. It is asked when that is due, which also says when it was last written.
                held.Hold!.AskAt = now + Math.Max(1, context.Ticks(held.Root.Settings.QuietPeriod));
                _due.Enqueue(next, held.Hold.AskAt.Value);
                continue;
            }

            change = held;
            Take(change);
            change.IsAskedAgain = true;
            return true;
        }

        return false;
    }

    /// <summary>Takes the files of a root, which is removed.</summary>
    public List<PendingChange> TakeAll(MonitoredRoot root)
    {
        List<PendingChange> all = [.. _held[root].Values];
        Count -= all.Count;
        _held.Remove(root);
        return all;
    }

    /// <summary>A flush begins: all files are asked again at once, and it waits for those that are complete.</summary>
    public void AwaitAll()
    {
        var now = context.Time.GetTimestamp();
        foreach (var change in _held.All.SelectMany(static held => held.Values))
        {
            context.Progress.Await(change);
            change.Hold!.AskAt = now;
            _due.Enqueue((change.Root, change.Path), now);
        }
    }

    /// <summary>Whether files that are open are reported as they are: the monitor stops, and nobody could report them later.</summary>
    private bool ReportsOpenFiles => context.IsStopping && !keepsAtStop;

    private bool IsOverdue(PendingChange change, Hold hold, long now) => now - hold.Since >= context.Ticks(change.Root.Settings.MaxHold);

    /// <summary>Whether this content was reported while the file was open: it is reported again when it is closed, and not before.</summary>
    private static bool WasTold(Snapshot snapshot, PendingChange change, in FileStatus status) =>
        change.Writers == FileWriters.Open && snapshot.Find(change.Path) is { IsToldOpen: true } told && told.IsSameState(status);

    private long? WhenToAsk(PendingChange change, Hold hold, in FileStatus status, long now)
    {
        var isPublished = (change.Kinds & PendingHints.Renamed) != 0;
        if (change.Writers == FileWriters.Open)
        {
            var pause = Math.Clamp((now - hold.Since) / Share, context.Ticks(ShortestPause), context.Ticks(LongestPause));
            var last = hold.Since + context.Ticks(change.Root.Settings.MaxHold);
            return last > now ? Math.Min(now + pause, last) : now + pause;
        }

        if (isPublished)
        {
            return null;
        }

        if (change.Writers == FileWriters.None)
        {
            // A program that opens and closes a file for each piece has pauses. Neither a flush nor a stop waits for the quiet period.
            var quiet = change.LastAt + context.Ticks(change.Root.Settings.QuietPeriod);
            return quiet > now && change.Awaited == 0 && !context.IsStopping ? quiet : null;
        }

        hold.See(status, now);
        var stable = Math.Max(hold.SameSince, change.LastAt) + context.Ticks(change.Root.Settings.StabilityPeriod);
        return stable > now ? stable : null;
    }

    private void Take(PendingChange change)
    {
        _held[change.Root].Remove(change.Path);
        Count--;
    }

    private void DropOutdated()
    {
        while (_due.TryPeek(out var next, out var at) && !(_held[next.Root].TryGetValue(next.Path, out var held) && held.Hold!.AskAt == at))
        {
            _due.Dequeue();
        }
    }
}
