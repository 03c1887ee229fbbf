using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Settling;
using FileMonitor.Values;

namespace FileMonitor.Running;

/// <summary>Flushes a monitor: the source, then the pump, then the stream, within one timeout.</summary>
internal sealed class MonitorFlush(Upkeep upkeep, IChangeSource source, PumpInbox inbox, AuditEventStream stream, Func<IEnumerable<string>> conditions, TimeProvider time, CancellationToken stopped)
{
    private static readonly TimeSpan FlushGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestRearm = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<RootWatch> _watches = upkeep.Roots.Started;

    /// <summary>Completes when everything done on disk before the call is delivered. The result names what was not reached.</summary>
    public async Task<FlushResult> RunAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopped);
        using var deadline = new CancellationTokenSource(timeout, time);
        using var within = CancellationTokenSource.CreateLinkedTokenSource(either.Token, deadline.Token);
        var unreached = new List<string>();
        var degradations = (await Task.WhenAll(_watches.Select(watch => FlushSourceAsync(watch, unreached, within.Token, either.Token))).ConfigureAwait(false)).OfType<string>().ToList();
        var rearmings = _watches.Sum(watch => watch.Rearmings);
        var isInTime = await FlushPumpAsync(unreached, within.Token, either.Token).ConfigureAwait(false);
        var rearming = Task.WhenAll(_watches.Select(watch => watch.Rearmed));
        if (isInTime && (!rearming.IsCompleted || _watches.Sum(watch => watch.Rearmings) != rearmings))
        {
            // A directory that could not be read can be read now: rearm the source to find what was done in it before the call.
            await rearming.WaitAsync(LongestRearm, time, within.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await FlushPumpAsync(unreached, within.Token, either.Token).ConfigureAwait(false);
        }

        var sequence = await FlushStreamAsync(degradations, unreached, within.Token, either.Token).ConfigureAwait(false);
        degradations.AddRange(stream.ReaderHealth.Where(reader => reader.IsLagging).Select(reader => $"A reader does not keep up and was not given {CountText.Of(reader.Skipped, "event", "events")} so far; a gap of its own says which."));
        degradations.AddRange(conditions());
        return new FlushResult(sequence, degradations, unreached);
    }

    private async Task<string?> FlushSourceAsync(RootWatch watch, List<string> unreached, CancellationToken within, CancellationToken cancellationToken)
    {
        var root = watch.Root;
        if (watch.Problem is not null)
        {
            // The root has an open gap, which the result names.
            return null;
        }

        try
        {
            // Mounts that were made before the flush are watched by then, and their directories compared.
            await upkeep.MountsSeenAsync().WaitAsync(within).ConfigureAwait(false);

            var obstacle = await source.FlushAsync(root, within).ConfigureAwait(false);
            if (obstacle is not null)
            {
                await inbox.CompareAsync(root, "").WaitAsync(within).ConfigureAwait(false);
            }

            return root.IsRemoved ? null : obstacle;
        }
        catch (OperationCanceledException) when (within.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            lock (unreached)
            {
                unreached.Add($"The source of '{root.Path}' was not flushed, or the root not compared instead.");
            }

            return null;
        }
    }

    /// <returns>False when the deadline passed first; the result then names what was not reached.</returns>
    private async Task<bool> FlushPumpAsync(List<string> unreached, CancellationToken within, CancellationToken cancellationToken)
    {
        var flush = inbox.FlushAsync();
        try
        {
            await flush.WaitAsync(within).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (within.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                unreached.AddRange(await inbox.EndFlushAsync(flush).WaitAsync(FlushGrace, time, cancellationToken).ConfigureAwait(false));
            }
            catch (TimeoutException)
            {
                unreached.Add("The pump does not answer: a reader, a required sink or the file system holds it up.");
            }

            return false;
        }
    }

    /// <returns>The sequence number up to which everything is delivered.</returns>
    private async Task<long> FlushStreamAsync(List<string> degradations, List<string> unreached, CancellationToken within, CancellationToken cancellationToken)
    {
        // Wait a moment even after the deadline: the result is usually there at once.
        using var grace = new CancellationTokenSource(FlushGrace, time);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, grace.Token);
        var token = within.IsCancellationRequested ? late.Token : within;
        try
        {
            var (sequence, refusals) = await stream.FlushAsync(token).ConfigureAwait(false);
            degradations.AddRange(refusals);
            return sequence;
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            unreached.Add("Not all events are delivered: a reader or a required sink holds up the stream.");
            return 0;
        }
    }
}
