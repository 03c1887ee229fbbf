using System.Collections.Concurrent;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Sources.Polling;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.Selection;

/// <summary>
/// Chooses for each root the first of several sources that can be used there, and chooses again when the root comes back, for it may lie on
/// another file system by then.
/// </summary>
/// <remarks>
/// Who starts the source, and then who looks after a root, one at a time, replaces the choice of that root; anyone reads it.
/// </remarks>
/// <param name="candidates">The sources in the order in which they are wanted; the last can always be used.</param>
/// <param name="logger">Where it is told that another than the first was chosen.</param>
/// <param name="required">The first source, when none of the others may take its place.</param>
internal sealed class AutoSource(IReadOnlyList<SourceCandidate> candidates, ILogger logger, ChangeSourceKind? required = null) : IChangeSource
{
    private readonly ConcurrentDictionary<MonitoredRoot, Choice> _choices = new();
    private IChangeWriter? _changes;
    private volatile bool _isDisposed;

    /// <summary>The sources in use.</summary>
    public string Name => _choices.IsEmpty ? "Auto" : string.Join('+', _choices.Values.Select(choice => choice.Source.Name).Distinct().Order(StringComparer.Ordinal));

    public IReadOnlyList<string> Problems => [.. _choices.OrderBy(choice => choice.Key.Index).Select(choice => choice.Value.Source).Distinct().SelectMany(source => source.Problems)];

    public IReadOnlyList<WatchUsage> Watches => [.. _choices.Values.Select(choice => choice.Source).Distinct().SelectMany(source => source.Watches)];

    public async Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        _changes = changes;
        foreach (var root in roots)
        {
            var (candidate, reason) = await FindAsync(root).ConfigureAwait(false);
            await ChooseAsync(root, candidate, reason, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task RearmAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        var choice = _choices[root];
        var (candidate, reason) = await FindAsync(root).ConfigureAwait(false);
        if (choice.Candidate == candidate)
        {
            _choices[root] = choice with { Reason = reason };
            await choice.Source.RearmAsync(root, cancellationToken).ConfigureAwait(false);
            return;
        }

        await choice.Source.HandOverAsync(root).ConfigureAwait(false);
        await ChooseAsync(root, candidate, reason, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken) =>
        _choices.TryGetValue(root, out var choice) ? choice.Source.FlushAsync(root, cancellationToken) : new($"'{root.Path}' is not watched.");

    /// <inheritdoc cref="IRootSource.RemountedAsync"/>
    public Task RemountedAsync(MonitoredRoot root, string relativePath) =>
        _choices.TryGetValue(root, out var choice) ? choice.Source.RemountedAsync(root, relativePath) : Task.CompletedTask;

    public string NameFor(MonitoredRoot root) => _choices.TryGetValue(root, out var choice) ? choice.Source.Name : Name;

    public string? ReasonFor(MonitoredRoot root) => _choices.GetValueOrDefault(root)?.Reason;

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        foreach (var source in _choices.Values.Select(choice => choice.Source).Distinct())
        {
            await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task ChooseAsync(MonitoredRoot root, SourceCandidate candidate, string? reason, CancellationToken cancellationToken)
    {
        var source = candidate.Source();

        // Kept before it is started, so that a start that fails halfway is disposed with the rest.
        _choices[root] = new Choice(candidate, source, reason);
        if (reason is not null)
        {
            if (source.Name == PollingSource.SourceName)
            {
                logger.RootPolled(root.Path, reason);
            }
            else
            {
                logger.SourceReplaced(root.Path, source.Name, reason);
            }
        }

        await source.StartAsync([root], _changes!, cancellationToken).ConfigureAwait(false);
        if (_isDisposed)
        {
            // The end came in between and may have found it before it was started.
            await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The first that can be used, and why those before it cannot. Off the caller's thread: it asks the disk.</summary>
    /// <exception cref="SourceUnavailableException">It is not the first of all, which is required.</exception>
    private Task<(SourceCandidate Candidate, string? Reason)> FindAsync(MonitoredRoot root) => Task.Run(() =>
    {
        string? reason = null;
        foreach (var candidate in candidates)
        {
            if (candidate.WhyNot(root.PhysicalPath) is not { } refusal)
            {
                return (candidate, reason);
            }

            if (required is { } source)
            {
                throw new SourceUnavailableException(root.Path, source, refusal);
            }

            reason ??= refusal;
        }

        return (candidates[^1], reason);
    });

    private sealed record Choice(SourceCandidate Candidate, IRootSource Source, string? Reason);
}

/// <summary>A source that can be chosen.</summary>
/// <param name="WhyNot">Given the physical path of a root, why it cannot be used there, in words; null when it can.</param>
/// <param name="Source">Gives the source: a new one for each root, or one for all.</param>
internal sealed record SourceCandidate(Func<string, string?> WhyNot, Func<IRootSource> Source);
