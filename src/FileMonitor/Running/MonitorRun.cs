// Over 300 lines because it is one idea: which part is connected to which, and in what order they begin and end.
using FileMonitor.Delivery;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Scanning;
using FileMonitor.Settling;
using FileMonitor.Sources;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.FileSystemWatchers;
using FileMonitor.Sources.Mounts;
using FileMonitor.Sources.Polling;
using FileMonitor.Sources.Selection;
using FileMonitor.Tree;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Running;

/// <summary>
/// Everything that exists only while a monitor runs, put together here and nowhere else: source → queue → pipeline → stream. Part of
/// <see cref="FileSystemMonitor"/>, which decides when each step of its life happens.
/// </summary>
internal sealed class MonitorRun : IDisposable
{
    private static readonly TimeSpan FlushGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestRearm = TimeSpan.FromSeconds(5);

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
    private readonly CancellationTokenSource _stopped = new();
    private HintTally _hints = new(roots: 0);
    private IReadOnlyList<MonitoredRoot> _roots = [];
    private IReadOnlyList<RootWatch> _watches = [];
    private RootRound? _round;
    private MountWatch? _mounts;
    private SilentMounts? _silent;
    private string? _noMounts;
    private IReadOnlyList<Snapshot> _snapshots = [];
    private PeriodicComparison? _periodic;
    private ClockWatch? _clock;
    private ChangeQueue? _queue;
    private ChangePipeline? _pipeline;
    private Task _pump = Task.CompletedTask;
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
        _files = components.FileView ?? new DiskFileView();
        _hasher = new ContentHasher(_files, options.Checksum, components.TimeProvider);
        _source = components.Source?.Invoke() ?? BuiltInSource.Make(options, components.TimeProvider, logger);
    }

    public static MonitorCounters NoCounters { get; } = new()
    {
        Received = 0,
        Coalesced = 0,
        Ignored = 0,
        Suppressed = 0,
        Emitted = 0,
        Pending = 0,
        Lost = 0,
        Transient = 0,
        SourceLosses = 0,
        SourceRestarts = 0,
        Events = 0,
        Gaps = 0,
        ChecksumFiles = 0,
        ChecksumBytes = 0,
    };

    public string SourceName => _source.Name;

    public IReadOnlyList<string> Problems => _noMounts is { } obstacle ? [.. _source.Problems, obstacle] : _source.Problems;

    public int KnownAtStart { get; private set; }

    public int QueueLength => _queue?.Length ?? 0;

    public int PermitsInUse => _pipeline?.PermitsInUse ?? 0;

    /// <summary>How long the path that waits longest has waited with nothing done for it.</summary>
    public TimeSpan OldestWait
    {
        get
        {
            var totals = Totals;
            try
            {
                var now = _components.TimeProvider.GetTimestamp();
                var since = Math.Min(totals.DueSince ?? now, Math.Min(totals.WaitingSince ?? now, _pipeline?.ReadingSince ?? now));
                return since < now ? _components.TimeProvider.GetElapsedTime(since, now) : TimeSpan.Zero;
            }
            catch (Exception)
            {
                // A host's clock that fails ends the pump; health is what says so, and must not fail itself.
                return TimeSpan.Zero;
            }
        }
    }

    public PipelineCounters.Totals Totals => _pipeline?.Totals ?? default;

    /// <summary>Hints by the source that gave them.</summary>
    public IReadOnlyList<(string Source, long Hints)> Hints => _hints.Read(root => _queue?.ReceivedBelow(root) ?? 0, root => _source.NameFor(_roots[root]), Totals.Own);

    public IReadOnlyList<WatchUsage> Watches => _source switch
    {
        AutoSource chosen => chosen.Watches,
        IRootSource one => one.Watches,
        _ => [],
    };

    /// <summary>How many gaps are open by cause; those of sinks are not the pipeline's.</summary>
    public IReadOnlyList<long> GapsByCause(int failingSinks) =>
        [.. (_pipeline?.GapsByCause ?? []).Select((count, cause) => cause == (int)GapCause.SinkFailed ? count + failingSinks : count)];

    /// <summary>Completes when both loops have ended; fails as soon as one ends by a defect.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Arms the source first, then takes the baseline, then lets the pipeline read: what changes in between is hinted at and compared.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.Checksum.Enabled)
        {
            Sha256Digest.Prepare();
        }

        var resolver = new RootResolver(_options, _components, _files);
        await Task.Run(resolver.Resolve, cancellationToken).ConfigureAwait(false);
        _roots = resolver.Roots;
        _hints = new HintTally(_roots.Count);
        _snapshots = [.. _roots.Select(root => new Snapshot(root))];
        _queue = new ChangeQueue(_roots, _options.Queue.Capacity, _options.Debounce.FinishedDelay, _components.TimeProvider, _signal);
        _watches = [.. _roots.Select(root => WatchOver(root, resolver.Probes[root.Index], resolver.Sightings[root.Index]))];
        OpenMounts();
        await _source.StartAsync(_roots, _queue, cancellationToken).ConfigureAwait(false);

        var unreadable = new List<(Snapshot Snapshot, string Path, FileStatusOutcome Outcome)>();
        foreach (var snapshot in _snapshots)
        {
            var first = resolver.Sightings[snapshot.Root.Index];
            snapshot.IsLost = first.Problem is not null;
            if (!snapshot.IsLost)
            {
                snapshot.Top.SetStatus(first.Status);
            }
        }

        await Task.Run(() => TakeBaseline(unreadable, cancellationToken), cancellationToken).ConfigureAwait(false);
        KnownAtStart = _snapshots.Sum(snapshot => snapshot.Count);

        var hooks = new PipelineHooks((root, problem) => _watches[root.Index].NoteLost(problem), root => _watches[root.Index].AskToRearm(), Tell, _turns);
        var hasher = new MeteredHasher(_hasher, _instruments, _components.Name, _components.TimeProvider);
        _pipeline = new ChangePipeline(
            _options, _snapshots, _files, _queue, _signal, hasher.Begin, _stream.TryWrite, hooks, _components.Name, WatchesAnyName, _components.TimeProvider, _logger);
        StartLoops(unreadable);
        StartUpkeep();
    }

    /// <summary>Why each root cannot be watched; null for one that is.</summary>
    public IReadOnlyList<RootHealth> Roots => [.. _roots.Select(root => new RootHealth
    {
        Path = root.Path,
        IsAvailable = _watches[root.Index].Problem is null,
        Problem = _watches[root.Index].Problem,
        UnavailableSince = _watches[root.Index].LostSince,
        Source = _source.NameFor(root),
        SourceReason = _source.ReasonFor(root),
    })];

    public IReadOnlyList<OpenGap> OpenGaps => _pipeline?.OpenGaps ?? [];

    /// <summary>What was done on disk before the call is delivered when this completes, or named.</summary>
    public async Task<FlushResult> FlushAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopped.Token);
        using var deadline = new CancellationTokenSource(timeout, _components.TimeProvider);
        using var within = CancellationTokenSource.CreateLinkedTokenSource(either.Token, deadline.Token);
        var unreached = new List<string>();
        var degradations = (await Task.WhenAll(_roots.Select(root => FlushSourceAsync(root, unreached, within.Token, either.Token))).ConfigureAwait(false)).OfType<string>().ToList();
        var rearmings = _watches.Sum(watch => watch.Rearmings);
        var isInTime = await FlushPumpAsync(unreached, within.Token, either.Token).ConfigureAwait(false);
        var rearming = Task.WhenAll(_watches.Select(watch => watch.Rearmed));
        if (isInTime && (!rearming.IsCompleted || _watches.Sum(watch => watch.Rearmings) != rearmings))
        {
            // A directory that was closed is found open: what was done in it before the call is found once the source is armed anew.
            await rearming.WaitAsync(LongestRearm, _components.TimeProvider, within.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await FlushPumpAsync(unreached, within.Token, either.Token).ConfigureAwait(false);
        }

        var sequence = await FlushStreamAsync(degradations, unreached, within.Token, either.Token).ConfigureAwait(false);
        degradations.AddRange(_stream.ReaderHealth.Where(reader => reader.IsLagging).Select(reader => FormattableString.Invariant($"A reader does not keep up and was not given {reader.Skipped:N0} events so far; a gap of its own says which.")));
        degradations.AddRange(OpenGaps.Select(gap => $"Gap {gap.Number} below '{gap.Root}' is open: {gap.Detail}"));
        return new FlushResult(sequence, degradations, unreached);
    }

    /// <summary>Compares all roots with what was reported.</summary>
    public Task<VerifyResult> VerifyAsync(bool checksums, CancellationToken cancellationToken)
    {
        var verification = new TreeVerification(
            _roots,
            _files,
            (look, token) => _queue!.InspectAsync(look).WaitAsync(token),
            (left, token) => FlushAsync(left < _options.FlushTimeout ? left : _options.FlushTimeout, token),
            checksums ? HashToVerifyAsync : null,
            _options.Checksum.Concurrency,
            new VerifyDeadline(_options.VerifyTimeout, _components.TimeProvider));
        return Task.Run(() => verification.RunAsync(cancellationToken), cancellationToken);
    }

    /// <summary>No hint is accepted after this. Safe to call again.</summary>
    /// <remarks>On the pool: a host's source may block before its first await, and no deadline would end that.</remarks>
    public Task StopSourceAsync() => Task.Run(async () =>
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        _clock?.Dispose();
        _round?.Dispose();
        if (_periodic is { } periodic)
        {
            await periodic.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var watch in _watches)
        {
            await watch.DisposeAsync().ConfigureAwait(false);
        }

        if (_mounts is { } mounts)
        {
            await mounts.DisposeAsync().ConfigureAwait(false);
        }

        if (_silent is { } silent)
        {
            await silent.DisposeAsync().ConfigureAwait(false);
        }

        await _source.DisposeAsync().ConfigureAwait(false);
    });

    public Task CompleteQueue()
    {
        _queue?.Complete();
        return Task.CompletedTask;
    }

    public Task FinishPipelineAsync() => _pump;

    public void HurryPipeline() => _pipeline?.Abandon();

    public void GiveUpPipeline() => _pipeline?.GiveUp();

    public Task FinishStreamAsync()
    {
        _stream.CompleteWriting();
        return _dispatch;
    }

    /// <summary>All counters, such that they belong together: what the pump published first, what the source side counted after it.</summary>
    public MonitorCounters ReadCounters(EventTally told)
    {
        var totals = Totals;
        var refused = _queue?.Refused ?? 0;
        var pruned = _queue?.PrunedEarly ?? 0;
        var received = _queue?.Received ?? 0;
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
            SourceLosses = _queue?.SourceLosses ?? 0,
            SourceRestarts = _queue?.SourceRestarts ?? 0,
            Events = _stream.Sequence,
            Gaps = told.Gaps,
            ChecksumFiles = _hasher.Files,
            ChecksumBytes = _hasher.Bytes,
        };
    }

    public void Dispose()
    {
        // Only what no straggler can still use: a pipeline that was given up keeps its own until it is collected.
        if (_pump.IsCompleted)
        {
            _pipeline?.Dispose();
            _hasher.Dispose();
        }
    }

    // FileSystemWatcher knows names only as text. What a host's own source knows is its own affair.
    private bool WatchesAnyName(MonitoredRoot root) => _components.Source is not null || _source.NameFor(root) != FileSystemWatcherSource.SourceName;

    private void Tell(ReconcileEpisode done)
    {
        _instruments.Reconciled(done.Reason, done.Took);
        MonitorActivities.Reconciled(_components.Name, done.Reason, done.Entries, done.Discrepancies, _components.TimeProvider.GetUtcNow(), done.Took);
    }

    private RootWatch WatchOver(MonitoredRoot root, RootProbe probe, RootSighting first) => new(
        root,
        first,
        new RootCare(
            probe.Look,
            probe.IsAsBefore,
            token => _source.RearmAsync(root, token),
            problem => _queue!.Order(new PumpOrder.LoseRoot(root, problem)),
            status => _queue!.Order(new PumpOrder.RestoreRoot(root, status))),
        _options.Recovery.RootCheckInterval,
        _components.TimeProvider,
        _logger);

    /// <summary>Before the source is armed: what is mounted while it is, is noticed.</summary>
    private void OpenMounts()
    {
        if (_components.FileView is not null)
        {
            return;
        }

        if (_options.Source == ChangeSourceKind.Auto && _components.Source is null)
        {
            _silent = new SilentMounts(_roots, root => _source.NameFor(root) == PollingSource.SourceName, _queue!, _options.Polling.Interval, _components.TimeProvider);
        }

        _mounts = MountWatch.TryOpen(_roots, RemountedAsync, table => _silent?.Hear(table), MountWatch.TablePath, out _noMounts);
    }

    private Task RemountedAsync(MonitoredRoot root, string path)
    {
        if (path.Length == 0)
        {
            // Nobody waits for it here: who flushes asks the one who looks after the root.
            _watches[root.Index].AskToRearm();
            return Task.CompletedTask;
        }

        switch (_source)
        {
            case AutoSource chosen when root.Recursive:
                return chosen.RemountedAsync(root, path);
            case IRootSource one when root.Recursive:
                return one.RemountedAsync(root, path);
            default:
                // What a host's own source makes of it nobody knows; one of ours watches nothing there.
                _queue!.ReportLoss(
                    root, path, GapCause.SourceRestarted, $"Something was mounted or unmounted at '{PathText.Absolute(root.Path, path)}'; it is compared with the disk.");
                return Task.CompletedTask;
        }
    }

    private void StartUpkeep()
    {
        foreach (var watch in _watches)
        {
            watch.Start();
        }

        _mounts?.Start();
        _round = new RootRound(_watches, _options.Recovery.RootCheckInterval, _components.TimeProvider);
        _round.Start();
        _periodic = new PeriodicComparison(
            _options.Recovery.ReconcileInterval,
            () => Task.WhenAll(_roots.Select(root => _queue!.CompareAsync(root, "", DirectoryLook.Periodic | DirectoryLook.Tree))),
            _components.TimeProvider);
        _periodic.Start();
        _clock = new ClockWatch(_components.TimeProvider, _options.Recovery.RootCheckInterval, jump =>
        {
            _logger.ClockJumped(_components.Name, jump);
            foreach (var root in _roots)
            {
                _queue!.ReportLoss(root, "", GapCause.ClockJump, $"The clock jumped by {jump}, as after a suspension; everything is compared with the disk.");
            }
        });
        _clock.Start();
    }

    private async Task<string?> FlushSourceAsync(MonitoredRoot root, List<string> unreached, CancellationToken within, CancellationToken cancellationToken)
    {
        if (_watches[root.Index].Problem is not null)
        {
            // Its gap is open, which is said.
            return null;
        }

        try
        {
            if (_mounts is { } mounts)
            {
                // What was mounted before the flush is watched by then, and what it hid or showed is compared.
                await mounts.SeenAsync().WaitAsync(within).ConfigureAwait(false);
            }

            var obstacle = await _source.FlushAsync(root, within).ConfigureAwait(false);
            if (obstacle is not null)
            {
                await _queue!.CompareAsync(root, "").WaitAsync(within).ConfigureAwait(false);
            }

            return obstacle;
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

    /// <returns>False when the deadline came first; what was not reached is named then.</returns>
    private async Task<bool> FlushPumpAsync(List<string> unreached, CancellationToken within, CancellationToken cancellationToken)
    {
        var flush = _queue!.FlushAsync();
        try
        {
            await flush.WaitAsync(within).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (within.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                unreached.AddRange(await _queue.EndFlushAsync(flush).WaitAsync(FlushGrace, _components.TimeProvider, cancellationToken).ConfigureAwait(false));
            }
            catch (TimeoutException)
            {
                unreached.Add("The pump does not answer: a reader, a required sink or the file system holds it up.");
            }

            return false;
        }
    }

    /// <returns>Up to where all is delivered.</returns>
    private async Task<long> FlushStreamAsync(List<string> degradations, List<string> unreached, CancellationToken within, CancellationToken cancellationToken)
    {
        // Past the deadline it gets a moment, since most often it is there at once.
        using var grace = new CancellationTokenSource(FlushGrace, _components.TimeProvider);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, grace.Token);
        var token = within.IsCancellationRequested ? late.Token : within;
        try
        {
            var (sequence, refusals) = await _stream.FlushAsync(token).ConfigureAwait(false);
            degradations.AddRange(refusals);
            return sequence;
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            unreached.Add("Not all events are delivered: a reader or a required sink holds up the stream.");
            return 0;
        }
    }

    private async Task<(ChecksumStatus Status, Sha256Digest? Digest, FileStatus File)> HashToVerifyAsync(string root, string relativePath, CancellationToken cancellationToken)
    {
        var result = await _hasher.HashAsync(root, relativePath, cancellationToken).ConfigureAwait(false);
        return (result.Status, result.Digest, result.File);
    }

    private void TakeBaseline(List<(Snapshot Snapshot, string Path, FileStatusOutcome Outcome)> unreadable, CancellationToken cancellationToken)
    {
        foreach (var snapshot in _snapshots.Where(snapshot => !snapshot.IsLost))
        {
            BaselineScan.Fill(
                snapshot,
                _files,
                _options.Report.Baseline,
                (path, outcome) => unreadable.Add((snapshot, path, outcome)),
                cancellationToken);
        }
    }

    private void StartLoops(List<(Snapshot Snapshot, string Path, FileStatusOutcome Outcome)> unreadable)
    {
        _dispatch = Task.Run(_stream.RunAsync);
        _pump = OnItsOwnThread("FileMonitor pump", () =>
        {
            foreach (var snapshot in _snapshots.Where(snapshot => snapshot.IsLost))
            {
                _pipeline!.TellLost(snapshot, _watches[snapshot.Root.Index].Problem ?? "It was missing when the monitor started.");
            }

            foreach (var (snapshot, path, outcome) in unreadable)
            {
                _pipeline!.ReportUnreadable(snapshot, path, outcome);
            }

            foreach (var snapshot in _snapshots)
            {
                _pipeline!.ReportUnwatchable(snapshot);
            }

            _pipeline!.Run();
        });
        Ended = Task.WhenAny(_pump, _dispatch).Unwrap().ContinueWith(
            first => first.IsCompletedSuccessfully ? Task.WhenAll(_pump, _dispatch) : first, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Unwrap();
    }

    /// <summary>
    /// The pump sleeps and wakes a thousand times a second under load: on the pool each time would cost a work item, a timer, and the spinning
    /// of the pool's threads.
    /// </summary>
    private static Task OnItsOwnThread(string name, Action run)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                run();
                ended.SetResult();
            }
            catch (OperationCanceledException cancelled)
            {
                ended.SetCanceled(cancelled.CancellationToken);
            }
            catch (Exception defect)
            {
                ended.SetException(defect);
            }
        })
        { IsBackground = true, Name = name };
        thread.UnsafeStart();
        return ended.Task;
    }
}
