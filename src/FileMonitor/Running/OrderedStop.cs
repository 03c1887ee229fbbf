using FileMonitor.Diagnostics;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Running;

/// <summary>
/// Runs the steps of a stop in order under one deadline. When the deadline passes, each remaining step is hurried and gets a short grace. A step that hangs or
/// throws does not keep the later ones from running.
/// </summary>
internal sealed class OrderedStop(TimeSpan timeout, TimeProvider time, ILogger logger)
{
    /// <summary>The grace of a hurried step: enough to count what it gives up, not to finish it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly List<(string Name, Func<Task> Run, Action? Hurry, Action? GiveUp)> _steps = [];

    /// <param name="name">For the log.</param>
    /// <param name="run">The step. It may take long but must not block its caller: host code runs on another thread.</param>
    /// <param name="hurry">Called when the deadline passes, even while an earlier step is running: cuts long work short.</param>
    /// <param name="giveUp">Called when the step did not end within the grace.</param>
    public OrderedStop Then(string name, Func<Task> run, Action? hurry = null, Action? giveUp = null)
    {
        _steps.Add((name, run, hurry, giveUp));
        return this;
    }

    public async Task RunAsync(CancellationToken impatience)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(impatience);
        using var timer = time.CreateTimer(state => Cancel((CancellationTokenSource)state!), deadline, timeout, Timeout.InfiniteTimeSpan);
        using var hurried = deadline.Token.Register(Hurry);
        foreach (var step in _steps)
        {
            await RunStepAsync(step, deadline.Token).ConfigureAwait(false);
        }
    }

    private async Task RunStepAsync((string Name, Func<Task> Run, Action? Hurry, Action? GiveUp) step, CancellationToken deadline)
    {
        try
        {
            var running = step.Run();
            await running.WaitAsync(deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await running.WaitAsync(Grace, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!running.IsCompleted)
            {
                logger.StopStepFailed(new TimeoutException($"It did not end within {Grace} after the deadline."), step.Name);
                if (step.GiveUp is null)
                {
                    return;
                }

                // Give the step time to count what it gave up; abandon one that does not even do that.
                step.GiveUp();
                await running.WaitAsync(Grace, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }

            await running.ConfigureAwait(false);
        }
        catch (Exception failed)
        {
            logger.StopStepFailed(failed, step.Name);
        }
    }

    private void Hurry()
    {
        logger.ShutdownTimedOut(timeout);
        foreach (var step in _steps)
        {
            try
            {
                step.Hurry?.Invoke();
            }
            catch (Exception failed)
            {
                // On the timer's thread: it would end the process, and the other steps would not be told.
                logger.StopStepFailed(failed, step.Name);
            }
        }
    }

    private static void Cancel(CancellationTokenSource deadline)
    {
        try
        {
            deadline.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The stop ended while the timer fired.
        }
    }
}
