using System.Threading.Channels;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Running;

/// <summary>
/// Supervises one root: detects that it is missing, replaced or unreadable, and has it armed and compared when it is back. Sources do not report any of
/// that.
/// </summary>
/// <remarks>
/// The loop owns the identity, the pause and the result of the last check. The pump, which may detect a loss first, also writes <c>_isLost</c>, <c>_lostAt</c>,
/// <c>_problem</c> and <c>_rearming</c>; health reads them.
/// </remarks>
internal sealed class RootWatch : IAsyncDisposable
{
    private static readonly TimeSpan ShortestPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly MonitoredRoot _root;
    private readonly RootCare _care;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopped = new();

    // One pending request is enough, however many callers there are.
    private readonly Channel<bool> _wishes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private FileIdentity _identity;
    private Task<RootSighting>? _looking;
    private TimeSpan _pause;
    private long _triedAt;
    private Task _loop = Task.CompletedTask;
    private volatile bool _isLooking;
    private volatile bool _isStarted;
    private volatile bool _isStuck;
    private volatile bool _isLost;
    private long _lostAt;
    private TaskCompletionSource? _rearming;

    // The requests that are being carried out. Written by the loop, read by a flush.
    private TaskCompletionSource? _underWay;
    private int _rearmings;
    private volatile string? _problem;

    public RootWatch(MonitoredRoot root, RootSighting first, RootCare care, TimeSpan interval, TimeProvider time, ILogger logger)
    {
        _root = root;
        _care = care;
        _interval = interval;
        _patience = TimeSpan.FromTicks(Math.Max(ShortestPatience.Ticks, 5 * interval.Ticks));
        _time = time;
        _logger = logger;
        _identity = first.Status.Identity;
        _problem = first.Problem;
        _isLost = first.Problem is not null;
        _lostAt = time.GetUtcNow().UtcTicks;
    }

    /// <summary>Why the root cannot be watched; null when it is watched.</summary>
    public string? Problem => _isLost ? _problem : null;

    /// <summary>Since when the root cannot be watched; null when it is watched.</summary>
    public DateTimeOffset? LostSince => _isLost ? new DateTimeOffset(Interlocked.Read(ref _lostAt), TimeSpan.Zero) : null;

    /// <summary>Whether a full check or other work for the root is running. For tests. Any thread.</summary>
    internal bool IsLooking => _isLooking;

    public MonitoredRoot Root => _root;

    /// <summary>Whether a pass over all roots is checking this one: its file system may not answer.</summary>
    public bool IsStuck { get => _isStuck; set => _isStuck = value; }

    /// <summary>Whether the root is supervised: it is armed, and its baseline is there.</summary>
    public bool IsStarted => _isStarted;

    public void Start()
    {
        _isStarted = true;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Requests a full check. Any thread.</summary>
    public void AskToLook() => _wishes.Writer.TryWrite(true);

    /// <summary>
    /// The quick check of a pass over all roots (<see cref="RootRound"/>). A full check follows when it is due, when work is pending, or when the root
    /// differs. May take long on a file system that does not answer.
    /// </summary>
    public void Pass(bool isDue)
    {
        if (isDue || _isLost || Volatile.Read(ref _rearming) is not null || !_care.IsAsBefore())
        {
            AskToLook();
        }
    }

    /// <summary>The pump detected the loss: marks the root as lost and requests a full check.</summary>
    public void NoteLost(string problem)
    {
        Lose(problem);
        AskToLook();
    }

    /// <summary>Requests to rearm the source and restore the root, because the source may not watch all of it.</summary>
    public void AskToRearm()
    {
        Interlocked.CompareExchange(ref _rearming, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);
        AskToLook();
    }

    /// <summary>Completes when the requests made before the call are done, or can no longer be done.</summary>
    public Task Rearmed
    {
        get
        {
            // In this order: a request is marked as running before it is removed from the pending ones.
            var asked = Volatile.Read(ref _rearming);
            return Task.WhenAll(asked?.Task ?? Task.CompletedTask, Volatile.Read(ref _underWay)?.Task ?? Task.CompletedTask);
        }
    }

    /// <summary>How often requests were done or failed. Incremented after the pump was notified and before <see cref="Rearmed"/> completes.</summary>
    public int Rearmings => Volatile.Read(ref _rearmings);

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Volatile.Read(ref _rearming)?.TrySetResult();
    }

