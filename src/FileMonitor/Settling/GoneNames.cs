using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Remembers which file had a name that is gone, because a process may still write to that open file. Keeps the latest few thousand names; for a
/// forgotten one the directory is compared instead. Owner: the pump.
/// </summary>
internal sealed class GoneNames
{
    private const int Most = 4_096;

    private readonly Dictionary<(MonitoredRoot Root, string Path), FileIdentity> _identities = [];
    private readonly Queue<(MonitoredRoot Root, string Path)> _oldestFirst = new();

    public void Add(MonitoredRoot root, string path, FileIdentity identity)
    {
        if (!identity.IsKnown)
        {
            return;
        }

        var key = (root, path);
        if (!_identities.ContainsKey(key))
        {
            while (_oldestFirst.Count >= Most)
            {
                _identities.Remove(_oldestFirst.Dequeue());
            }

            _oldestFirst.Enqueue(key);
        }

        _identities[key] = identity;
    }

    /// <summary>The identity of the file that had the name; unknown when the name is not remembered.</summary>
    public FileIdentity Find(MonitoredRoot root, string path) => _identities.GetValueOrDefault((root, path));
}
