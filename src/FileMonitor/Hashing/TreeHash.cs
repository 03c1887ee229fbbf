using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Hashing;

/// <summary>
/// One run of the hasher over trees: a walker that lists directories, workers that sum what it finds, and the reader who takes the
/// results. Between them stand bounded queues of batches, since handing over a single small file costs as much as summing it.
/// </summary>
/// <remarks>The walker's fields are its own. What the queues hold is bounded; the directories still to be listed are not.</remarks>
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

    /// <summary>Each enumeration is a run of its own. The gate has a permit for each worker, which other runs of the same hasher share.</summary>
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

    // Ends without exceptions: the first one goes to the reader, as the end of the results.
    private async Task RunToEndAsync(IEnumerable<Place> places, CancellationTokenSource stop)
    {
        // The walker blocks while the queue is full, inside the view's callback: it must not be one of the pool's threads.
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

                // Nothing else is queued: rather a small batch than idle workers and a reader who waits.
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
                Add(new Item(place, Refusal(place, status.Outcome, "Nothing could be learnt about it")), size: 0);
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

                    // It waits, for its file or for the budget: what is ready need not. Only if there is room, since a reader who
                    // sums a file himself would wait for our permit while we wait for him.
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
        FileStatusOutcome.Inaccessible => new(place.Shown, ChecksumStatus.Unreadable, detail: $"{what}: permission was refused."),
        _ => new(place.Shown, ChecksumStatus.Unreadable, detail: $"{what}: the file system failed."),
    };

    /// <summary>A path as the view takes it, and as the caller wrote it.</summary>
    /// <param name="Root">What was given.</param>
    /// <param name="Path">The path below it; empty for what was given itself.</param>
    /// <param name="Shown">The whole path, as the caller wrote its beginning.</param>
    internal readonly record struct Place(string Root, string Path, string Shown)
    {
        /// <summary>Whether it was given and its links were resolved: a link that still stands there leads nowhere.</summary>
        public bool IsFollowed { get; init; }
    }

    /// <summary>A file to sum, or what is known of something that cannot be.</summary>
    private readonly record struct Item(Place Place, FileHash? Known);
}
