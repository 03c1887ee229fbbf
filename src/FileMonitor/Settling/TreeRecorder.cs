using FileMonitor.Delivery;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>
/// Collects the changes of the snapshots, in their order, until the next event takes them along: a change is made before the event that tells it is added to
/// the outbox. Owner: the pump; before it starts, the run.
/// </summary>
internal sealed class TreeRecorder
{
    /// <summary>How many changes one item of the stream has at most.</summary>
    public const int MostPerItem = 128;

    private readonly Queue<RootDelta> _changes = new();

    public bool IsEmpty => _changes.Count == 0;

    /// <summary>Whether there are more than one item may have.</summary>
    public bool HasMany => _changes.Count > MostPerItem;

    public void Watch(Snapshot snapshot)
    {
        var root = snapshot.Root;
        snapshot.Applied += delta => _changes.Enqueue(new(root, delta));
    }

    /// <summary>Takes the oldest changes, as many as one item may have; null when there are none.</summary>
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
