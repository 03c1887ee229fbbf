using FileMonitor.Pipeline;
using FileMonitor.Reconciliation;
using FileMonitor.Sources;
using Microsoft.Extensions.Logging;

namespace FileMonitor;

/// <summary>
/// Everything that exists only while a monitor runs, put together here and nowhere else: source → queue → pipeline → stream. Part of
/// <see cref="FileSystemMonitor"/>, which decides when each step of its life happens.
/// </summary>
internal sealed class MonitorRun : IDisposable
{
    // Paths are compared as the file systems of this system commonly do.
    private readonly StringComparison _comparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private readonly FileMonitorOptions _options;
    private readonly FileMonitorComponents _components;
    private readonly AuditEventStream _stream;
    private readonly PumpSignal _signal;
    private readonly ILogger _logger;
    private readonly IFileView _files;
    private readonly ContentHasher _hasher;
    private readonly IChangeSource _source;
    private IReadOnlyList<Snapshot> _snapshots = [];
    private ChangeQueue? _queue;
    private ChangePipeline? _pipeline;
    private Task _pump = Task.CompletedTask;
    private Task _dispatch = Task.CompletedTask;

    public MonitorRun(FileMonitorOptions options, FileMonitorComponents components, AuditEventStream stream, PumpSignal signal, ILogger logger)
    {
        _options = options;
        _components = components;
        _stream = stream;
        _signal = signal;
        _logger = logger;
        _files = components.FileView ?? new DiskFileView();
        _hasher = new ContentHasher(_files, options.Checksum, components.TimeProvider);
        _source = components.Source?.Invoke() ?? new FileSystemWatcherSource(options.Report.AttributeChanges, components.TimeProvider, logger);
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

    public IReadOnlyList<string> Problems => _source.Problems;

    public int KnownAtStart { get; private set; }

    public int QueueLength => _queue?.Length ?? 0;

    public int PermitsInUse => _pipeline?.PermitsInUse ?? 0;

    public PipelineCounters.Totals Totals => _pipeline?.Totals ?? default;

    /// <summary>Completes when both loops have ended; fails as soon as one ends by a defect.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Arms the source first, then takes the baseline, then lets the pipeline read: what changes in between is hinted at and compared.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var roots = ResolveRoots();
        _snapshots = [.. roots.Select(root => new Snapshot(root))];
        _queue = new ChangeQueue(roots, _options.Queue.Capacity, _components.TimeProvider, _signal);
        await _source.StartAsync(roots, _queue, cancellationToken).ConfigureAwait(false);

        var unreadable = new List<(Snapshot Snapshot, string Path, FileStatusOutcome Outcome)>();
        await Task.Run(() => TakeBaseline(unreadable, cancellationToken), cancellationToken).ConfigureAwait(false);
        KnownAtStart = _snapshots.Sum(snapshot => snapshot.Count);

        _pipeline = new ChangePipeline(
            _options, _snapshots, _files, _queue, _signal, _hasher.HashAsync, _stream.TryWrite, _components.Name, _source is not FileSystemWatcherSource, _components.TimeProvider, _logger);
        StartLoops(unreadable);
    }

    /// <summary>No hint is accepted after this. Safe to call again.</summary>
    /// <remarks>On the pool: a host's source may block before its first await, and no deadline would end that.</remarks>
    public Task StopSourceAsync() => Task.Run(() => _source.DisposeAsync().AsTask());

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
    public MonitorCounters ReadCounters(AuditEventStream stream)
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
            Events = stream.Sequence,
            Gaps = stream.Gaps,
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

    private List<MonitoredRoot> ResolveRoots()
    {
        var ignoresCase = _comparison == StringComparison.OrdinalIgnoreCase;
        var roots = new List<MonitoredRoot>();
        foreach (var root in _options.Roots)
        {
            var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root.Path));
            var physical = _components.FileView is null ? PhysicalPath.OfDirectory(path) : path;
            if (roots.FirstOrDefault(other => IsWithin(physical, other.PhysicalPath, _comparison) || IsWithin(other.PhysicalPath, physical, _comparison)) is { } overlap)
            {
                throw new IOException($"The roots '{overlap.Path}' and '{path}' overlap once links are resolved ('{overlap.PhysicalPath}', '{physical}').");
            }

            var rules = IgnoreRules.Parse(root.Include, root.Ignore, ignoresCase).WithOwnFiles(OwnFilesBelow(physical));
            roots.Add(new MonitoredRoot(roots.Count, path, physical, root.Recursive, rules));
        }

        return roots;
    }

    private static bool IsWithin(string path, string directory, StringComparison comparison) =>
        path.StartsWith(directory, comparison)
        && (path.Length == directory.Length || Path.EndsInDirectorySeparator(directory) || path[directory.Length] == Path.DirectorySeparatorChar);

    /// <summary>A log that lies inside a watched directory: reported, each line would cause the next.</summary>
    private IEnumerable<OwnFiles> OwnFilesBelow(string root)
    {
        foreach (var sink in _components.Sinks.Select(registration => registration.Sink).OfType<JsonLinesFileSink>())
        {
            var directory = PhysicalPath.OfExisting(Path.GetDirectoryName(sink.FullPath)!);
            if (!IsWithin(directory, root, _comparison))
            {
                continue;
            }

            var relative = Path.GetRelativePath(root, directory);
            yield return new OwnFiles(
                relative == "." ? "" : relative.Replace(Path.DirectorySeparatorChar, '/'),
                path => sink.Owns(Path.Join(Path.GetDirectoryName(sink.FullPath), PathText.NameOf(path))));
        }
    }

    private void TakeBaseline(List<(Snapshot Snapshot, string Path, FileStatusOutcome Outcome)> unreadable, CancellationToken cancellationToken)
    {
        foreach (var snapshot in _snapshots)
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
        _pump = Task.Run(async () =>
        {
            foreach (var (snapshot, path, outcome) in unreadable)
            {
                await _pipeline!.ReportUnreadableAsync(snapshot, path, outcome).ConfigureAwait(false);
            }

            foreach (var snapshot in _snapshots)
            {
                await _pipeline!.ReportUnwatchableAsync(snapshot).ConfigureAwait(false);
            }

            await _pipeline!.RunAsync().ConfigureAwait(false);
        });
        Ended = Task.WhenAny(_pump, _dispatch).Unwrap().ContinueWith(
            first => first.IsCompletedSuccessfully ? Task.WhenAll(_pump, _dispatch) : first, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Unwrap();
    }
}
