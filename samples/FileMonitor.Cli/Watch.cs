using FileMonitor.Durable;
using FileMonitor.Extending;

namespace FileMonitor.Cli;

/// <summary>One <c>watch</c>: subscribe, start, wait for a signal or a failure, compare when requested, stop, print the summary.</summary>
internal sealed class Watch(StandardStreams streams, WatchOutput output, ChangeSourceKind source, string? readyFile, bool verify)
{
    // The monitor's own deadline has passed by then; the rest is in the pipe of a reader that does not read.
    private static readonly TimeSpan ReaderPatience = TimeSpan.FromSeconds(30);

    // For a command that is run for an event: a person waits at the terminal, or an init system that kills everything later.
    private static readonly TimeSpan ExecPatience = TimeSpan.FromSeconds(10);

    /// <summary>Sets the options of the durable state; null for none.</summary>
    public Action<DurableStateOptions>? State { get; init; }

    /// <summary>Whether the progress of the start is told where standard error is no terminal, too.</summary>
    public bool ShowsProgress { get; init; }

    public async Task<int> RunAsync(Action<FileMonitorOptions> configure, bool manyRoots)
    {
        using var signals = new StopSignals();
        var patience = TimeSpan.Zero;
        await using var monitor = FileSystemMonitor.Create(
            options =>
            {
                configure(options);
                patience = options.ShutdownTimeout;
            },
            AddState);
        var (selection, text, exec) = output.Create(streams, monitor.GetHealth, manyRoots);
        using var _ = exec;
        var summary = new Summary(selection, streams);
        var notice = new SourceNotice(summary, source, () => monitor.GetHealth().Roots, streams);

        // Subscribe before the start, so that the first event has a reader.
        var missed = new MissedEvents(notice);
        var acknowledged = exec is not null && State is not null ? ExecEvents.Of(monitor, exec, selection, streams) : null;
        var reading = EventLoop.RunAsync(acknowledged is null ? monitor.ReadAllAsync : acknowledged.ReadAsync, missed, streams.Time);
        await using var store = State is null ? null : new StoreNotice(streams, () => monitor.GetHealth().Store);
        try
        {
            await using (new StartProgress(streams, () => monitor.GetHealth().KnownItems, ShowsProgress))
            {
                await monitor.StartAsync(signals.Requested);
            }

            streams.Complain(WatchedRoots.Describe(monitor.GetHealth(), output.Exec?.ToString()));
            notice.Tell();
            TellPause(monitor.GetHealth().Store);
            if (readyFile is not null)
            {
                ReadyFile.Write(readyFile);
            }
        }
        catch (Exception refused) when (refused is SourceUnavailableException or OverlappingRootsException)
        {
            streams.Complain(refused is SourceUnavailableException ? $"{refused.Message} --source-fallback takes the next best instead." : refused.Message);
            return ExitCode.BadArguments;
        }
        catch (Exception refused) when (State is not null && refused.GetBaseException() is DllNotFoundException)
        {
            streams.Complain("--state needs the native library of SQLite, which is published beside the command (libe_sqlite3 or e_sqlite3): it is missing, or cannot be loaded.");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (signals.Asked.IsCompleted)
        {
            // Stopped while the baseline was taken: nothing was promised yet.
            return signals.ExitCode;
        }

        await Task.WhenAny(reading, signals.Asked, selection.Ended);
        var verification = verify ? await VerifyAsync(monitor) : null;
        try
        {
            store?.TellStop(patience);
            await StopAsync(monitor, reading, acknowledged is null ? null : exec);
            var code = await FinishAsync(monitor, reading, text, exec, summary, store, wasAsked: signals.Asked.IsCompleted || selection.Ended.IsCompleted);
            exec?.Report();
            acknowledged?.Report();
            code = Judge(exec is { Failures: > 0 } && code == ExitCode.Done ? ExitCode.Failed : code, missed.Count, verification);
            return code == ExitCode.Done ? signals.ExitCode : code;
        }
        finally
        {
            // Last, when nothing draws on the terminal any more; also when the events could not be written.
            verification?.Report(streams);
        }
    }

    private void AddState(FileMonitorComponents components)
    {
        if (State is not null)
        {
            components.UseDurableState(State);
        }
    }

    private void TellPause(StoreHealth? store)
    {
        if (store?.LastRan is { } lastRan)
        {
            var since = TimeZoneInfo.ConvertTime(lastRan, streams.Time.LocalTimeZone);
            streams.Complain(FormattableString.Invariant($"it was not running since {since:yyyy-MM-dd HH:mm:ss}; what changed meanwhile is told with the origin Offline."));
        }
    }

    /// <summary>0 only when every event was written and, when requested, everything was compared and equal.</summary>
    private int Judge(int code, long missed, Verification? verification)
    {
        if (missed > 0)
        {
            streams.Complain($"{(output.Exec is null ? "standard output was read" : "--exec ran")} too slowly: {Counted.Of(missed, "event is", "events are")} missing there; a gap among them says which.");
        }

        return verification is { Differs: true } ? ExitCode.Differs
            : code == ExitCode.Done && (missed > 0 || (verify && verification is not { IsWhole: true })) ? ExitCode.Failed
            : code;
    }

    private async Task<Verification?> VerifyAsync(FileSystemMonitor monitor)
    {
        try
        {
            return await Verification.RunAsync(monitor);
        }
        catch (Exception ended) when (ended is InvalidOperationException or OperationCanceledException)
        {
            // The exception of the stream has the reason.
            streams.Complain("not verified: the monitor has ended by itself.");
            return null;
        }
    }

    /// <param name="monitor">Is stopped.</param>
    /// <param name="reading">The loop that runs the command.</param>
    /// <param name="exec">The command whose events are acknowledged: the stop waits for it. Otherwise null.</param>
    private async Task StopAsync(FileSystemMonitor monitor, Task reading, ExecOutput? exec)
    {
        var stopping = monitor.StopAsync();
        if (exec is null)
        {
            await stopping;
            return;
        }

        await ((Task)Task.WhenAny(stopping, reading)).WaitAsync(ExecPatience, streams.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stopping.IsCompleted && exec.IsRunning)
        {
            Kill(exec);
        }

        await stopping;
        if (exec.IsRunning)
        {
            Kill(exec);
        }

        // The journal is closed: what would be run now could not be acknowledged.
        exec.Abandon();
    }

    private void Kill(ExecOutput exec)
    {
        streams.Complain("what --exec has started still runs, and is killed.");
        exec.Abandon();
    }

    private async Task ReadToEndAsync(Task reading, ExecOutput? exec)
    {
        if (exec is not null)
        {
            await reading.WaitAsync(ExecPatience, streams.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!reading.IsCompleted)
            {
                Kill(exec);
            }
        }

        await reading.WaitAsync(ReaderPatience, streams.Time);
    }

    private async Task<int> FinishAsync(FileSystemMonitor monitor, Task reading, TextOutput? text, ExecOutput? exec, Summary summary, StoreNotice? store, bool wasAsked)
    {
        try
        {
            await ReadToEndAsync(reading, exec);
            text?.End();
        }
        catch (OperationCanceledException) when (wasAsked && monitor.GetHealth().Store is { IsHoldingBack: true })
        {
            // The stop ran out of time while the journal could not be written; that is told below, with the reason.
            text?.End();
        }
        catch (IOException gone) when (StandardStreams.IsReaderGone(gone))
        {
            // As with `watch | head -1`: the reader has what it wanted.
            return ExitCode.Done;
        }
        catch (TimeoutException)
        {
            streams.Complain("standard output is not being read; the last events could not be written.");
            return ExitCode.Failed;
        }
        catch
        {
            // The monitor or the output failed; the caller reports the exception.
            summary.Report(monitor.GetHealth());
            throw;
        }

        summary.Report(monitor.GetHealth());
        var isLeft = store?.Report(monitor.GetHealth().Store) == true;
        if (wasAsked)
        {
            return isLeft ? ExitCode.Failed : ExitCode.Done;
        }

        // An error that ended the monitor comes from the stream as an exception; this is for a stream that ended without one.
        streams.Complain(monitor.GetHealth().Fault?.Message ?? "the stream of events ended although nobody asked for it.");
        return ExitCode.Failed;
    }
}
