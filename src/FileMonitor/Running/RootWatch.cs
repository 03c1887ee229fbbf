using System.Threading.Channels;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Running;

/// <summary>
/// Looks after one root: sees that it is gone, replaced or closed to us, and when it is there again has it armed and compared. No source
/// tells any of that.
/// </summary>
/// <remarks>
/// Owners: the one loop owns the identity, the pause and what it knows of the root; <c>_isLost</c>, <c>_lostAt</c>, <c>_problem</c> and <c>_rearming</c> are also set by the pump, which may notice a loss
/// first, and read by health.
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

    // One wish to look is enough, however many there are.
    private readonly Channel<bool> _wishes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private FileIdentity _identity;
    private Task<RootSighting>? _looking;
    private TimeSpan _pause;
    private long _triedAt;
    private Task _loop = Task.CompletedTask;
    private volatile bool _isLooking;
    private volatile bool _isLost;
    private long _lostAt;
    private TaskCompletionSource? _rearming;

    // What of that is being done; the loop's, read by who flushes.
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

    /// <summary>Why the root cannot be watched; null when it is.</summary>
    public string? Problem => _isLost ? _problem : null;

    /// <summary>Since when; null when it is watched.</summary>
    public DateTimeOffset? LostSince => _isLost ? new DateTimeOffset(Interlocked.Read(ref _lostAt), TimeSpan.Zero) : null;

    /// <summary>Whether it is being looked at closely, or something is done for it. For tests; any thread.</summary>
    internal bool IsLooking => _isLooking;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Looked at closely as soon as possible. Any thread.</summary>
    public void AskToLook() => _wishes.Writer.TryWrite(true);

    /// <summary>
    /// One look in passing, at all roots in turn (<see cref="RootRound"/>): the close one follows when it is due, when something is to be done
    /// for the root, or when it is not as it was. May take long on a file system that does not answer.
    /// </summary>
    public void Pass(bool isDue)
    {
        if (isDue || _isLost || Volatile.Read(ref _rearming) is not null || !_care.IsAsBefore())
        {
            AskToLook();
        }
    }

    /// <summary>The pump noticed first: the root is looked at right away.</summary>
    public void NoteLost(string problem)
    {
        Lose(problem);
        AskToLook();
    }

    /// <summary>The source may not be watching all of it: it is armed anew, and the root restored, as soon as possible.</summary>
    public void AskToRearm()
    {
        Interlocked.CompareExchange(ref _rearming, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);
        AskToLook();
    }

    /// <summary>Completes when what was asked for is done, or can no longer be.</summary>
    public Task Rearmed
    {
        get
        {
            // In this order: what is begun is noted as under way before it is no longer asked for.
            var asked = Volatile.Read(ref _rearming);
            return Task.WhenAll(asked?.Task ?? Task.CompletedTask, Volatile.Read(ref _underWay)?.Task ?? Task.CompletedTask);
        }
    }

    /// <summary>How often what was asked for was done, or failed. Counted before <see cref="Rearmed"/> completes, after the pump was told.</summary>
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
                // A host's own source or file view threw: whatever it was, the root is looked at again.
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
            // Before it counts as lost, so that nobody reads the time of an earlier loss.
            Interlocked.Exchange(ref _lostAt, _time.GetUtcNow().UtcTicks);
            _isLost = true;
        }
    }

    private async Task RestoreAsync(RootSighting seen)
    {
        // Asked again from here on, it is done again.
        var asked = Volatile.Read(ref _rearming);
        Volatile.Write(ref _underWay, asked);
        Interlocked.CompareExchange(ref _rearming, null, asked);
        try
        {
            _root.MoveTo(seen.PhysicalPath);

            // Armed first, then compared: what happened before is on the disk, what happens now is hinted at.
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

    /// <summary>A file system that does not answer is a loss, too. One look at a time, however long it takes.</summary>
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

/// <summary>What is done for a root that is looked after.</summary>
/// <param name="Look">Looks at it closely; may take long.</param>
/// <param name="IsAsBefore">Whether that would find what it found the last time: one question to the system. False when that is not known.</param>
/// <param name="RearmAsync">Has the source watch it anew.</param>
/// <param name="Lost">Told why it is lost.</param>
/// <param name="Restored">Told when it is armed again, and which directory it is.</param>
internal sealed record RootCare(Func<RootSighting> Look, Func<bool> IsAsBefore, Func<CancellationToken, Task> RearmAsync, Action<string> Lost, Action<FileStatus> Restored);
