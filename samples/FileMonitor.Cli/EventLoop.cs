namespace FileMonitor.Cli;

/// <summary>
/// Reads the stream to its end. Output is flushed when no event is ready, and otherwise every 50 ms: a single event shows immediately, and a
/// storm does not cost a system call each.
/// </summary>
internal static class EventLoop
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(50);

    /// <param name="subscribe">Called at once, so that all events from then on are read.</param>
    /// <param name="output">Receives the events.</param>
    /// <param name="time">The clock.</param>
    public static Task RunAsync(Func<CancellationToken, IAsyncEnumerable<AuditEvent>> subscribe, IEventOutput output, TimeProvider time)
    {
        var leaving = new CancellationTokenSource();
        var events = subscribe(leaving.Token);

        // On the pool: a reader that does not read blocks this loop and must not block start and stop.
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
                // The reader has gone. A waiting stream cannot be disposed: wake it first.
                await leaving.CancelAsync();
                await ((Task)arrival).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            return await arrival;
        }
    }
}
