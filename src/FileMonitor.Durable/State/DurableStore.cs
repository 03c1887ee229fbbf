using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using FileMonitor.Delivery;
using FileMonitor.Durable.Journal.Anchoring;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Extending;
using FileMonitor.Tree;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Durable.State;

/// <summary>The durable state of one monitor in one directory: journal, baseline and positions of consumers. Opened and closed by the monitor.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The monitor closes it, which ends what it owns.")]
internal sealed partial class DurableStore : IMonitorStore
{
    // How long the baseline of a root that is not watched is kept at least. Longer while the journal has records of it.
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    private readonly DurableStateOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DurableLog _log;
    private readonly RootMemory _memory = new();
    private readonly Lock _gate = new();

    // Under the lock.
    private readonly List<JournalCursor> _cursors = [];
    private readonly List<JournalReader> _readers = [];
    private DateTimeOffset? _problemSince;
    private IReadOnlyList<JournalCursor> _cursorsNow = [];

    private string _monitor = "";
    private JournalWriter? _journal;
    private StoredBaseline? _baseline;
    private BaselineFeeder? _feeder;
    private CursorFile? _places;
    private ItemAttributes _attributes;
    private StoredConfiguration? _before;
    private StoredConfiguration _now = new() { Roots = [] };
    private IReadOnlyList<MonitoredRoot> _roots = [];
    private CursorPlace _begin;
    private int _bound;
    private DateTimeOffset? _lastRan;
    private DateTimeOffset? _openedAt;
    private StoreUpkeep? _upkeep;
    private SelfVerification? _verification;

    public DurableStore(DurableStateOptions options, IEnumerable<IJournalConsumer> consumers, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        foreach (var consumer in consumers)
        {
            Add(consumer);
        }

        _log = new DurableLog(time, logger);
    }

    public IEventLog Log => _log;

    public bool ComparesContent => _options.CompareContentAtStart;

    public IReadOnlyList<(MonitoredRoot Root, string Detail)> Losses =>
        [.. _roots.Select(root => (Root: root, Loss: _baseline!.LossOf(root.Path) ?? _baseline.Contradiction?.Message)).Where(static one => one.Loss is not null)
            .Select(static one => (one.Root, one.Loss + " What changed while the monitor was not running is not known."))];

    private string Directory => Path.GetFullPath(_options.Directory);

    public Task OpenAsync(string monitor, FileMonitorOptions options, IReadOnlyList<MonitoredRoot> roots, CancellationToken cancellationToken)
    {
        (_monitor, _roots, _bound) = (monitor, roots, options.Readers.BufferCapacity);
        _attributes = options.Report.AttributeChanges;
        _now = StoredConfiguration.Of(options);
        ThrowIfWatched(roots);
        return Task.Run(Open, cancellationToken);
    }

    public StoredCoverage? Load(Snapshot snapshot, in FileStatus now)
    {
        if (!_baseline!.TryLoad(snapshot, now))
        {
            if (_baseline.LossOf(snapshot.Root.Path) is null)
            {
                _memory.AddUnknown(snapshot.Root.Path);
            }

            return null;
        }

        var before = _before?.FindAny(snapshot.Root.Path);
        Note(snapshot.Root.Path, before);
        return CoverageOf(before, snapshot.Root.Path);
    }

    /// <summary>What is said of a root whose baseline is stored.</summary>
    private void Note(string path, StoredRoot? before)
    {
        // One that the run before watched to its end, and that the host has added again, is like those of the configuration.
        if (before?.WatchedUntil is { } until && until != _lastRan)
        {
            _memory.AddWatchedUntil(path, until);
        }

        if (before is { ExtendedAttributes: not true } && _now.Find(path)?.ExtendedAttributes == true)
        {
            _memory.AddExtendedAttributes(path);
        }
    }

    /// <summary>How the earlier run covered a root.</summary>
    private StoredCoverage CoverageOf(StoredRoot? before, string path) => before is null
        ? new StoredCoverage([], [], int.MaxValue, IsSame: true)
        : new StoredCoverage(before.Include, before.Ignore, before.Recursive ? before.MaxDepth ?? int.MaxValue : 1, _now.Find(path) is { } root && before.IsSame(root));

    public void AddToBaseline(MonitoredRoot root, in TreeDelta delta) => _baseline!.Add(root, delta);

    public void CompleteBaseline(MonitoredRoot root) => _baseline!.Complete(root);

