using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Hashing;

/// <summary>
/// One run of the hasher over trees: a walker that lists directories, workers that hash the files found, and the reader of the results. Bounded
/// queues of batches connect them, because handing over a single small file costs as much as hashing it.
/// </summary>
/// <remarks>Only the walker uses the fields of the walk. The queues are bounded; the directories still to be listed are not.</remarks>
internal sealed class TreeHash
{
    private const int BatchFiles = 64;
    private const long BatchBytes = 1024 * 1024;
    private const int QueuedBatches = 16;

    private readonly IFileView _view;
    private readonly ContentHasher _hasher;
    private readonly SemaphoreSlim _gate;
    private readonly int _concurrency;
    private readonly Channel<List<Item>> _work = Channel.CreateBounded<List<Item>>(QueuedBatches);
    private readonly Channel<List<FileHash>> _results = Channel.CreateBounded<List<FileHash>>(QueuedBatches);

    private readonly Stack<Place> _directories = [];
    private List<Item> _batch = new(BatchFiles);
    private long _batchBytes;
    private Place _listing;
    private CancellationToken _walkerStop;

    private TreeHash(IFileView view, ContentHasher hasher, SemaphoreSlim gate, int concurrency)
    {
        _view = view;
        _hasher = hasher;
        _gate = gate;
        _concurrency = concurrency;
    }

    /// <summary>Each enumeration is a separate run. The gate has a permit for each worker, shared with other runs of the same hasher.</summary>
    public static async IAsyncEnumerable<FileHash> RunAsync(
        IFileView view,
        ContentHasher hasher,
        SemaphoreSlim gate,
        int concurrency,
        IEnumerable<Place> places,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var run = new TreeHash(view, hasher, gate, concurrency);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = run.RunToEndAsync(places, stop);
        try
        {
            await foreach (var batch in run._results.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (var hash in batch)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return hash;
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(false);
        }
    }

    // Does not throw: the first exception goes to the reader as the end of the results.
    private async Task RunToEndAsync(IEnumerable<Place> places, CancellationTokenSource stop)
    {
        // The walker blocks inside the view's callback while the queue is full, so it must not use a pool thread.
        var walker = Task.Factory.StartNew(
            () => Walk(places, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Task[] parts = [walker, .. Enumerable.Range(0, _concurrency).Select(_ => Task.Run(() => WorkAsync(stop.Token)))];
        try
        {
            await foreach (var part in Task.WhenEach(parts).ConfigureAwait(false))
            {
                await part.ConfigureAwait(false);
            }

            _results.Writer.TryComplete();
        }
        catch (Exception failed)
        {
            _results.Writer.TryComplete(failed);
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Walk(IEnumerable<Place> places, CancellationToken cancellationToken)
    {
        _walkerStop = cancellationToken;
        foreach (var place in places)
        {
            Add(place, _view.GetStatus(place.Root, place.Path));
            while (_directories.TryPop(out _listing))
            {
                var outcome = _view.List(_listing.Root, _listing.Path, AddFound);
                if (outcome != FileStatusOutcome.Found)
                {
                    Add(new Item(_listing, Refusal(_listing, outcome, "The directory could not be listed completely")), size: 0);
                }

                // Nothing is queued: a small batch is better than idle workers and a waiting reader.
                if (_work.Reader.Count == 0)
                {
                    HandOver();
                }
            }
        }

        HandOver();
        _work.Writer.Complete();
    }

    private void AddFound(string name, FileStatus status)
    {
        Add(new Place(_listing.Root, PathText.Join(_listing.Path, name), Path.Join(_listing.Shown, name)), status);
    }

    private void Add(Place place, in FileStatus status)
    {
        switch (status)
        {
            case { IsFound: true, ItemType: ItemType.Directory }:
                _directories.Push(place);
                break;
            case { IsFound: true, ItemType: ItemType.File }:
                Add(new Item(place, Known: null), status.Size);
                break;
            case { IsFound: true }:
                var detail = place.IsFollowed && status.ItemType == ItemType.SymbolicLink ? "The link leads to no file or directory." : null;
                Add(new Item(place, new FileHash(place.Shown, ChecksumStatus.NotApplicable, status.Size, detail)), size: 0);
                break;
            default:
                Add(new Item(place, Refusal(place, status.Outcome, "It could not be examined")), size: 0);
                break;
        }
    }

    private void Add(Item item, long size)
    {
        _batch.Add(item);
        _batchBytes += size;
        if (_batch.Count == BatchFiles || _batchBytes >= BatchBytes)
        {
            HandOver();
        }
    }

    private void HandOver()
    {
        _walkerStop.ThrowIfCancellationRequested();
        if (_batch.Count > 0 && !_work.Writer.TryWrite(_batch))
        {
            _work.Writer.WriteAsync(_batch, _walkerStop).AsTask().GetAwaiter().GetResult();
        }

        _batch = new(BatchFiles);
        _batchBytes = 0;
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        await foreach (var batch in _work.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            var done = new List<FileHash>(batch.Count);
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                foreach (var item in batch)
                {
                    var hashing = item.Known is null ? _hasher.HashAsync(item.Place.Root, item.Place.Path, cancellationToken) : default;

                    // This file waits for the disk or the budget, so hand over the finished ones. Only if there is room: a reader that hashes a
                    // file itself would wait for our permit while we wait for it.
                    if (!hashing.IsCompleted && _results.Writer.TryWrite(done))
                    {
                        done = new(batch.Count);
                    }

                    var result = await hashing.ConfigureAwait(false);
                    cancellationToken.ThrowIfCancellationRequested();
                    done.Add(item.Known ?? result.Of(item.Place.Shown));
                }
            }
            finally
            {
                _gate.Release();
            }

            await _results.Writer.WriteAsync(done, cancellationToken).ConfigureAwait(false);
        }
    }

    private static FileHash Refusal(Place place, FileStatusOutcome outcome, string what) => outcome switch
    {
        FileStatusOutcome.Missing => new(place.Shown, ChecksumStatus.Vanished),
        FileStatusOutcome.Inaccessible => new(place.Shown, ChecksumStatus.Unreadable, detail: $"{what}: permission denied."),
        _ => new(place.Shown, ChecksumStatus.Unreadable, detail: $"{what}: the file system reported an error."),
    };

    /// <summary>A path for the view, and the path to show to the caller.</summary>
    /// <param name="Root">The root: a path that the caller gave.</param>
    /// <param name="Path">The path below it; empty for the given path itself.</param>
    /// <param name="Shown">The whole path, beginning as the caller wrote it.</param>
    internal readonly record struct Place(string Root, string Path, string Shown)
    {
        /// <summary>Whether the caller gave it and its links were resolved: a link that is still there leads nowhere.</summary>
        public bool IsFollowed { get; init; }
    }

    /// <summary>A file to hash, or the result for an item that cannot be hashed.</summary>
    private readonly record struct Item(Place Place, FileHash? Known);
}
