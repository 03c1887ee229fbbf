using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Tests.Replay;

/// <summary>A source around the one of a scripted tree: it keeps what that one says until the test has decided what becomes of it.</summary>
/// <remarks>One thread: the tree hints on the thread that changes it.</remarks>
internal sealed class HeldSource(IChangeSource inner) : IChangeSource, IChangeWriter
{
    private const string Why = "The test made it so.";

    private readonly List<FileChange> _held = [];
    private readonly List<FileChange> _late = [];
    private IReadOnlyList<MonitoredRoot> _roots = [];
    private IChangeWriter? _changes;

    public string Name => "Held";

    /// <summary>What it says of how far its hints go.</summary>
    public long HintedUpTo { get; set; } = long.MaxValue;

    long IChangeSource.HintedUpTo => HintedUpTo;

    /// <summary>Whether it forgets hints, so that it cannot say at a flush that it said everything.</summary>
    public bool Forgets { get; init; }

    public Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        (_roots, _changes) = (roots, changes);
        return inner.StartAsync(roots, this, cancellationToken);
    }

    public ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        SayLate();
        return new(Forgets ? Why : null);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    public void Write(in FileChange change) => _held.Add(change);

    public void ReportLoss(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail) =>
        _changes!.ReportLoss(root, relativeDirectory, cause, detail);

    public void ReportUncovered(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail) =>
        _changes!.ReportUncovered(root, relativeDirectory, cause, detail);

    public void ReportCovered(MonitoredRoot root, string relativeDirectory, GapCause cause) =>
        _changes!.ReportCovered(root, relativeDirectory, cause);

    public Task CompareAsync(MonitoredRoot root, string relativeDirectory) => _changes!.CompareAsync(root, relativeDirectory);

    /// <summary>Does to the hints about the last operation what a test wants.</summary>
    public void Meet(HintFate fate)
    {
        List<FileChange> hints = [.. _held];
        _held.Clear();
        switch (fate)
        {
            case HintFate.Late:
                SayLate();
                _late.AddRange(hints);
                return;
            case HintFate.Lost:
                hints.ForEach(Lose);
                break;
            case HintFate.Unseen:
                _changes!.ReportUncovered(_roots[0], "", GapCause.SourceError, Why);
                _changes.ReportCovered(_roots[0], "", GapCause.SourceError);
                break;
            case HintFate.Forgotten:
                break;
            case HintFate.Reversed:
                hints.Reverse();
                hints.ForEach(Say);
                break;
            case HintFate.Repeated:
                hints.ForEach(Say);
                hints.ForEach(Say);
                break;
            default:
                hints.ForEach(Say);
                break;
        }

        SayLate();
    }

    private void SayLate()
    {
        _late.ForEach(Say);
        _late.Clear();
    }

    private void Say(FileChange hint) => _changes!.Write(hint);

    private void Lose(FileChange hint)
    {
        _changes!.ReportLoss(hint.Root, PathText.DirectoryOf(hint.RelativePath).ToString(), GapCause.SourceError, Why);
        if (hint.OldRelativePath is { } old)
        {
            _changes.ReportLoss(hint.Root, PathText.DirectoryOf(old).ToString(), GapCause.SourceError, Why);
        }
    }
}
