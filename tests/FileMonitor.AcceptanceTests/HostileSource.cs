using FileMonitor.Extending;

namespace FileMonitor.AcceptanceTests;

/// <summary>
/// A source around another one that drops, repeats, delays and reorders its hints, and dies when it is told to. It keeps the contract all
/// the same: a hint that it drops it reports as lost, and while it is dead it says so.
/// </summary>
/// <remarks>It never knows whether it said everything, as <see cref="IChangeSource.FlushAsync"/> answers by default. Any thread.</remarks>
internal sealed class HostileSource(IChangeSource inner, int seed) : IChangeSource, IChangeWriter
{
    private const int MostHeld = 16;

    // Owns everything below. Held while a hint is passed on: a writer never blocks.
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly List<FileChange> _held = [];
    private IReadOnlyList<MonitoredRoot> _roots = [];
    private IChangeWriter? _changes;
    private bool _isDead;

    public string Name => "Hostile";

    public Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        (_roots, _changes) = (roots, changes);
        return inner.StartAsync(roots, this, cancellationToken);
    }

    public Task RearmAsync(MonitoredRoot root, CancellationToken cancellationToken) => inner.RearmAsync(root, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>From now on it hears nothing, and says that.</summary>
    public void Die()
    {
        lock (_gate)
        {
            _isDead = true;
            _held.Clear();
            foreach (var root in _roots)
            {
                _changes!.ReportUncovered(root, "", GapCause.SourceError, "The source was killed by the test.");
            }
        }
    }

    /// <summary>It hears again, and says that after the fact.</summary>
    public void Revive()
    {
        lock (_gate)
        {
            _isDead = false;
            foreach (var root in _roots)
            {
                _changes!.ReportCovered(root, "", GapCause.SourceError);
            }
        }
    }

    /// <summary>Says what it held back so far, in any order: by now most of it is no longer true.</summary>
    public void SayTheRest()
    {
        lock (_gate)
        {
            while (_held.Count > 0)
            {
                SayOneHeldUnsynchronized();
            }
        }
    }

    public void Write(in FileChange change)
    {
        lock (_gate)
        {
            if (_isDead)
            {
                return;
            }

            switch (_random.Next(10))
            {
                case 0:
                    DropUnsynchronized(change);
                    break;
                case 1:
                    _changes!.Write(change);
                    _changes.Write(change);
                    break;
                case 2 or 3:
                    _held.Add(change);
                    break;
                default:
                    _changes!.Write(change);
                    break;
            }

            if (_held.Count > MostHeld || (_held.Count > 0 && _random.Next(4) == 0))
            {
                SayOneHeldUnsynchronized();
            }
        }
    }

    public void ReportLoss(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail) =>
        _changes!.ReportLoss(root, relativeDirectory, cause, detail);

    public void ReportUncovered(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail) =>
        _changes!.ReportUncovered(root, relativeDirectory, cause, detail);

    public void ReportCovered(MonitoredRoot root, string relativeDirectory, GapCause cause) =>
        _changes!.ReportCovered(root, relativeDirectory, cause);

    public Task CompareAsync(MonitoredRoot root, string relativeDirectory) => _changes!.CompareAsync(root, relativeDirectory);

    private static string DirectoryOf(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    private void DropUnsynchronized(FileChange change)
    {
        _changes!.ReportLoss(change.Root, DirectoryOf(change.RelativePath), GapCause.SourceError, $"The test dropped a hint about {change.RelativePath}.");
        if (change.OldRelativePath is { } old)
        {
            _changes.ReportLoss(change.Root, DirectoryOf(old), GapCause.SourceError, $"The test dropped a hint about {old}.");
        }
    }

    private void SayOneHeldUnsynchronized()
    {
        var which = _random.Next(_held.Count);
        _changes!.Write(_held[which]);
        _held.RemoveAt(which);
    }
}
