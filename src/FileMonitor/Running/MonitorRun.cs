using FileMonitor.Delivery;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Scanning;
using FileMonitor.Settling;
using FileMonitor.Sources;
using FileMonitor.Sources.FileSystemWatchers;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Running;

/// <summary>
/// Creates and connects everything that exists only while a monitor runs: source → queue → pipeline → stream. Part of
/// <see cref="FileSystemMonitor"/>, which decides when each step happens.
/// </summary>
internal sealed class MonitorRun : IDisposable
{
    private readonly FileMonitorOptions _options;
    private readonly FileMonitorComponents _components;
    private readonly AuditEventStream _stream;
    private readonly PumpSignal _signal;
    private readonly MonitorInstruments _instruments;
    private readonly ILogger _logger;
    private readonly ITurnObserver? _turns;
    private readonly IFileView _files;
    private readonly ContentHasher _hasher;
    private readonly IChangeSource _source;
    private readonly IMonitorStore? _store;
    private readonly CancellationTokenSource _stopped = new();
    private readonly HintTally _hints = new();
    private Upkeep? _upkeep;
    private RootChanges? _changes;
    private FollowedLinks? _followed;
    private MonitorBaseline? _baseline;
    private PumpInbox? _inbox;
    private Pump? _pump;
    private Task _pumping = Task.CompletedTask;
    private Task _dispatch = Task.CompletedTask;

    public MonitorRun(
        FileMonitorOptions options, FileMonitorComponents components, AuditEventStream stream, PumpSignal signal, MonitorInstruments instruments, ILogger logger, ITurnObserver? turns)
    {
        _options = options;
        _components = components;
        _stream = stream;
        _signal = signal;
        _instruments = instruments;
        _logger = logger;
        _turns = turns;
        _store = components.Part as IMonitorStore;
        (_files, _source) = DiskAndSource.Of(options, components, logger);
        var detectsWriters = RootSettings.AsksForWriters(options, options.Roots.Any(root => root.ReportWhen == ReportWhen.Closed));
        _hasher = new ContentHasher(_files, options.Checksum, components.TimeProvider, detectsWriters, TextDiffs.Of(options.TextDiff));
    }

    public string SourceName => _source.Name;

    public IReadOnlyList<string> Problems => [.. _source.Problems, .. _upkeep?.NoMounts is { } obstacle ? [obstacle] : Array.Empty<string>(), .. _followed?.Problems ?? []];

    public int KnownAtStart { get; private set; }

    /// <summary>The items in the snapshots; until the pump has them, those that the start has found so far.</summary>
    public int KnownItems => _pump?.Totals.KnownItems ?? _baseline?.ItemsFound ?? 0;

    /// <summary>Whether the disk is still compared with what an earlier run knew.</summary>
    public bool IsCatchingUp => _baseline?.IsComparing ?? false;

    public int QueueLength => _inbox?.Length ?? 0;

    public int PermitsInUse => _pump?.PermitsInUse ?? 0;

    /// <summary>How long the oldest waiting path has waited with nothing done for it.</summary>
    public TimeSpan OldestWait
    {
        get
        {
            var totals = Totals;
            try
            {
                var now = _components.TimeProvider.GetTimestamp();
                var since = Math.Min(totals.DueSince ?? now, Math.Min(totals.WaitingSince ?? now, _pump?.ReadingSince ?? now));
                return since < now ? _components.TimeProvider.GetElapsedTime(since, now) : TimeSpan.Zero;
            }
            catch (Exception)
            {
                // A host's clock that throws ends the pump. Health reports that, and must not throw itself.
                return TimeSpan.Zero;
            }
        }
    }

    public PipelineCounters.Totals Totals => _pump?.Totals ?? default;

    /// <summary>Hints by source.</summary>
    public IReadOnlyList<(string Source, long Hints)> Hints => _hints.Read(
        (_upkeep?.Roots.All ?? []).Select(watch => ((object)watch.Root, _source.NameFor(watch.Root), _inbox!.ReceivedBelow(watch.Root))), Totals.Own);

    public IReadOnlyList<WatchUsage> Watches => (_source as IRootSource)?.Watches ?? [];

    /// <summary>The number of open gaps by cause. The pump does not have those of sinks.</summary>
    public IReadOnlyList<long> GapsByCause(int failingSinks) =>
        [.. (_pump?.GapsByCause ?? []).Select((count, cause) => cause == (int)GapCause.SinkFailed ? count + failingSinks : count)];

    /// <summary>Completes when both loops have ended; fails as soon as one fails.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Arms the source, then takes the baseline, then starts the pump. Hints of changes in between are in the queue.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.Checksum.Enabled)
        {
            Sha256Digest.Prepare();
        }