    private async Task RunAsync()
    {
        await foreach (var _ in _wishes.Reader.ReadAllAsync(_stopped.Token).ConfigureAwait(false))
        {
            _isLooking = true;
            try
            {
                await LookAsync().ConfigureAwait(false);
            }
            catch (Exception defect) when (!_stopped.IsCancellationRequested)
            {
                // A host's source or file view may throw anything. The root is checked again.
                _logger.RootCheckFailed(defect, _root.Path);
            }
            finally
            {
                _isLooking = false;
            }
        }
    }

    private async Task LookAsync()
    {
        var seen = await SeeAsync().ConfigureAwait(false);
        if (!_isLost && (seen.Problem is not null || !_identity.MayEqual(seen.Status.Identity)))
        {
            var problem = seen.Problem ?? $"Another directory is in the place of the root '{_root.Path}'.";
            Lose(problem);
            _care.Lost(problem);
        }

        if (!_isLost && Rearmed.IsCompleted)
        {
            return;
        }

        _problem = seen.Problem ?? _problem;
        if (seen.Problem is null && _time.GetElapsedTime(_triedAt) >= _pause)
        {
            await RestoreAsync(seen).ConfigureAwait(false);
        }
    }

    private void Lose(string problem)
    {
        _problem = problem;
        if (!_isLost)
        {
            // Set before the root counts as lost, so that nobody reads the time of an earlier loss.
            Interlocked.Exchange(ref _lostAt, _time.GetUtcNow().UtcTicks);
            _isLost = true;
        }
    }

    private async Task RestoreAsync(RootSighting seen)
    {
        // A request that arrives from here on is carried out again.
        var asked = Volatile.Read(ref _rearming);
        Volatile.Write(ref _underWay, asked);
        Interlocked.CompareExchange(ref _rearming, null, asked);
        try
        {
            _root.MoveTo(seen.PhysicalPath);

            // Arm first, then compare: earlier changes are on the disk, later ones come as hints.
            await _care.RearmAsync(_stopped.Token).ConfigureAwait(false);
            _identity = seen.Status.Identity;
            _pause = TimeSpan.Zero;
            _isLost = false;
            _care.Restored(seen.Status);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            if (!_isLost)
            {
                AskToRearm();
            }

            _problem = $"The root '{_root.Path}' is there but cannot be watched: {failed.Message}";
            _triedAt = _time.GetTimestamp();
            _pause = TimeSpan.FromTicks(Math.Max(_interval.Ticks, Math.Min(_pause.Ticks * 2, LongestPause.Ticks)));
        }
        finally
        {
            Interlocked.Increment(ref _rearmings);
            asked?.TrySetResult();
        }
    }

    /// <summary>Makes a full check with a timeout: a file system that does not answer counts as a loss. One check at a time.</summary>
    private async Task<RootSighting> SeeAsync()
    {
        _looking ??= Task.Run(_care.Look);
        try
        {
            return await _looking.WaitAsync(_patience, _time, _stopped.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new($"The file system of the root '{_root.Path}' does not answer.", _root.PhysicalPath, default);
        }
        finally
        {
            _looking = _looking.IsCompleted ? null : _looking;
        }
    }
}

/// <summary>The actions of a <see cref="RootWatch"/>.</summary>
/// <param name="Look">Makes a full check; may take long.</param>
/// <param name="IsAsBefore">Whether the root is as at the last full check, by one system call. False when that is not known.</param>
/// <param name="RearmAsync">Rearms the source for the root.</param>
/// <param name="Lost">Called with the reason when the root is lost.</param>
/// <param name="Restored">Called with the root's directory when the root is armed again.</param>
internal sealed record RootCare(Func<RootSighting> Look, Func<bool> IsAsBefore, Func<CancellationToken, Task> RearmAsync, Action<string> Lost, Action<FileStatus> Restored);
