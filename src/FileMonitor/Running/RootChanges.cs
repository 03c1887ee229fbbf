using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using FileMonitor.Settling;
using Microsoft.Extensions.Options;

namespace FileMonitor.Running;

/// <summary>Adds and removes roots while the monitor runs, one at a time.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A semaphore without a wait handle holds nothing, and one that is disposed early would throw in a late caller.")]
internal sealed class RootChanges(FileMonitorOptions options, RootResolver resolver, Upkeep upkeep, IChangeSource source, PumpInbox inbox, MonitorBaseline baseline)
{
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>Completes when the root is armed and its baseline is taken.</summary>
    /// <param name="monitor">The name of the monitor.</param>
    /// <param name="root">The root. Nobody changes it any more.</param>
    /// <param name="cancellationToken">Cancels the operation; the root is not added then.</param>
    public async Task AddAsync(string monitor, RootOptions root, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (options.GetErrors(resolver.Roots.Select(static present => present.Options), root) is { Count: > 0 } errors)
            {
                throw new OptionsValidationException(monitor, typeof(RootOptions), errors);
            }

            var resolved = await Task.Run(() => resolver.Add(root), cancellationToken).ConfigureAwait(false);
            inbox.Add(resolved.Root);
            var watch = upkeep.Add(resolved);
            try
            {
                // Armed first, then looked at: the pump keeps what the source reports until the baseline is there.
                await source.AddRootAsync(resolved.Root, inbox, cancellationToken).ConfigureAwait(false);
                var add = await Task.Run(() => baseline.Take(resolved, cancellationToken), cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                await OrderAsync(add, add.Done).ConfigureAwait(false);
                watch.Start();
                upkeep.LookAtMounts();
            }
            catch
            {
                await GiveUpAsync(watch).ConfigureAwait(false);
                throw;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Completes when nothing is reported about the root any more.</summary>
    /// <returns>False when it is no root.</returns>
    public async Task<bool> RemoveAsync(string path, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (upkeep.Roots.Started.FirstOrDefault(one => resolver.IsSame(one.Root.Path, path)) is not { } watch)
            {
                return false;
            }

            await GiveUpAsync(watch).ConfigureAwait(false);
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task GiveUpAsync(RootWatch watch)
    {
        await upkeep.RemoveAsync(watch).ConfigureAwait(false);
        await source.RemoveRootAsync(watch.Root, CancellationToken.None).ConfigureAwait(false);
        inbox.Remove(watch.Root);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await OrderAsync(new PumpOrder.RemoveRoot(watch.Root, done), done).ConfigureAwait(false);
        resolver.Remove(watch.Root);
    }

    private Task OrderAsync(PumpOrder order, TaskCompletionSource done)
    {
        if (!inbox.Order(order))
        {
            done.TrySetCanceled();
        }

        return done.Task;
    }
}
