using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FileMonitor.Delivery;
using FileMonitor.Durable.Baseline;
using FileMonitor.Durable.Journal;
using FileMonitor.Extending;
using FileMonitor.Tree;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Durable.State;

/// <summary>
/// Applies the tree changes of durable records to the baseline, behind the journal. Its task owns the baseline until it ends. A baseline that turns out to be damaged is
/// moved aside, and the next start takes a new one.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A token source without a timer and a semaphore without a wait handle hold nothing, and one that is disposed early would throw in a late caller.")]
internal sealed class BaselineFeeder
{
    private const int MostWaiting = 64;
    private const int MostPerTransaction = 8192;

    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PauseOfFullDisk = TimeSpan.FromSeconds(1);

    private readonly Channel<Work> _waiting =
        Channel.CreateBounded<Work>(new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly BaselineStore _store;
    private readonly string _directory;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _giveUp = new();
    private readonly Task _feeding;
    private volatile string? _problem;
    private long _flushed;

    // The task's. The removed roots are not kept alive by it.
    private readonly ConditionalWeakTable<MonitoredRoot, MonitoredRoot> _ended = [];
    private long _flushedAt;

    public BaselineFeeder(BaselineStore store, string directory, TimeProvider time, ILogger logger)
    {
        (_store, _directory, _time, _logger) = (store, directory, time, logger);
        (_flushed, _flushedAt) = (store.Flush(), time.GetTimestamp());
        _feeding = Task.Run(FeedAsync);
    }

    /// <summary>Whether the baseline is kept up: it was not damaged.</summary>
    public bool IsRunning => !_feeding.IsCompleted;

    /// <summary>Why the baseline cannot be written; null when it can.</summary>
    public string? Problem => _problem;

    /// <summary>Records up to this one are in, where a power cut does not reach them: the baseline does not need them any more.</summary>
    public long Flushed => Interlocked.Read(ref _flushed);

    /// <summary>Queues the changes of a durable batch, which ends before this record. Waits when the baseline lags too far.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="record">The record.</param>
    /// <param name="mark">The journal as it is now. Kept with the changes: the next start finds out by it whether somebody changed what no checkpoint covered yet.</param>
    public async ValueTask AddAsync(IReadOnlyList<StreamItem> batch, long record, JournalMark mark)
    {
        var changes = new List<RootDelta>();
        for (var at = 0; at < batch.Count; at++)
        {
            changes.AddRange(batch[at].Deltas ?? []);
        }

        if (_problem is null || !_feeding.IsCompleted)
        {
            try
            {
                await _waiting.Writer.WriteAsync(new Work(changes, record, mark)).ConfigureAwait(false);
            }
            catch (ChannelClosedException)
            {
                // The baseline was damaged and its task has ended. The journal has the changes.
            }
        }
    }

    /// <summary>A root was removed: what follows of it is left out. It is another root when it is added again. Called by what <see cref="RunAsync"/> runs.</summary>
    public void End(MonitoredRoot root) => _ended.AddOrUpdate(root, root);

    /// <summary>Does something else with the baseline, after the changes that were queued before. Does nothing when the baseline was damaged.</summary>
    /// <exception cref="IOException">The baseline cannot be read or written.</exception>
    public async Task RunAsync(Action<BaselineStore> act)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _waiting.Writer.WriteAsync(new Work([], 0, Mark: null, act, done)).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            return;
        }