    public void Started()
    {
        _feeder = new BaselineFeeder(_baseline!.Store, Directory, _time, _logger);
        _log.Open(_monitor, _journal!, _feeder, () => Volatile.Read(ref _cursorsNow));
        OpenConsumers();
        _upkeep!.Begin(_feeder);
        if (_options.VerificationInterval != TimeSpan.MaxValue)
        {
            var journal = _journal!;
            _verification = new(Directory, () => journal.LastCheckpoint, _options.VerificationInterval, _time, _logger, _monitor);
            _verification.Begin();
        }
    }

    public IAcknowledgedCursor OpenCursor(string name)
    {
        lock (_gate)
        {
            // Sinks may share a name; their positions do not. The order in which they were added tells them apart.
            var sharing = _cursors.Count(one => one.Name == name || one.Name.StartsWith(name + "#", StringComparison.Ordinal));
            name = sharing == 0 ? name : FormattableString.Invariant($"{name}#{sharing + 1}");

            // When the positions were lost, begin with the oldest event of the journal.
            var known = _places!.Find(name);
            var place = known ?? (_places.DamagedFile is null ? _begin : default);
            _places.Set(name, place);
            if (known is null)
            {
                // At once: a crash within the next second must not make it a new one again, which begins later.
                _upkeep!.Save();
            }

            var reader = new JournalReader(Directory, _journal!.Progress);
            var cursor = new JournalCursor(name, reader, _log, _places, place, _bound);
            _readers.Add(reader);
            _cursors.Add(cursor);
            Volatile.Write(ref _cursorsNow, [.. _cursors]);
            return cursor;
        }
    }

    public DeadLetterList OpenDeadLetters(string handler)
    {
        var letters = StoredDeadLetters.Open(new JournalDirectory(Directory, _options.Device), handler, _time.GetUtcNow(), out var damagedFile);
        if (damagedFile is not null)
        {
            _logger.DeadLettersDamaged(handler, damagedFile);
        }

        return letters;
    }

    /// <summary>Reads events beside the consumers. Null before the store was opened and after it was closed. The caller disposes it.</summary>
    public StoredEvents? ReadEvents(long afterSequence) =>
        _journal is { } journal ? new StoredEvents(new JournalDirectory(Directory, _options.Device), journal.Progress, _log, afterSequence) : null;

    public void Complete() => _log.Complete();

    public async ValueTask CloseAsync()
    {
        if (_journal is not { } journal)
        {
            return;
        }

        _journal = null;
        _log.Complete();
        _log.GiveUp();
        if (_upkeep is not null)
        {
            await _upkeep.EndAsync().ConfigureAwait(false);
        }

        if (_verification is not null)
        {
            await _verification.EndAsync().ConfigureAwait(false);
        }

        try
        {
            if (_feeder is null)
            {
                _baseline!.Store.Dispose();
            }
            else
            {
                await _feeder.CloseAsync().ConfigureAwait(false);
                journal.Append(Record(StateRecord.Stopped).ToLine());
            }

            journal.Finish();
            await EndConsumersAsync(isFinished: true).ConfigureAwait(false);
            _places!.Save();
            await journal.CloseAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException failed)
        {
            // The next start repairs what was not closed in order.
            _logger.UpkeepFailed(failed, FileMonitorComponents.InLogs(_monitor));
        }
        finally
        {
            await EndConsumersAsync(isFinished: false).ConfigureAwait(false);
            await journal.DisposeAsync().ConfigureAwait(false);
            lock (_gate)
            {
                _readers.ForEach(static reader => reader.Dispose());
            }
        }
    }

    private void Note(AnchorState anchor)
    {
        if (anchor.Failure is { } failure)
        {
            _logger.AnchorFailed(failure, FileMonitorComponents.InLogs(_monitor), anchor.Anchored ?? 0);
        }
        else
        {
            _logger.AnchorRestored(FileMonitorComponents.InLogs(_monitor), anchor.Anchored ?? 0);
        }
    }

    private void Open()
    {
        try
        {
            OpenAll();
        }
        catch (Exception refused) when (refused is IOException and not DurableStateException or UnauthorizedAccessException)
        {
            throw new DurableStateException($"The durable state in '{Directory}' cannot be used: {refused.Message}", refused);
        }
    }

