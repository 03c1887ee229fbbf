using System.Diagnostics.CodeAnalysis;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Verification;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Durable.State;

/// <summary>
/// Verifies the journal from time to time while the monitor runs, up to the last checkpoint: on a thread of its own, which works a quarter of the time and waits the rest. Its task does it; the result is for any
/// thread.
/// </summary>
/// <param name="directory">The journal.</param>
/// <param name="last">The last checkpoint that was made.</param>
/// <param name="interval">From the end of one to the begin of the next.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For what is found.</param>
/// <param name="monitor">The name of the monitor.</param>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A token source without a timer holds nothing, and one that is disposed early would throw in a late caller.")]
internal sealed class SelfVerification(string directory, Func<CheckpointNote> last, TimeSpan interval, TimeProvider time, ILogger logger, string monitor)
{
    // A host that is started again and again does not read its journal each time, and one that is started each day does.
    private static readonly TimeSpan FirstAfter = TimeSpan.FromMinutes(10);

    // A segment that the retention deleted meanwhile.
    private const int Attempts = 3;

    private const int PausePerWork = 3;

    private readonly CancellationTokenSource _closing = new();
    private volatile VerificationHealth? _result;
    private Task _task = Task.CompletedTask;

    /// <summary>How the last one ended; null before the first.</summary>
    public VerificationHealth? Result => _result;

    public void Begin() => _task = Task.Run(RunAsync);

    public async ValueTask EndAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        for (var pause = interval < FirstAfter ? interval : FirstAfter; ; pause = interval)
        {
            await Task.Delay(pause, time, _closing.Token).ConfigureAwait(false);

            // It reads for minutes where the journal is large: no thread of the pool.
            var verify = new Task<VerificationHealth>(VerifyOnce, _closing.Token, TaskCreationOptions.LongRunning);
            verify.Start(TaskScheduler.Default);
            Note(await verify.ConfigureAwait(false));
        }
    }

    private VerificationHealth VerifyOnce()
    {
        var begun = time.GetTimestamp();
        var before = _result;
        try
        {
            var verdict = Verify();
            return new()
            {
                VerifiedAt = time.GetUtcNow(),
                Duration = time.GetElapsedTime(begun),
                Records = verdict.AuthenticUpTo,
                Problem = verdict.Finding?.Message,
                FirstWrongRecord = verdict.Finding?.FirstRecord,
            };
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            // Whatever the disk does: what was found before holds, and the next one is tried.
            return new()
            {
                VerifiedAt = before?.VerifiedAt,
                Duration = before?.Duration ?? TimeSpan.Zero,
                Records = before?.Records ?? 0,
                Problem = before?.Problem,
                FirstWrongRecord = before?.FirstWrongRecord,
                Failure = failed.Message,
            };
        }
    }

    private JournalVerdict Verify()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return JournalVerifier.VerifyUpTo(directory, new(last(), Pacing()), _closing.Token);
            }
            catch (FileNotFoundException) when (attempt < Attempts)
            {
            }
        }
    }

    /// <summary>Waits three times as long as the work took since the last call, both by the clock of the machine: a host's clock may stand still or jump by hours.</summary>
    private Action Pacing()
    {
        var worked = TimeProvider.System.GetTimestamp();
        return () =>
        {
            _closing.Token.WaitHandle.WaitOne(TimeProvider.System.GetElapsedTime(worked) * PausePerWork);
            worked = TimeProvider.System.GetTimestamp();
        };
    }

    private void Note(VerificationHealth result)
    {
        var before = _result;
        _result = result;
        if (result.Problem is { } problem && before?.Problem is null)
        {
            logger.JournalWrong(FileMonitorComponents.InLogs(monitor), problem);
        }

        if (result.Failure is { } failure && before?.Failure is null)
        {
            logger.VerificationFailed(FileMonitorComponents.InLogs(monitor), failure);
        }
    }
}
