using FileMonitor.Delivery;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>
/// Collects the changes of the snapshots in order; the next event takes them along. A change is applied before its event is added to the outbox. Owner: the pump;
/// before it starts, the start of the run.
/// </summary>
internal sealed class TreeRecorder
{
    /// <summary>The most changes of one stream item.</summary>
    public const int MostPerItem = 128;

    private readonly Queue<RootDelta> _changes = new();

    public bool IsEmpty => _changes.Count == 0;

    /// <summary>Whether there are more changes than one stream item may have.</summary>
    public bool HasMany => _changes.Count > MostPerItem;

    public void Watch(Snapshot snapshot)
    {
        var root = snapshot.Root;
        snapshot.Applied += delta => _changes.Enqueue(new(root, delta));
    }

    /// <summary>Takes the oldest changes, up to the limit of a stream item; null when there are none.</summary>
    public IReadOnlyList<RootDelta>? Take()
    {
        if (_changes.Count == 0)
        {
            return null;
        }

        var taken = new RootDelta[Math.Min(_changes.Count, MostPerItem)];
        for (var at = 0; at < taken.Length; at++)
        {
            taken[at] = _changes.Dequeue();
        }

        return taken;
    }
}