    private void OpenAll()
    {
        var now = _time.GetUtcNow();
        var journal = _journal = JournalWriter.Open(new JournalSettings
        {
            Directory = Directory,
            SegmentBytes = _options.SegmentBytes,
            CheckpointInterval = _options.CheckpointInterval,
            Signer = _options.Signer,
            Anchors = [.. _options.Anchors],
            AnchorChanged = Note,
            DropsOldest = _options.WhenDiskIsFull == WhenDiskIsFull.DropOldest,
            OldestDropped = () => _logger.SegmentDropped(FileMonitorComponents.InLogs(_monitor)),
            Time = _time,
            Device = _options.Device,
        });
        try
        {
            using var reader = new JournalReader(Directory, journal.Progress);
            var records = journal.Progress.Committed;
            var last = JournalTail.Find(reader, records);
            (_lastRan, _openedAt) = (last.At, now);
            _places = CursorFile.Open(Directory, now);
            if (_places.DamagedFile is { } aside)
            {
                _logger.CursorsDamaged(aside);
            }

            _baseline = new StoredBaseline(Directory, now);
            _baseline.Redo(reader, records, journal.Recovery.RewrittenRecords);
            _before = _baseline.Configuration;
            _now = _now.Keeping(_before, last.At, KeptSince(now));
            _baseline.SetConfiguration(_now);
            AppendRecords(journal, last.Sequence, now);
            _upkeep = new StoreUpkeep(_log, _places, _options, _time, _logger, _monitor);
            _begin = new CursorPlace(last.Sequence, journal.Progress.Committed);
            _log.BeginAt(last.Sequence, _bound);
            _logger.StateOpened(FileMonitorComponents.InLogs(_monitor), records, _baseline.Redone);
        }
        catch
        {
            _journal = null;
            _baseline?.Store.Dispose();
            journal.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    private DateTimeOffset KeptSince(DateTimeOffset now)
    {
        var keptFor = _options.Retention > KeptFor ? _options.Retention : KeptFor;
        return keptFor < now - DateTimeOffset.MinValue ? now - keptFor : DateTimeOffset.MinValue;
    }

    private void AppendRecords(JournalWriter journal, long lastSequence, DateTimeOffset now)
    {
        if (Recovered(journal.Recovery) is { } detail)
        {
            _logger.StateRecovered(FileMonitorComponents.InLogs(_monitor), detail);
            journal.Append((Record(StateRecord.Recovered, now, lastSequence) with { Detail = detail }).Signing(journal.Recovery).ToLine());
        }

        if (_before is not null && _before.ToJson() != _now.ToJson())
        {
            journal.Append((Record(StateRecord.ConfigurationChanged, now, lastSequence) with { Before = _before, Configuration = _now }).ToLine());
        }

        journal.Append((Record(StateRecord.Started, now, lastSequence) with
        {
            Version = typeof(DurableStore).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
            ProcessId = Environment.ProcessId,
            Configuration = _now,
        }).ToLine());
        journal.Commit();
    }

    private string? Recovered(JournalRecovery recovery)
    {
        var parts = new List<string>();
        if (recovery is { IsNew: false, WasClosedInOrder: false })
        {
            parts.Add(recovery.Describe());
        }

        if (_baseline!.WhyAllIsLost is { } why)
        {
            parts.Add(why);
        }

        if (_baseline.Contradiction is { } wrong)
        {
            _logger.JournalWrong(FileMonitorComponents.InLogs(_monitor), wrong.Message);
            parts.Add(wrong.Message);
        }

        if (_places!.DamagedFile is { } aside)
        {
            parts.Add($"The places of consumers were damaged and put aside as {aside}.");
        }

        return parts.Count == 0 ? null : string.Join(' ', parts);
    }

    private StateRecord Record(string kind) => Record(kind, _time.GetUtcNow(), _log.Last);

    private StateRecord Record(string kind, DateTimeOffset now, long lastSequence) => new() { Kind = kind, At = now, Monitor = _monitor, LastSequence = lastSequence };

    /// <summary>Refuses a state directory that is watched: each commit would be a change, which would be committed.</summary>
    private void ThrowIfWatched(IReadOnlyList<MonitoredRoot> roots)
    {
        foreach (var root in roots)
        {
            var below = Path.GetRelativePath(root.Path, Directory);
            var isBelow = below == "." || (!below.StartsWith("..", StringComparison.Ordinal) && !Path.IsPathRooted(below));
            if (isBelow && (below == "." || !root.IsIgnoredDirectory(below.Replace(Path.DirectorySeparatorChar, '/'))))
            {
                throw new DurableStateException($"The state directory '{Directory}' is inside the root '{root.Path}', so that each record would be a change to be recorded. Put it elsewhere, or leave it out with an ignore pattern.");
            }
        }
    }
}
