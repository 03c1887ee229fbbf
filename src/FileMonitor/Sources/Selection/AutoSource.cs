using System.Collections.Concurrent;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Sources.Polling;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.Selection;

/// <summary>
/// Chooses for each root the first of several sources that works there. Chooses again when the root comes back, because it may be on another
/// file system.
/// </summary>
/// <remarks>The choice of a root is replaced by the start and then by the root's RootWatch, one at a time; any thread reads it.</remarks>
/// <param name="candidatesFor">
/// For a root, the sources in order of preference, of which the last always works; and the first, when no other may take its place.
/// </param>
/// <param name="nameOfNone">The name while no root is watched.</param>
/// <param name="logger">Logs when another source than the first is chosen.</param>
internal sealed class AutoSource(
    Func<MonitoredRoot, (IReadOnlyList<SourceCandidate> Candidates, ChangeSourceKind? Required)> candidatesFor, string nameOfNone, ILogger logger) : IRootSource
{
    // Sources that are for all roots. They are kept when the last of their roots is gone.
    private readonly ConcurrentDictionary<IRootSource, bool> _shared = new();
    private readonly ConcurrentDictionary<MonitoredRoot, Choice> _choices = new();
    private IChangeWriter? _changes;
    private volatile bool _isDisposed;

    /// <summary>The sources in use.</summary>
    public string Name => _choices.IsEmpty ? nameOfNone : string.Join('+', _choices.Values.Select(choice => choice.Source.Name).Distinct().Order(StringComparer.Ordinal));

    public IReadOnlyList<string> Problems => [.. _choices.OrderBy(choice => choice.Key.Index).Select(choice => choice.Value.Source).Distinct().SelectMany(source => source.Problems)];

    public IReadOnlyList<WatchUsage> Watches => [.. _choices.Values.Select(choice => choice.Source).Distinct().SelectMany(source => source.Watches)];

    long IChangeSource.HintedUpTo
    {
        get
        {
            var upTo = long.MaxValue;
            foreach (var (source, _) in _shared)
            {
                upTo = Math.Min(upTo, source.HintedUpTo);
            }

            return upTo;
        }
    }

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

        await GiveUpAsync(choice, root).ConfigureAwait(false);
        await ChooseAsync(root, candidate, reason, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken) =>
        _choices.TryGetValue(root, out var choice) ? choice.Source.FlushAsync(root, cancellationToken) : new($"'{root.Path}' is not watched.");

    /// <inheritdoc cref="IRootSource.RemountedAsync"/>
    public Task RemountedAsync(MonitoredRoot root, string relativePath) =>
        _choices.TryGetValue(root, out var choice) ? choice.Source.RemountedAsync(root, relativePath) : Task.CompletedTask;

    /// <summary>Gives up a root, which may be started again.</summary>
    public Task HandOverAsync(MonitoredRoot root) => _choices.TryRemove(root, out var choice) ? GiveUpAsync(choice, root) : Task.CompletedTask;

    public string NameFor(MonitoredRoot root) => _choices.TryGetValue(root, out var choice) ? choice.Source.Name : Name;

    public string? ReasonFor(MonitoredRoot root) => _choices.GetValueOrDefault(root)?.Reason;

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        foreach (var source in _choices.Values.Select(choice => choice.Source).Concat(_shared.Keys).Distinct())
        {
            await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task GiveUpAsync(Choice choice, MonitoredRoot root)
    {
        await choice.Source.HandOverAsync(root).ConfigureAwait(false);
        if (!choice.Candidate.IsShared)
        {
            await choice.Source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task ChooseAsync(MonitoredRoot root, SourceCandidate candidate, string? reason, CancellationToken cancellationToken)
    {
        var source = candidate.Source();

        // Stored before the start, so that a start that fails halfway is disposed with the rest.
        _choices[root] = new Choice(candidate, source, reason);
        if (candidate.IsShared)
        {
            _shared[source] = true;
        }

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
            // A dispose came in between and may have run before the source was started.
            await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The first source that works for a root, and why an earlier one does not. On the pool, because it reads the disk.</summary>
    /// <exception cref="SourceUnavailableException">The first source is required and does not work.</exception>
    private Task<(SourceCandidate Candidate, string? Reason)> FindAsync(MonitoredRoot root) => Task.Run(() =>
    {
        string? reason = null;
        var (candidates, required) = candidatesFor(root);
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
/// <param name="WhyNot">Returns, for the physical path of a root, why the source cannot be used there; null when it can.</param>
/// <param name="Source">Returns the source: a new one for each root, or one for all.</param>
/// <param name="IsShared">Whether it is one for all.</param>
internal sealed record SourceCandidate(Func<string, string?> WhyNot, Func<IRootSource> Source, bool IsShared = false);
