using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Hashing;

/// <summary>
/// Hashes one file in one stable state (G5), slice by slice: attempts, pauses and the deadline. ContentRead.Slices.cs reads the content. Reads
/// on the calling thread, which the caller took from the pool; only the budget is awaited.
/// </summary>
/// <remarks>
/// The content is of one state as long as identity, size and times are those of the first look. They are checked before the first byte, after
/// each slice, whenever the file is opened again after a rest, and after the last byte.
/// </remarks>
internal sealed partial class ContentRead(HashingContext shared, Sha256Digest? known) : IContentRead
{
    // The clock of file times may stand still for two ticks of the slowest kernel (100 Hz).
    private static readonly TimeSpan CoarseClock = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly TimeProvider _time = shared.Time;
    private OpenFile? _file;
    private string _path = "";
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

    /// <summary>Gives up between two slices and returns the result.</summary>
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

    // Counts only the time spent on this file, not the wait behind others.
    private bool IsOverdue => shared.ReadTimeout > TimeSpan.Zero && _took >= shared.ReadTimeout;

    private string DescribeDelay() => FormattableString.Invariant(
        $"Reading it took longer than Checksum.ReadTimeout ({shared.ReadTimeout:c}); {_position:N0} of {_before.Size:N0} bytes were read.");

    /// <returns>Null when the file is open and can be read; otherwise the step to return.</returns>
    private HashStep? Open(string root, string relativePath)
    {
        if (_file is not null)
        {
            return null;
        }

        // Read the clock before opening, so that it is not later than the status.
        var now = _time.GetUtcNow();
        var opening = shared.View.Open(root, relativePath);
        if (opening.File is not { } file)
        {
            return Judge(new(opening.Status, Detail: opening.Detail), notBefore: default);
        }

        (_file, _path) = (file, relativePath);
        var status = file.GetStatus();
        if (IsUnderWay)
        {
            return Judge(Compare(status), notBefore: default) is { GoesOn: false } ended ? ended : null;
        }

        _before = status;
        return Refuse(status, file.StatesExactTimes ? null : now);
    }

    /// <param name="status">The status of the open file.</param>
    /// <param name="now">The time before it was opened; null when its times tell all writes apart.</param>
    private HashStep? Refuse(in FileStatus status, DateTimeOffset? now)
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

        // Until the clock of the last write has moved on, another write can leave the same time, and nothing would separate the bytes before and
        // after it. (Clocks that stand still for seconds, as on FAT, are not handled.)
        var notBefore = now is { } opened ? TimeUntilClockMovedOn(status, opened) : TimeSpan.Zero;
        return notBefore > TimeSpan.Zero ? Judge(new(ChecksumStatus.Unstable, File: status, Detail: "The file was written a moment ago."), notBefore) : null;
    }

    private static TimeSpan TimeUntilClockMovedOn(in FileStatus status, DateTimeOffset now)
    {
        var stamp = Math.Max(status.LastWriteTicks, status.ChangeTicks);
        var age = TimeSpan.FromTicks(now.UtcTicks - stamp);

        // A time further in the future was set by someone, or by another machine's clock, and says nothing about now. A timer uses a coarse
        // clock, too, and may fire early by as much.
        return age.Duration() <= CoarseClock ? (CoarseClock * 2) - age : TimeSpan.Zero;
    }

    /// <summary>Checks by a new status whether the content read so far is still valid; null when it is.</summary>
    private HashResult? Compare(in FileStatus now) =>
        !now.IsFound ? new(ChecksumStatus.Unreadable, Detail: "The file system does not describe the open file.")

        // A view without link counts reports 0 from the beginning.
        : _before.HardLinkCount > 0 && now.HardLinkCount == 0 ? new(ChecksumStatus.Vanished, Detail: "It was deleted while it was read.")
        : !IsUnchanged(now) ? new(ChecksumStatus.Unstable, File: now, Detail: "The file changed while it was read.")
        : null;

    // The change time, where there is one, reveals a write whose modification time was set back.
    private bool IsUnchanged(in FileStatus now) => _before.IsSameState(now) && _before.ChangeTicks == now.ChangeTicks;

    /// <summary>Ends an attempt that has a result: returns the result, or a pause before the next attempt. Without a result, the read goes on.</summary>
    private HashStep Judge(HashResult? outcome, TimeSpan notBefore)
    {
        if (outcome is not { } result)
        {
            return HashStep.More;
        }

        Rest();
        Forget();

        // The first wait for the clock does not count as an attempt: with a single attempt, a file written a moment ago could never be hashed.
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
