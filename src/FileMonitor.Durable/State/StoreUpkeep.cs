using System.Diagnostics.CodeAnalysis;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Durable.State;

/// <summary>What the durable state needs from time to time: checkpoints that are due, the positions of consumers, a look at the size of the journal, and the deletion of old segments. Its task does it.</summary>
/// <param name="log">The journal.</param>
/// <param name="places">The positions; any thread may save them.</param>
/// <param name="options">Has the retention.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For failures.</param>
/// <param name="monitor">The name of the monitor.</param>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A token source without a timer holds nothing, and one that is disposed early would throw in a late caller.")]
internal sealed class StoreUpkeep(DurableLog log, CursorFile places, DurableStateOptions options, TimeProvider time, ILogger logger, string monitor)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SizeInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetentionInterval = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _closing = new();
    private readonly JournalDirectory _directory = new(options.Directory, options.Device);
    private volatile string? _problem;
    private volatile JournalSize? _size;
    private Task _task = Task.CompletedTask;

    /// <summary>What could not be done the last time; null when all was done.</summary>
    public string? Problem => _problem;

    /// <summary>How large the journal was a few seconds ago; null when that is not known.</summary>
    public JournalSize? Size => _size;

    /// <param name="baseline">Says which records it still needs.</param>
    public void Begin(BaselineFeeder baseline)
    {
        _size = JournalSize.Read(_directory);
        _task = Task.Run(() => KeepUpAsync(baseline));
    }

    public async ValueTask EndAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Saves the positions now. What fails is tried again in a second.</summary>
    public void Save()
    {
        try
        {
            places.Save();
            _problem = null;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            Note(failed);
        }
    }

    private async Task KeepUpAsync(BaselineFeeder baseline)
    {
        var (lookedAt, deletedAt) = (time.GetTimestamp(), time.GetTimestamp());
        using var timer = new PeriodicTimer(Interval, time);
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(_closing.Token).ConfigureAwait(false);
                await log.TickAsync().ConfigureAwait(false);
                Save();
                if (time.GetElapsedTime(lookedAt) >= SizeInterval)
                {
                    lookedAt = time.GetTimestamp();
                    _size = JournalSize.Read(_directory);
                }

                if (time.GetElapsedTime(deletedAt) >= RetentionInterval)
                {
                    deletedAt = time.GetTimestamp();
                    await DeleteOldAsync(baseline).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failed)
            {
                // Whatever it was: checkpoints and positions are tried again in a second.
                Note(failed);
            }
        }
    }

    /// <summary>Deletes segments that are old, that every consumer has acknowledged, and that the baseline does not need.</summary>
    private async ValueTask DeleteOldAsync(BaselineFeeder baseline)
    {
        if (options.Retention == TimeSpan.MaxValue)
        {
            return;
        }

        var needed = places.All.Select(one => one.Place.Record).Append(baseline.Flushed).Min();
        var olderThan = time.GetUtcNow() - options.Retention;
        await log.WriteAsync(journal => journal.DeleteSegments(needed, olderThan)).ConfigureAwait(false);
    }

    /// <summary>It is tried each second, and told once.</summary>
    private void Note(Exception failed)
    {
        if (_problem is null)
        {
            logger.UpkeepFailed(failed, FileMonitorComponents.InLogs(monitor));
        }

        _problem = failed.Message;
    }
}
