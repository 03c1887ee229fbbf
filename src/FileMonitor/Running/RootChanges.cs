using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using FileMonitor.Settling;
using FileMonitor.Values;
using Microsoft.Extensions.Options;

namespace FileMonitor.Running;

/// <summary>Adds and removes roots while the monitor runs, one at a time, each with a flush.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A semaphore without a wait handle holds nothing, and one that is disposed early would throw in a late caller.")]
internal sealed class RootChanges(
    FileMonitorOptions options, RootResolver resolver, Upkeep upkeep, IChangeSource source, PumpInbox inbox, MonitorBaseline baseline, Func<CancellationToken, Task<FlushResult>> flush)
{
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>Completes when the root is armed, its baseline is taken, and a flush is done. Followed roots that are in the way of one of the host are removed first.</summary>
    /// <param name="monitor">The name of the monitor.</param>
    /// <param name="root">The root. Nobody changes it any more.</param>
    /// <param name="cancellationToken">Cancels the operation; the root is not added then.</param>
    public async Task<FlushResult> AddAsync(string monitor, RootOptions root, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Only the host's roots count: others make the links that lead to the rest.
            if (options.GetErrors(resolver.Roots.Where(static present => present.Options.FollowedFrom is null).Select(static present => present.Options), root) is { Count: > 0 } errors)
            {
                throw new OptionsValidationException(monitor, typeof(RootOptions), errors);
            }

            var inTheWay = root.FollowedFrom is null ? await Task.Run(() => resolver.FollowedAround(root), cancellationToken).ConfigureAwait(false) : [];
            foreach (var followed in inTheWay.Select(upkeep.Roots.Find).OfType<RootWatch>())
            {
                await RemoveAsync(followed, cancellationToken).ConfigureAwait(false);
            }

            var resolved = await Task.Run(() => resolver.Add(root), cancellationToken).ConfigureAwait(false);
            inbox.Add(resolved.Root);
            var watch = upkeep.Add(resolved);
            try
            {
                // Armed first, then looked at: the pump keeps what the source reports until the baseline is there.
                await source.AddRootAsync(resolved.Root, inbox, cancellationToken).ConfigureAwait(false);
                await baseline.AddAsync(resolved, inbox, cancellationToken).ConfigureAwait(false);
                watch.Start();
                upkeep.LookAtMounts();
                return await flush(cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await GiveUpAsync(watch).ConfigureAwait(false);
                await baseline.RemoveAsync(resolved.Root, forgets: false).ConfigureAwait(false);
                throw;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Removes a root of the host after a flush, and flushes again: no later event is about it.</summary>
    /// <returns>The second flush; null when it is no root.</returns>
    /// <exception cref="InvalidOperationException">The root is a followed one.</exception>
    public Task<FlushResult?> RemoveAsync(string path, CancellationToken cancellationToken) => RemoveAsync(
        () =>
        {
            var found = upkeep.Roots.Started.FirstOrDefault(one => RootResolver.IsSame(one.Root.Path, path));
            return found?.Root.Settings.FollowedFrom is not { } link ? found : throw new InvalidOperationException(
                $"'{path}' is watched because the link {QuotedText.Quote(link)} leads there: remove the link, or take the directory out of FollowLinksInto of the root in which the link is.");
        },
        cancellationToken);

    /// <summary>Removes a followed root, as <see cref="RemoveAsync(string, CancellationToken)"/> does one of the host. Nothing happens when it was removed already.</summary>
    public Task RemoveFollowedAsync(MonitoredRoot root, CancellationToken cancellationToken) => RemoveAsync(() => upkeep.Roots.Find(root), cancellationToken);

    /// <summary>The options of a root; null when it was removed.</summary>
    public RootOptions? OptionsOf(MonitoredRoot root) => resolver.Roots.FirstOrDefault(one => one.Root == root)?.Options;

    /// <inheritdoc cref="MonitorBaseline.ForgetFollowedAsync"/>
    public async Task ForgetFollowedAsync(Func<string, bool> mayLead, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await baseline.ForgetFollowedAsync(mayLead).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<FlushResult?> RemoveAsync(Func<RootWatch?> find, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return find() is { } watch ? await RemoveAsync(watch, cancellationToken).ConfigureAwait(false) : null;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<FlushResult> RemoveAsync(RootWatch watch, CancellationToken cancellationToken)
    {
        await flush(cancellationToken).ConfigureAwait(false);
        await GiveUpAsync(watch).ConfigureAwait(false);
        var flushed = await flush(cancellationToken).ConfigureAwait(false);

        // The log has its last event by now, and with it the last change of its tree. A root of the host may come again, and is compared with it then; a followed directory goes with its link.
        await baseline.RemoveAsync(watch.Root, forgets: watch.Root.Settings.FollowedFrom is not null).ConfigureAwait(false);
        return flushed;
    }

    private async Task GiveUpAsync(RootWatch watch)
    {
        await upkeep.RemoveAsync(watch).ConfigureAwait(false);
        await source.RemoveRootAsync(watch.Root, CancellationToken.None).ConfigureAwait(false);
        inbox.Remove(watch.Root);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (inbox.Order(new PumpOrder.RemoveRoot(watch.Root, done)))
        {
            await done.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        resolver.Remove(watch.Root);
    }
}
