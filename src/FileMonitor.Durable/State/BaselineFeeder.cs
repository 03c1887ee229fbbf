using System.Threading.Channels;
using FileMonitor.Delivery;
using FileMonitor.Durable.Baseline;
using FileMonitor.Tree;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Durable.State;

/// <summary>
/// Brings the baseline up to the journal, behind it: one task applies the changes of records that are durable. It owns the baseline until it has ended. Where the
/// baseline turns out to be damaged it is put aside, and the next start takes another one and tells a gap.
/// </summary>
internal sealed class BaselineFeeder
{
    private const int MostWaiting = 256;
    private const int MostPerTransaction = 8192;

    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PauseOfFullDisk = TimeSpan.FromSeconds(1);

    private readonly Channel<(IReadOnlyList<RootDelta> Changes, long Record)> _waiting =
        Channel.CreateBounded<(IReadOnlyList<RootDelta>, long)>(new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly BaselineStore _store;
    private readonly string _directory;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _giveUp = new();
    private readonly Task _feeding;
    private volatile string? _problem;
    private long _flushed;

    // The task's.
    private long _flushedAt;

    public BaselineFeeder(BaselineStore store, string directory, TimeProvider time, ILogger logger)
    {
        (_store, _directory, _time, _logger) = (store, directory, time, logger);
        (_flushed, _flushedAt) = (store.Flush(), time.GetTimestamp());
        _feeding = Task.Run(FeedAsync);
    }

    /// <summary>Why the baseline does not follow; null when it does.</summary>
    public string? Problem => _problem;

    /// <summary>Records up to this one are in, where a power cut does not reach them: the baseline does not need them any more.</summary>
    public long Flushed => Interlocked.Read(ref _flushed);

    /// <summary>The changes of records that are durable now, up to this one. Waits when the baseline lags too far behind.</summary>
    public async ValueTask AddAsync(IReadOnlyList<StreamItem> batch, long record)
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
                await _waiting.Writer.WriteAsync((changes, record)).ConfigureAwait(false);
            }
            catch (ChannelClosedException)
            {
                // It is damaged; what is in the journal brings the next one up.
            }
        }
    }

    /// <summary>No more changes: applies what waits, and closes the baseline. What a full disk refuses is in the journal.</summary>
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
            while (changes.Count < MostPerTransaction && _waiting.Reader.TryRead(out var next))
            {
                changes.AddRange(next.Changes);
                record = next.Record;
            }

            if (!await TryApplyAsync(Group(changes), record).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    private async ValueTask<bool> TryApplyAsync(IReadOnlyList<RootDeltas> changes, long record)
    {
        while (true)
        {
            try
            {
                _store.Apply(changes, record);
                if (_time.GetElapsedTime(_flushedAt) >= FlushInterval)
                {
                    Interlocked.Exchange(ref _flushed, _store.Flush());
                    _flushedAt = _time.GetTimestamp();
                }

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
            };
            return;
        }

        deltas.Add(next);
    }

    /// <summary>Runs of changes of one root, in their order.</summary>
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
}
