using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;

namespace FileMonitor.Settling;

// What is due, and when.
internal sealed partial class Debouncer
{
    private bool _isReleasing;

    /// <summary>Takes the next path that is due: finished, quiet, over the maximum delay, or over the capacity.</summary>
    public bool TryTakeDue(long now, [NotNullWhen(true)] out PendingChange? due)
    {
        due = null;
        foreach (var lists in _due)
        {
            due ??= lists.FindDue(now);
        }

        due ??= Count > 0 && IsReleasing() ? Oldest(static lists => lists.FirstAge) : null;
        if (due is { WasClosed: true })
        {
            _roots[due.Root].Due.RecentlyClosed.Add(due.Root, due.Path, now);
        }

        return TakeOut(due);
    }

    /// <summary>A flush begins and waits for everything that is pending now.</summary>
    /// <returns>How many hints it waits for.</returns>
    public int AwaitAll()
    {
        var added = 0;
        foreach (var lists in _due)
        {
            for (var pending = lists.FirstAge; pending is not null; pending = pending.NextAge)
            {
                added += pending.Hints - pending.Awaited;
                pending.Awaited = pending.Hints;
            }
        }

        return added;
    }

    /// <summary>Takes a path that a flush waits for, due or not.</summary>
    public bool TryTakeAwaited([NotNullWhen(true)] out PendingChange? next)
    {
        // They are at the head of the list by age: a pending change moves there when a hint joins it that a flush waits for.
        next = Oldest(static lists => lists.FirstAge is { Awaited: > 0 } first ? first : null);
        return TakeOut(next);
    }

    /// <summary>Takes the path that waited longest, due or not: the monitor is stopping.</summary>
    public bool TryTakeAny([NotNullWhen(true)] out PendingChange? next)
    {
        next = Oldest(static lists => lists.FirstQuiet);
        return TakeOut(next);
    }

    /// <summary>Takes what is pending about one path, due or not.</summary>
    public bool TryTake(MonitoredRoot root, string path, [NotNullWhen(true)] out PendingChange? pending)
    {
        _roots[root].ByPath.TryGetValue(path, out pending);
        return TakeOut(pending);
    }

    /// <summary>When the next path is due; null when nothing is pending.</summary>
    public long? NextDue
    {
        get
        {
            if (Count == 0)
            {
                return null;
            }

            var next = IsReleasing() ? 0 : long.MaxValue;
            foreach (var lists in _due)
            {
                next = Math.Min(next, lists.NextDue);
            }

            return next;
        }
    }

    /// <summary>Of the paths that head a list, the one whose first hint is the oldest.</summary>
    private PendingChange? Oldest(Func<DueLists, PendingChange?> headOf)
    {
        PendingChange? oldest = null;
        foreach (var lists in _due)
        {
            oldest = headOf(lists) is { } head && !(head.FirstAt >= oldest?.FirstAt) ? head : oldest;
        }

        return oldest;
    }

    /// <summary>Once full, releases an eighth of the capacity and not a single path, so that taking hints and settling alternate in batches.</summary>
    private bool IsReleasing() => _isReleasing = IsFull || (_isReleasing && Count > _capacity - (_capacity / 8));
}
