using System.Collections.Concurrent;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Native;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Whether every directory of a root is watched: walks through it to watch them, says what is not covered and why, and tries again. Owner: the
/// source's thread.
/// </summary>
internal sealed class InotifyCoverage(
    ConcurrentDictionary<MonitoredRoot, InotifyRoot> roots, IChangeWriter changes, InotifyInbox inbox, Func<WatchLimit?> readLimit, TimeProvider time, ILogger logger)
{
    // Of directories that cannot be watched so many are compared one by one, where the whole root would be otherwise.
    private const int MaxCompared = 64;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private InotifyTree? _tree;
    private string _failure = "";

    /// <summary>Null while there is no instance.</summary>
    public InotifyTree? Tree => _tree;

    /// <summary>How many directories are watched; read by any thread, about right.</summary>
    public int Watches => Volatile.Read(ref _tree)?.Watches ?? 0;

    /// <summary>How often in a row the instance was lost, or could not be had.</summary>
    public int InstanceFailures { get; private set; }

    /// <summary>There is an instance, and nothing is watched by it yet.</summary>
    public void Begin(InotifyTree tree)
    {
        _tree = tree;
        foreach (var owner in roots.Values.Where(owner => owner.Uncovered.Has(GapCause.SourceError)))
        {
            Walk(owner);
        }
    }

    /// <summary>The instance is gone, with all its watches.</summary>
    public void End()
    {
        _tree = null;
        foreach (var owner in roots.Values)
        {
            owner.ForgetWatches();
        }
    }

    /// <summary>The instance failed: no root is covered.</summary>
    /// <returns>When to try again.</returns>
    public TimeSpan Fail(Exception failed)
    {
        InstanceFailures++;
        _failure = failed.Message;
        foreach (var (_, owner) in roots)
        {
            owner.Uncovered.Open(GapCause.SourceError, DescribeFailure(owner));
            owner.Answer(owner.Uncovered.Problem);
        }

        return DelayAfter(InstanceFailures);
    }

    /// <summary>Why the root is not watched while there is no instance.</summary>
    public string DescribeFailure(InotifyRoot owner) => CannotWatch(owner, _failure);

    /// <summary>Watches every directory of a root, and answers when that is done, or why it cannot be.</summary>
    /// <param name="owner">The root.</param>
    /// <param name="done">Who waits.</param>
    /// <param name="isOptional">Whether it may be missing.</param>
    public void Walk(InotifyRoot owner, TaskCompletionSource<string?> done, bool isOptional)
    {
        owner.Await(done);
        if (_tree is null)
        {
            // Walked through as soon as there is an instance.
            owner.Uncovered.Open(GapCause.SourceError, DescribeFailure(owner));
            owner.Answer(owner.Uncovered.Problem);
            return;
        }

        // On RearmAsync the monitor compares the root: that it was watched anew is not reported as well.
        owner.HasEnded &= isOptional;
        Walk(owner, isOptional);
    }

    /// <summary>The kernel's queue was full, and any number of events is missing.</summary>
    public void Overflowed()
    {
        foreach (var (_, owner) in roots)
        {
            if (owner.Watched.Top is not null)
            {
                owner.Uncovered.Open(
                    GapCause.SourceOverflow,
                    $"The kernel's queue of events was full and events about '{owner.Root.Path}' may be missing. Raise fs.inotify.max_queued_events if this happens often.");
                Walk(owner);
            }
        }
    }

    /// <summary>A root's own watch has ended.</summary>
    public void RootEnded(MonitoredRoot root)
    {
        // Otherwise it was given to another source a moment ago.
        if (roots.TryGetValue(root, out var owner))
        {
            _tree!.Forget(owner.Watched);
            owner.HasEnded = true;
            RetryLater(owner);
        }
    }

    /// <summary>Tries again what is due, and looks whether what is not covered has changed.</summary>
    public void Retry()
    {
        var now = Environment.TickCount64;
        foreach (var (_, owner) in roots)
        {
            if (owner.RetryAt is { } due && due <= now)
            {
                Walk(owner);
            }
            else if (!owner.IsWalking)
            {
                Review(owner);
            }
        }
    }

    /// <summary>Milliseconds until something is to be tried again; -1 for never.</summary>
    public int NextRetry()
    {
        long? next = null;
        foreach (var (_, owner) in roots)
        {
            next = owner.RetryAt is { } due && (next is null || due < next) ? due : next;
        }

        return next is { } at ? (int)Math.Clamp(at - Environment.TickCount64, 0, int.MaxValue) : Timeout.Infinite;
    }

    private void Walk(InotifyRoot owner, bool isOptional = false)
    {
        var tree = _tree!;
        owner.IsWalking = true;
        owner.RetryAt = null;
        if (tree.BeginWalk(owner.Watched) is var error and not 0)
        {
            owner.IsWalking = false;
            NotWalked(owner, error, isOptional);
            return;
        }

        var walk = owner.Watched.Walk;
        tree.WhenRead(() =>
        {
            if (owner.Watched.Top is not null && owner.Watched.Walk >= walk)
            {
                tree.EndWalk(owner.Watched);
                tree.WhenRead(() => Cover(owner));
            }
            else
            {
                owner.IsWalking = false;
                owner.Answer(owner.Uncovered.Problem);
            }
        });
    }

    /// <summary>The root itself cannot be watched.</summary>
    private static void NotWalked(InotifyRoot owner, int error, bool isOptional)
    {
        var words = CannotWatch(owner, LinuxErrors.Describe(error));
        var isMissing = error is LinuxErrors.ENOENT or LinuxErrors.ENOTDIR;
        if (!isMissing && DirectoryOnDisk.CanBeListed(owner.Root.PhysicalPath))
        {
            owner.Uncovered.Open(GapCause.SourceError, words);
            RetryLater(owner);
        }
        else if (!isMissing)
        {
            // Unreadable: who looks after the root says so, and it cannot be compared either. Should it be readable again before that, what
            // happened meanwhile is compared once it is watched.
            (isMissing, owner.HasEnded) = (true, true);
            RetryLater(owner);
        }
        else if (owner.HasEnded)
        {
            // Who looks after the root says so within a second, and has it watched again when it is there.
            RetryLater(owner);
        }

        owner.Answer(isMissing && isOptional ? null : words);
    }

    /// <summary>Every directory is watched: what was missed until now can be compared with the disk, what happens from now on is hinted at.</summary>
    private void Cover(InotifyRoot owner)
    {
        owner.IsWalking = false;
        if (owner.Watched.Top is null)
        {
            owner.Answer(owner.Uncovered.Problem);
            return;
        }

        owner.Failures = InstanceFailures = 0;
        owner.Watched.PublishUnreadable();
        if (owner.HasEnded)
        {
            // Deleted and made again, unmounted and mounted, or closed and opened, before anyone looked.
            owner.HasEnded = false;
            changes.ReportLoss(owner.Root, "", GapCause.SourceRestarted, "The root is watched again, after it was replaced or closed; what happened meanwhile is compared with the disk.");
        }

        var isPartial = owner.Watched.Unwatched.Count > 0;
        owner.Lacks = isPartial && !owner.Watched.IsAtLimit ? owner.Lacks + 1 : 0;
        if (isPartial)
        {
            ReportPartial(owner);
        }
        else
        {
            owner.EndShortage();
        }

        owner.Uncovered.Close(except: isPartial ? GapCause.PartialCoverage : null);
        owner.Answer(null);
    }

    /// <summary>Directories may have come that cannot be watched, or left, since the walk.</summary>
    private void Review(InotifyRoot owner)
    {
        owner.Watched.PublishUnreadable();
        if (owner.Watched.Unwatched.Count == 0)
        {
            if (owner.Uncovered.Problem is not null && owner.Uncovered.Has(GapCause.PartialCoverage))
            {
                owner.EndShortage();
                owner.Uncovered.CloseOnly(GapCause.PartialCoverage);
            }

            return;
        }

        if (!owner.Uncovered.Has(GapCause.PartialCoverage) || (owner.Shortage is null && owner.RetryAt is null))
        {
            ReportPartial(owner);
        }

        // They may have been moved since.
        owner.Uncovered.Only = PathsOfUnwatched(owner);
    }

    /// <summary>Some directories got no watch: one condition, however many they are. The rest goes on.</summary>
    private void ReportPartial(InotifyRoot owner)
    {
        owner.Uncovered.Only = PathsOfUnwatched(owner);
        if (owner.Watched.IsAtLimit)
        {
            ReportShortage(owner);
            return;
        }

        // Memory, descriptors, a disk that failed once: whatever it was, it may be over.
        if (!owner.Uncovered.Has(GapCause.PartialCoverage))
        {
            logger.PartialCoverage(owner.Root.Path, owner.Watched.Refusal);
        }

        owner.Uncovered.Open(
            GapCause.PartialCoverage,
            $"{owner.Watched.Unwatched.Count} directories below '{owner.Root.Path}' cannot be watched at the moment, and are compared with the disk instead: {owner.Watched.Refusal}");
        owner.RetryAt ??= Environment.TickCount64 + (long)DelayAfter(Math.Max(owner.Lacks, 1)).TotalMilliseconds;
    }

    private void ReportShortage(InotifyRoot owner)
    {
        if (owner.Shortage is not null)
        {
            return;
        }

        owner.Uncovered.Open(GapCause.PartialCoverage, WatchShortage.Describe(owner.Root, owner.Watched.Refusal, watchesIgnored: false));
        logger.PartialCoverage(owner.Root.Path, owner.Watched.Refusal);
        var over = owner.Shortage = new CancellationTokenSource();
        var shortage = new WatchShortage(owner.Root, readLimit, () => WatchLimit.HasRoom(owner.Root.PhysicalPath), time, watchesIgnored: false);
        _ = DetachedTask.Run(async () =>
        {
            var hasRoom = await shortage.WaitForRoomAsync(words => inbox.Ask(() => Say(words)), over.Token).ConfigureAwait(false);
            if (hasRoom)
            {
                inbox.Ask(() =>
                {
                    owner.Shortage = null;
                    Walk(owner);
                });
            }
        });

        void Say(string words)
        {
            if (owner.Shortage == over)
            {
                owner.Uncovered.Open(GapCause.PartialCoverage, words);
            }
        }
    }

    private IReadOnlyList<string>? PathsOfUnwatched(InotifyRoot owner) => _tree?.PathsOf(owner.Watched.Unwatched, MaxCompared);

    private static void RetryLater(InotifyRoot owner) =>
        owner.RetryAt = Environment.TickCount64 + (long)DelayAfter(++owner.Failures).TotalMilliseconds;

    private static string CannotWatch(InotifyRoot owner, string reason) =>
        $"'{owner.Root.Path}' cannot be watched at the moment, and is compared with the disk instead: {reason}";

    private static TimeSpan DelayAfter(int failures) =>
        TimeSpan.FromTicks(Math.Min(FirstDelay.Ticks << Math.Min(failures - 1, 16), LongestDelay.Ticks));
}