        var resolver = new RootResolver(_options, _components, _files);
        var roots = await Task.Run(() => _options.Roots.Select(resolver.Add).ToList(), cancellationToken).ConfigureAwait(false);
        IReadOnlyList<MonitoredRoot> monitored = [.. roots.Select(static resolved => resolved.Root)];
        _inbox = new PumpInbox(_options.Queue.Capacity, _components.TimeProvider, _signal);
        _upkeep = new Upkeep(_options, _components, _source, _inbox, _logger);
        foreach (var resolved in roots)
        {
            _inbox.Add(resolved.Root);
            _upkeep.Add(resolved);
        }

        await (_store?.OpenAsync(_components.Name, _options, monitored, cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
        _stream.Begin();
        await _source.StartAsync(monitored, _inbox, cancellationToken).ConfigureAwait(false);

        var recorder = _store is null ? null : new TreeRecorder();
        var baseline = _baseline = new MonitorBaseline(_store, _files, recorder);
        var snapshots = await Task.Run(() => roots.Select(resolved => baseline.Take(resolved, cancellationToken)).ToList(), cancellationToken).ConfigureAwait(false);
        _store?.Started();
        KnownAtStart = snapshots.Sum(static root => root.Snapshot.Count);

        _pump = NewPump(snapshots, recorder);
        StartLoops();
        baseline.Order(_inbox);

        _upkeep.Start();
        _changes = new RootChanges(_options, resolver, _upkeep, _source, _inbox, baseline, token => FlushAsync(_options.FlushTimeout, token));
        if (_components is { FileView: null, Source: null })
        {
            _followed = new FollowedLinks(_components, _options, _upkeep, _changes, _inbox, _logger);
            _followed.RootsAdded();
        }
    }

    private bool TryWrite(StreamItem item)
    {
        var isWritten = _stream.TryWrite(item);
        _followed?.Note(isWritten ? item.Event : null);
        return isWritten;
    }

    private Pump NewPump(IReadOnlyList<PumpOrder.AddRoot> roots, TreeRecorder? recorder)
    {
        var hooks = new PumpHooks((root, problem) => _upkeep!.Roots.Find(root)?.NoteLost(problem), root => _upkeep!.Roots.Find(root)?.AskToRearm(), ReportReconciled, _turns);
        var hasher = new MeteredHasher(_hasher, _instruments, _components.Name, _components.TimeProvider);
        return new Pump(new PumpSetup
        {
            Options = _options,
            Roots = roots,
            Files = _files,
            Inbox = _inbox!,
            Signal = _signal,
            Read = hasher.Begin,
            Texts = _hasher.Context.Texts,
            TryWrite = TryWrite,
            Recorder = recorder,
            LastGapNumber = _store?.Log.Last ?? 0,
            MostLooks = _components.MostLooks ?? LookBudget.Most,
            LongestActorHold = _components.LongestActorHold,
            Hooks = hooks,
            Monitor = _components.Name,
            WatchesAnyName = WatchesAnyName,
            HintedUpTo = () => _source.HintedUpTo,
            Time = _components.TimeProvider,
            Logger = _logger,
        });
    }

    /// <summary>The health of each root.</summary>
    public IReadOnlyList<RootHealth> Roots => [.. (_upkeep?.Roots.Started ?? []).Select(watch => new RootHealth
    {
        Path = watch.Root.Path,
        FollowedFrom = watch.Root.Settings.FollowedFrom,
        IsAvailable = watch.Problem is null,
        Problem = watch.Problem,
        UnavailableSince = watch.LostSince,
        Source = _source.NameFor(watch.Root),
        SourceReason = _source.ReasonFor(watch.Root),
    })];

    public IReadOnlyList<OpenGap> OpenGaps => _pump?.OpenGaps ?? [];

    /// <summary>What a flush cannot promise at the moment.</summary>
    private IEnumerable<string> DescribeConditions()
    {
        var gaps = OpenGaps.Select(gap => $"Gap {gap.Number} below '{gap.Root}' is open: {gap.Detail}");
        return Totals.HeldFiles is > 0 and var held ? gaps.Append($"{CountText.Of(held, "file is held back, because it is", "files are held back, because they are")} not complete (ReportWhen.Closed).") : gaps;
    }

    /// <summary>Completes when everything done on disk before the call is delivered. The result names what was not reached.</summary>
    public Task<FlushResult> FlushAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        new MonitorFlush(_upkeep!, _source, _inbox!, _stream, DescribeConditions, _components.TimeProvider, _stopped.Token).RunAsync(timeout, cancellationToken);

    /// <summary>Compares all roots with what was reported.</summary>
    public Task<VerifyResult> VerifyAsync(bool checksums, CancellationToken cancellationToken)
    {
        var verification = new TreeVerification(
            [.. _upkeep!.Roots.Started.Select(static watch => watch.Root)],
            _files,
            (look, token) => _inbox!.InspectAsync(look).WaitAsync(token),
            (left, token) => FlushAsync(left < _options.FlushTimeout ? left : _options.FlushTimeout, token),
            checksums ? HashToVerifyAsync : null,
            _options.Checksum.Concurrency,
            new VerifyDeadline(_options.VerifyTimeout, _components.TimeProvider));
        return Task.Run(() => verification.RunAsync(cancellationToken), cancellationToken);
    }

    /// <inheritdoc cref="RootChanges.AddAsync"/>
    public async Task<FlushResult> AddRootAsync(RootOptions root, CancellationToken cancellationToken)
    {
        var added = await WhileRunning(token => _changes!.AddAsync(_components.Name, root, token), cancellationToken).ConfigureAwait(false);
        _followed?.RootsAdded();
        return added;
    }

    /// <inheritdoc cref="RootChanges.RemoveAsync(string, CancellationToken)"/>
    public Task<FlushResult?> RemoveRootAsync(string path, CancellationToken cancellationToken) => WhileRunning(token => _changes!.RemoveAsync(path, token), cancellationToken);

    private async Task<T> WhileRunning<T>(Func<CancellationToken, Task<T>> change, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopped.Token);
        return await change(either.Token).ConfigureAwait(false);
    }

