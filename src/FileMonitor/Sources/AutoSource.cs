using System.Collections.Concurrent;
using FileMonitor.Diagnostics;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources;

/// <summary>
/// Chooses for each root: polling where the operating system says nothing, otherwise a watcher; and chooses again when a root comes back,
/// for it may lie on another file system by then.
/// </summary>
/// <remarks>
/// Each root has a source of its own. Who starts the source, and then who looks after a root, one at a time, replaces the choice of that
/// root; anyone reads it.
/// </remarks>
/// <param name="whyPolled">Given the physical path of a root, why it must be polled; null when it need not.</param>
/// <param name="watch">Makes a source that watches.</param>
/// <param name="poll">Makes a source that polls.</param>
/// <param name="logger">Where a choice to poll is told.</param>
internal sealed class AutoSource(Func<string, string?> whyPolled, Func<FileSystemWatcherSource> watch, Func<PollingSource> poll, ILogger logger) : IChangeSource
{
    private readonly ConcurrentDictionary<MonitoredRoot, Choice> _choices = new();
    private IChangeWriter? _changes;
    private volatile bool _isDisposed;

    /// <summary>The sources in use.</summary>
    public string Name => _choices.IsEmpty ? "Auto" : string.Join('+', _choices.Values.Select(choice => choice.Source.Name).Distinct().Order(StringComparer.Ordinal));

    public IReadOnlyList<string> Problems => [.. _choices.OrderBy(choice => choice.Key.Index).SelectMany(choice => choice.Value.Source.Problems)];

    public async Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        _changes = changes;
        foreach (var root in roots)
        {
            var reason = await WhyPolledAsync(root).ConfigureAwait(false);
            await ChooseAsync(root, reason, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task RearmAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        var choice = _choices[root];
        var reason = await WhyPolledAsync(root).ConfigureAwait(false);
        if ((choice.Reason is null) == (reason is null))
        {
            _choices[root] = choice with { Reason = reason };
            await choice.Source.RearmAsync(root, cancellationToken).ConfigureAwait(false);
            return;
        }

        await (choice.Source is FileSystemWatcherSource watcher ? watcher.HandOverAsync() : choice.Source.DisposeAsync().AsTask()).ConfigureAwait(false);
        await ChooseAsync(root, reason, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken) =>
        _choices.TryGetValue(root, out var choice) ? choice.Source.FlushAsync(root, cancellationToken) : new($"'{root.Path}' is not watched.");

    public string NameFor(MonitoredRoot root) => _choices.TryGetValue(root, out var choice) ? choice.Source.Name : Name;

    public string? ReasonFor(MonitoredRoot root) => _choices.GetValueOrDefault(root)?.Reason;

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        foreach (var choice in _choices.Values)
        {
            await choice.Source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task ChooseAsync(MonitoredRoot root, string? reason, CancellationToken cancellationToken)
    {
        IChangeSource source = reason is null ? watch() : poll();

        // Kept before it is started, so that a start that fails halfway is disposed with the rest.
        _choices[root] = new Choice(source, reason);
        if (reason is not null)
        {
            logger.RootPolled(root.Path, reason);
        }

        await source.StartAsync([root], _changes!, cancellationToken).ConfigureAwait(false);
        if (_isDisposed)
        {
            // The end came in between and may have found it before it was started.
            await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Off the caller's thread: it asks the disk.</summary>
    private Task<string?> WhyPolledAsync(MonitoredRoot root) => Task.Run(() => whyPolled(root.PhysicalPath));

    private sealed record Choice(IChangeSource Source, string? Reason);
}
