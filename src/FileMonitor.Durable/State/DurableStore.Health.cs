using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Anchoring;
using FileMonitor.Durable.Journal.Verification;

namespace FileMonitor.Durable.State;

// What the store says of itself. Any thread.
internal sealed partial class DurableStore
{
    public StoreHealth GetHealth()
    {
        var cursors = Volatile.Read(ref _cursorsNow);
        var size = _upkeep?.Size;
        var problem = _log.Problem ?? _feeder?.Problem ?? _upkeep?.Problem;
        return new()
        {
            Directory = Directory,
            Records = _log.Records,
            Checkpointed = _log.Checkpointed,
            LastCheckpoint = size?.LastCheckpoint,
            JournalBytes = size?.Bytes ?? 0,
            OldestWritten = size?.OldestWritten,
            LastRan = _lastRan,
            Roots = _memory.Roots,
            PreviousSequence = _begin.Acknowledged,
            Problem = problem,
            ProblemSince = ProblemSince(problem),
            IsHoldingBack = _log.IsHoldingBack,
            Anchor = Describe(_log.Anchor),
            Verification = Describe(_verification?.Result, _baseline?.Contradiction),
            Cursors = [.. cursors.Select(cursor => new CursorHealth { Name = cursor.Name, Acknowledged = cursor.Acknowledged, Lag = cursor.Lag }), .. ConsumerHealth()],
        };
    }

    private static AnchorHealth? Describe(AnchorState? anchor) => anchor is null
        ? null
        : new()
        {
            Anchored = anchor.Anchored,
            AnchoredAt = anchor.AnchoredAt,
            Failures = anchor.Failures,
            Problem = anchor.Failure switch
            {
                null => null,
                AnchorRefusedException refused => refused.Message,
                var failure => $"{failure.GetType().Name}: {failure.Message}",
            },
            ProblemSince = anchor.FailingSince,
        };

    /// <summary>What the start found holds as long as the run: afterwards it is signed, and no verification finds it again.</summary>
    private VerificationHealth? Describe(VerificationHealth? verified, JournalFinding? atStart) => atStart is null
        ? verified
        : new()
        {
            VerifiedAt = verified?.VerifiedAt ?? _openedAt,
            Duration = verified?.Duration ?? TimeSpan.Zero,
            Records = Math.Min(verified?.Records ?? atStart.FirstRecord, atStart.FirstRecord),
            Problem = atStart.Message,
            FirstWrongRecord = atStart.FirstRecord,
            Failure = verified?.Failure,
        };

    /// <summary>When a problem was first seen: health is asked for often, or nobody minds.</summary>
    private DateTimeOffset? ProblemSince(string? problem)
    {
        lock (_gate)
        {
            _problemSince = problem is null ? null : _problemSince ?? _time.GetUtcNow();
            return _problemSince;
        }
    }
}
