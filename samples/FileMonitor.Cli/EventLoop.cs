namespace FileMonitor.Cli;

/// <summary>
/// Reads the stream to its end. Output is handed on when nothing more is to be had at once, and otherwise every 50 ms: a single event
/// is seen immediately, and a storm does not cost a system call each.
/// </summary>
internal static class EventLoop
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(50);

    /// <param name="subscribe">Called at once: what happens from then on is read.</param>
    /// <param name="output">Where the events go.</param>
    /// <param name="time">The clock.</param>
    public static Task RunAsync(Func<CancellationToken, IAsyncEnumerable<AuditEvent>> subscribe, IEventOutput output, TimeProvider time)
    {
        var leaving = new CancellationTokenSource();
        var events = subscribe(leaving.Token);

        // Elsewhere: a reader that does not read blocks this loop, and must not block the start and the stop.
        return Task.Run(() => RunAsync(events, output, time, leaving));
    }

    private static async Task RunAsync(IAsyncEnumerable<AuditEvent> events, IEventOutput output, TimeProvider time, CancellationTokenSource leaving)
    {
        using var ticks = output.RefreshPeriod is { } period ? new PeriodicTimer(period, time) : null;
        var tick = ticks?.WaitForNextTickAsync().AsTask();
        var flushed = time.GetTimestamp();
        await using var reader = events.GetAsyncEnumerator(CancellationToken.None);
        while (true)
        {
            var arrival = reader.MoveNextAsync();
            if (!(arrival.IsCompleted ? await arrival : await WaitIdlyAsync(arrival.AsTask())))
            {
                break;
            }

            output.Write(reader.Current);
            if (time.GetElapsedTime(flushed) >= LongestDelay)
            {
                output.Flush();
                flushed = time.GetTimestamp();
            }
        }

        output.Flush();

        async Task<bool> WaitIdlyAsync(Task<bool> arrival)
        {
            try
            {
                output.Flush();
                while (tick is not null && await Task.WhenAny(arrival, tick) == tick)
                {
                    output.Flush();
                    tick = ticks!.WaitForNextTickAsync().AsTask();
                }
            }
            catch
            {
                // Nobody reads any more. A stream that is waiting cannot be disposed of: it has to be woken first.
                await leaving.CancelAsync();
                await ((Task)arrival).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            return await arrival;
        }
    }
}