    /// <summary>Ends the source: no hint is accepted after this. Safe to call again.</summary>
    /// <remarks>On the pool: a host's source may block before its first await, and the deadline could not end that.</remarks>
    public Task StopSourceAsync() => Task.Run(async () =>
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        await (_followed?.DisposeAsync().AsTask() ?? Task.CompletedTask).ConfigureAwait(false);
        if (_upkeep is { } upkeep)
        {
            await upkeep.DisposeAsync().ConfigureAwait(false);
        }

        await _source.DisposeAsync().ConfigureAwait(false);
    });

    public Task CompleteQueue()
    {
        _inbox?.Complete();
        return Task.CompletedTask;
    }

    public Task FinishPipelineAsync() => _pumping;

    public void HurryPipeline() => _pump?.Abandon();

    public void GiveUpPipeline() => _pump?.GiveUp();

    public Task FinishStreamAsync()
    {
        _stream.CompleteWriting();
        return _dispatch;
    }

    public void HurryStore() => _store?.Hurry();

    /// <summary>Closes the store. No more events come.</summary>
    public Task CloseStoreAsync() => _store?.CloseAsync().AsTask() ?? Task.CompletedTask;

    /// <summary>A consistent set of all counters: reads those of the pump first and those of the source side after them.</summary>
    public MonitorCounters ReadCounters(EventTally told)
    {
        var totals = Totals;
        var refused = _inbox?.Refused ?? 0;
        var pruned = _inbox?.PrunedEarly ?? 0;
        var received = _inbox?.Received ?? 0;
        return new MonitorCounters
        {
            Received = received + totals.Own,
            Coalesced = totals.Coalesced,
            Ignored = totals.Ignored + pruned,
            Suppressed = totals.Suppressed,
            Emitted = totals.Emitted,
            Pending = totals.Pending + (received - refused - pruned - totals.Taken),
            Lost = refused + totals.CutOff,
            Transient = totals.Transient,
            SourceLosses = _inbox?.SourceLosses ?? 0,
            SourceRestarts = _inbox?.SourceRestarts ?? 0,
            Events = _stream.Sequence,
            Gaps = told.Gaps,
            ChecksumFiles = _hasher.Context.Files,
            ChecksumBytes = _hasher.Context.Bytes,
        };
    }

    public void Dispose()
    {
        // A pipeline that was given up may still use its objects; leave those to the garbage collector.
        if (_pumping.IsCompleted)
        {
            _pump?.Dispose();
            _hasher.Dispose();
        }
    }

    // FileSystemWatcher has names as text only. A host's own source is trusted to watch any name.
    private bool WatchesAnyName(MonitoredRoot root) => _components.Source is not null || _source.NameFor(root) != FileSystemWatcherSource.SourceName;

    private void ReportReconciled(ReconcileEpisode done)
    {
        _instruments.Reconciled(done.Reason, done.Took);
        MonitorActivities.Reconciled(_components.Name, done.Reason, done.Entries, done.Discrepancies, _components.TimeProvider.GetUtcNow(), done.Took);
    }

    private async Task<(ChecksumStatus Status, Sha256Digest? Digest, FileStatus File)> HashToVerifyAsync(string root, string relativePath, CancellationToken cancellationToken)
    {
        var result = await _hasher.HashAsync(root, relativePath, cancellationToken).ConfigureAwait(false);
        return (result.Status, result.Digest, result.File);
    }

    private void StartLoops()
    {
        _dispatch = Task.Run(_stream.RunAsync);
        _pumping = OwnThread.Run("FileMonitor pump", () => _pump!.Run());
        Ended = Task.WhenAny(_pumping, _dispatch).Unwrap().ContinueWith(
            first => first.IsCompletedSuccessfully ? Task.WhenAll(_pumping, _dispatch) : first, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Unwrap();
    }
}
