using FileMonitor.Extending;

namespace FileMonitor.Hashing;

/// <summary>
/// Sums one file in one stable state (G5), slice by slice: attempts, pauses and the deadline. How content is read is in the other half.
/// Reads on the calling thread, which the caller has taken from the pool for it; only the budget is awaited.
/// </summary>
/// <remarks>
/// What it has read is of one state as long as identity, size and times are those of the first look: asked for before the first byte, after
/// each slice, whenever the file is opened again after a rest, and after the last byte.
/// </remarks>
internal sealed partial class ContentRead(HashingContext shared) : IContentRead
{
    // The clock of a file system's times may stand still for as long as two ticks of the slowest kernel (100 Hz).
    private static readonly TimeSpan CoarseClock = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly TimeProvider _time = shared.Time;
    private OpenFile? _file;
    private FileStatus _before;
    private TimeSpan _pause = FirstPause;
    private TimeSpan _took;
    private bool _hasWaitedForClock;
    private int _attempts;
    private long _bytesRead;
    private volatile bool _isCancelled;

    /// <inheritdoc />
    public async ValueTask<HashStep> ContinueAsync(string root, string relativePath, CancellationToken cancellationToken)
    {
        var begun = _time.GetTimestamp();
        try
        {
            if (_isCancelled)
            {
                return new(Abandon());
            }

            var step = Open(root, relativePath) ?? Judge(await ReadSliceAsync(cancellationToken).ConfigureAwait(false), notBefore: default);
            _took += _time.GetElapsedTime(begun);
            return step.IsDone || !IsOverdue ? step : Done(new(ChecksumStatus.TimedOut, File: _before, Detail: DescribeDelay()));
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or ObjectDisposedException)
        {
            return new(Abandon());
        }
    }

    /// <summary>The result of a reading that is given up between two slices.</summary>
    public HashResult Abandon() => Done(new(ChecksumStatus.Abandoned, File: _before)).Result!.Value;

    /// <inheritdoc />
    public void Rest()
    {
        _file?.Dispose();
        _file = null;
    }

    /// <inheritdoc />
    public void Cancel() => _isCancelled = true;

    /// <inheritdoc />
    public void Dispose()
    {
        Rest();
        Forget();
    }

    // Only what was spent on it: one that waits for its turn behind others is not to blame for them.
    private bool IsOverdue => shared.ReadTimeout > TimeSpan.Zero && _took >= shared.ReadTimeout;

    private string DescribeDelay() => FormattableString.Invariant(
        $"Reading it took longer than Checksum.ReadTimeout ({shared.ReadTimeout:c}); {_position:N0} of {_before.Size:N0} bytes were read.");

    /// <returns>Null when it is open and can be read; otherwise what became of it.</returns>
    private HashStep? Open(string root, string relativePath)
    {
        if (_file is not null)
        {
            return null;
        }

        // Asked before the file is opened, so that it is not later than the status it is compared with.
        var now = _time.GetUtcNow();
        var opening = shared.View.Open(root, relativePath);
        if (opening.File is not { } file)
        {
            return Judge(new(opening.Status, Detail: opening.Detail), notBefore: default);
        }

        _file = file;
        var status = file.GetStatus();
        if (IsUnderWay)
        {
            return Judge(Compare(status), notBefore: default) is { GoesOn: false } ended ? ended : null;
        }

        _before = status;
        return Refuse(status, now);
    }

    private HashStep? Refuse(in FileStatus status, DateTimeOffset now)
    {
        if (!status.IsFound)
        {
            return Judge(new(ChecksumStatus.Unreadable, Detail: "The file system does not describe the open file."), notBefore: default);
        }

        if (status.ItemType != ItemType.File)
        {
            return Judge(new(ChecksumStatus.NotApplicable, File: status), notBefore: default);
        }

        if (status.Size > shared.MaxFileBytes)
        {
            return Judge(new(ChecksumStatus.TooLarge, File: status), notBefore: default);
        }

        // While the clock that stamped the last write stands still, another write can follow and leave the same stamp: nothing
        // would tell the bytes from before it from those after. (Clocks that stand still for seconds, as on FAT, remain unseen.)
        var notBefore = TimeUntilClockMovedOn(status, now);
        return notBefore > TimeSpan.Zero ? Judge(new(ChecksumStatus.Unstable, File: status, Detail: "The file was written this moment."), notBefore) : null;
    }

    private static TimeSpan TimeUntilClockMovedOn(in FileStatus status, DateTimeOffset now)
    {
        var stamp = Math.Max(status.LastWriteTicks, status.ChangeTicks);
        var age = TimeSpan.FromTicks(now.UtcTicks - stamp);

        // A stamp further in the future was set by someone, or by another machine's clock, and says nothing about now. A timer counts
        // by a coarse clock, too, and may come early by as much.
        return age.Duration() <= CoarseClock ? (CoarseClock * 2) - age : TimeSpan.Zero;
    }

    /// <summary>What a look at the open file says about what was read of it so far; null when that still holds.</summary>
    private HashResult? Compare(in FileStatus now) =>
        !now.IsFound ? new(ChecksumStatus.Unreadable, Detail: "The file system does not describe the open file.")

        // A view that does not count names says 0 from the beginning.
        : _before.HardLinkCount > 0 && now.HardLinkCount == 0 ? new(ChecksumStatus.Vanished, Detail: "It was deleted while it was read.")
        : !IsUnchanged(now) ? new(ChecksumStatus.Unstable, File: now, Detail: "The file changed while it was read.")
        : null;

    // The change time, where there is one, betrays a writer that sets the modification time back.
    private bool IsUnchanged(in FileStatus now) => _before.IsSameState(now) && _before.ChangeTicks == now.ChangeTicks;

    /// <summary>An attempt has ended with a result, which may be tried again; or goes on, without one.</summary>
    private HashStep Judge(HashResult? outcome, TimeSpan notBefore)
    {
        if (outcome is not { } result)
        {
            return HashStep.More;
        }

        Rest();
        Forget();

        // The first wait for the clock is no attempt: with a single one, a file that was just written could never be summed.
        if (notBefore > TimeSpan.Zero && !_hasWaitedForClock)
        {
            _hasWaitedForClock = true;
            return new(Result: null, notBefore);
        }

        _attempts++;
        if (result.Status is not (ChecksumStatus.Unstable or ChecksumStatus.Locked) || _attempts == shared.Attempts)
        {
            return Done(result);
        }

        var pause = _pause;
        _pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        return new(Result: null, pause);
    }

    private HashStep Done(HashResult result) => new(result with { Attempts = _attempts, BytesRead = _bytesRead });
}
