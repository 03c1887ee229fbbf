using System.Collections.Concurrent;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Native;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Makes sure that every directory of a root is watched: walks through the root to watch them, reports what is uncovered, and tries again.
/// Owner: the source's thread.
/// </summary>
internal sealed class InotifyCoverage(
    ConcurrentDictionary<MonitoredRoot, InotifyRoot> roots, IChangeWriter changes, InotifyInbox inbox, Func<WatchLimit?> readLimit, TimeProvider time, ILogger logger)
{
    // Up to this many unwatched directories are compared one by one; with more, the whole root is compared.
    private const int MaxCompared = 64;

    private InotifyTree? _tree;
    private Exception _failure = new IOException("There is no inotify instance yet.");

    /// <summary>Null while there is no instance.</summary>
    public InotifyTree? Tree => _tree;

    /// <summary>How many directories are watched; approximate when read by another thread.</summary>
    public int Watches => Volatile.Read(ref _tree)?.Watches ?? 0;

    /// <summary>Whether a root is to be watched and there is no instance.</summary>
    public bool IsInstanceWanted { get; private set; }

    /// <summary>A new instance was opened, without watches: walks through the roots.</summary>
    public void Begin(InotifyTree tree)
    {
        _tree = tree;
        foreach (var owner in roots.Values.Where(owner => owner.Uncovered.Has(GapCause.SourceError)))
        {
            Walk(owner);
        }
    }

    /// <summary>The instance is closed, with all its watches.</summary>
    public void End()
    {
        _tree = null;
        foreach (var owner in roots.Values)
        {
            owner.ForgetWatches();
        }
    }

    /// <summary>The instance failed, or could not be opened: reports all roots as uncovered. A new instance is wanted once a root is tried again.</summary>
    public void Fail(Exception failed)
    {
        IsInstanceWanted = false;
        _failure = failed;
        foreach (var (_, owner) in roots)
        {
            FailWithoutInstance(owner);
        }
    }

    /// <summary>Why the root is not watched while there is no instance.</summary>
    public string DescribeFailure(InotifyRoot owner) => CannotWatch(owner, _failure.Message);

    /// <summary>Watches every directory of a root. Completes with null when that is done, or with the reason why it cannot be.</summary>
    /// <param name="owner">The root.</param>
    /// <param name="done">Completed at the end.</param>
    /// <param name="isOptional">Whether the root may be missing.</param>
    public void Walk(InotifyRoot owner, TaskCompletionSource<string?> done, bool isOptional)
    {
        owner.Await(done);
        if (_tree is null)
        {
            // The root is walked as soon as there is an instance.
            FailWithoutInstance(owner);
            return;
        }

        // On RearmAsync the monitor compares the root; do not report a restart as well.
        owner.HasEnded &= isOptional;
        Walk(owner, isOptional);
    }

    /// <summary>The kernel's queue was full, so that any number of events is missing: opens a condition for each root and walks through it.</summary>
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

    /// <summary>The watch of a root itself has ended.</summary>
    public void RootEnded(MonitoredRoot root)
    {
        // Not found when the root was handed over to another source a moment ago.
        if (roots.TryGetValue(root, out var owner))
        {
            _tree!.Forget(owner.Watched);
            owner.HasEnded = true;
            owner.Supervisor.RestartLater();
        }
    }

    /// <summary>The pause of a root is over: walks through it again.</summary>
    public void Restart(InotifyRoot owner)
    {
        if (_tree is null)
        {
            IsInstanceWanted = true;
        }
        else if (roots.GetValueOrDefault(owner.Root) == owner)
        {
            Walk(owner);
        }
    }

    /// <summary>Updates the conditions of unwatched directories after the walk.</summary>
    public void Review()
    {
        foreach (var (_, owner) in roots)
        {
            if (!owner.IsWalking)
            {
                Review(owner);
            }
        }
    }

    private void Walk(InotifyRoot owner, bool isOptional = false)
    {
        var tree = _tree!;
        owner.IsWalking = true;
        owner.Supervisor.CancelRestart();
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
            owner.Supervisor.Fail(GapCause.SourceError, words, new IOException(words));
        }
        else if (!isMissing)
        {
            // The root is unreadable: its RootWatch reports it, and it cannot be compared. If it becomes readable before that, it is compared
            // once it is watched.
            (isMissing, owner.HasEnded) = (true, true);
            owner.Supervisor.RestartLater();
        }
        else if (owner.HasEnded)
        {
            // The root's RootWatch reports the missing root within a second and has it watched again when it is back.
            owner.Supervisor.RestartLater();
        }

        owner.Answer(isMissing && isOptional ? null : words);
    }

    /// <summary>
    /// Every directory is watched: ends the conditions, so that the root is compared with the disk. What happens from now on is reported by
    /// hints.
    /// </summary>
    private void Cover(InotifyRoot owner)
    {
        owner.IsWalking = false;
        if (owner.Watched.Top is null)
        {
            owner.Answer(owner.Uncovered.Problem);
            return;
        }

        owner.Watched.PublishUnreadable();
        if (owner.HasEnded)
        {
            // The root was deleted and created, unmounted and mounted, or unreadable and readable, before anyone looked.
            owner.HasEnded = false;
            changes.ReportLoss(owner.Root, "", GapCause.SourceRestarted, "The root is watched again after it was replaced or unreadable; it is compared with the disk.");
        }

        var isPartial = owner.Watched.Unwatched.Count > 0;
        var isRetried = isPartial && !owner.Watched.IsAtLimit;
        if ((!isRetried || !owner.IsRetried) && owner.Supervisor.NoteCovered())
        {
            logger.SourceRestarted(owner.Root.Path);
        }

        owner.IsRetried = isRetried;
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

    /// <summary>Unwatched directories may have appeared or left since the walk.</summary>
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

        if (!owner.Uncovered.Has(GapCause.PartialCoverage) || (owner.Shortage is null && !owner.Supervisor.IsRestartPending))
        {
            ReportPartial(owner);
        }

        // The directories may have been moved since.
        owner.Uncovered.Only = PathsOfUnwatched(owner);
    }

    /// <summary>Reports directories without a watch: one condition, however many there are.</summary>
    private void ReportPartial(InotifyRoot owner)
    {
        owner.Uncovered.Only = PathsOfUnwatched(owner);
        if (owner.Watched.IsAtLimit)
        {
            ReportShortage(owner);
            return;
        }

        // A lack of memory or descriptors, or a disk error, may be temporary: try again.
        if (!owner.Uncovered.Has(GapCause.PartialCoverage))
        {
            logger.PartialCoverage(owner.Root.Path, owner.Watched.Refusal);
        }

        owner.Uncovered.Open(
            GapCause.PartialCoverage,
            $"{CountText.Of(owner.Watched.Unwatched.Count, "directory", "directories")} below '{owner.Root.Path}' cannot be watched at the moment, and {(owner.Watched.Unwatched.Count == 1 ? "is" : "are")} compared with the disk instead: {owner.Watched.Refusal}");
        owner.Supervisor.RestartLater();
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
                    Restart(owner);
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

    private void FailWithoutInstance(InotifyRoot owner)
    {
        owner.Supervisor.Fail(GapCause.SourceError, DescribeFailure(owner), _failure);
        owner.Answer(owner.Uncovered.Problem);
    }

    private static string CannotWatch(InotifyRoot owner, string reason) =>
        $"'{owner.Root.Path}' cannot be watched at the moment, and is compared with the disk instead: {reason}";
}