        // The task also ends when the baseline is damaged, with this in the queue.
        await Task.WhenAny(done.Task, _feeding).ConfigureAwait(false);
        if (done.Task.IsCompleted)
        {
            await done.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Applies the queued changes and closes the baseline. Changes that a full disk refuses are in the journal.</summary>
    public async ValueTask CloseAsync()
    {
        _waiting.Writer.TryComplete();
        _giveUp.CancelAfter(TimeSpan.FromSeconds(10));
        await _feeding.ConfigureAwait(false);
        _store.Dispose();
    }

    private async Task FeedAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var changes = new List<RootDelta>();
            var record = 0L;
            JournalMark? mark = null;
            Work? other = null;
            while (changes.Count < MostPerTransaction && other is null && _waiting.Reader.TryRead(out var next))
            {
                // Changes that come after the root was removed are of no use: it is not stored any more, or as it was when it was last watched.
                changes.AddRange(next.Changes.Where(change => !_ended.TryGetValue(change.Root, out _)));
                record = Math.Max(record, next.Record);
                mark = next.Mark ?? mark;
                other = next.Act is null ? null : next;
            }

            if ((record > 0 && !await TryAsync(store => Apply(store, Group(changes), record, mark)).ConfigureAwait(false)) || !await TryActAsync(other).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    private void Apply(BaselineStore store, List<RootDeltas> changes, long record, JournalMark? mark)
    {
        store.Apply(changes, record, mark?.ToString());
        if (_time.GetElapsedTime(_flushedAt) >= FlushInterval)
        {
            Interlocked.Exchange(ref _flushed, store.Flush());
            _flushedAt = _time.GetTimestamp();
        }
    }

    private async ValueTask<bool> TryActAsync(Work? work)
    {
        if (work is null)
        {
            return true;
        }

        Exception? failed = null;
        var isAlive = await TryAsync(store =>
        {
            try
            {
                work.Act!(store);
            }
            catch (Exception wrong) when (wrong is not BaselineException)
            {
                failed = wrong;
            }
        }).ConfigureAwait(false);
        _ = failed is null ? work.Done!.TrySetResult() : work.Done!.TrySetException(failed);
        return isAlive;
    }

    private async ValueTask<bool> TryAsync(Action<BaselineStore> act)
    {
        while (true)
        {
            try
            {
                act(_store);
                _problem = null;
                return true;
            }
            catch (BaselineException failed) when (failed.Fault is BaselineFault.StorageFull or BaselineFault.StorageFailed or BaselineFault.InUse)
            {
                _problem = failed.Message;
                if (_giveUp.IsCancellationRequested)
                {
                    return false;
                }

                await Task.Delay(PauseOfFullDisk, _time, _giveUp.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (BaselineException damaged)
            {
                GiveUp(damaged);
                return false;
            }
        }
    }

    private void GiveUp(BaselineException damaged)
    {
        _problem = damaged.Message;
        _store.Dispose();
        var aside = BaselineStore.SetAside(_directory, _time.GetUtcNow());
        _logger.BaselineDamaged(damaged, aside);
        _waiting.Writer.TryComplete();
        while (_waiting.Reader.TryRead(out _))
        {
        }
    }

    /// <summary>What is found and then read is two changes, one after the other, and one row.</summary>
    private static void Add(List<TreeDelta> deltas, in TreeDelta next)
    {
        if (deltas.Count > 0
            && next is { Kind: TreeDeltaKind.Update, ChangeTicks: null, Status: null or { BirthTicks: not 0 } }
            && deltas[^1] is { Kind: TreeDeltaKind.Add or TreeDeltaKind.Update, ChangeTicks: null } last
            && last.Path == next.Path
            && (last.Status is null || next.Status is null || last.Status.Value.ItemType == next.Status.Value.ItemType))
        {
            deltas[^1] = last with
            {
                Status = next.Status ?? last.Status,
                Checksum = next.Checksum ?? last.Checksum,
                Digest = next.Checksum is null ? last.Digest : next.Digest,
                HasTarget = next.HasTarget || last.HasTarget,
                Target = next.HasTarget ? next.Target : last.Target,
                IsAnnounced = next.IsAnnounced ?? last.IsAnnounced,
                IsBaselineDue = next.IsBaselineDue ?? last.IsBaselineDue,
                IsInaccessible = next.IsInaccessible ?? last.IsInaccessible,
                IsToldOpen = next.IsToldOpen ?? last.IsToldOpen,
            };
            return;
        }

        deltas.Add(next);
    }

    /// <summary>Groups consecutive changes of one root.</summary>
    private static List<RootDeltas> Group(List<RootDelta> changes)
    {
        var groups = new List<RootDeltas>();
        for (var at = 0; at < changes.Count;)
        {
            var root = changes[at].Root;
            var deltas = new List<TreeDelta>();
            for (; at < changes.Count && changes[at].Root == root; at++)
            {
                Add(deltas, changes[at].Delta);
            }

            groups.Add(new RootDeltas(root.Path, deltas));
        }

        return groups;
    }

    /// <summary>What the task has to do: apply the changes of a batch that ends before a record, or something else.</summary>
    private sealed record Work(IReadOnlyList<RootDelta> Changes, long Record, JournalMark? Mark, Action<BaselineStore>? Act = null, TaskCompletionSource? Done = null);
}
