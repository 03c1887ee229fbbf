using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Which file was known by a name that is gone, for as long as one may have it open. The latest few thousand; nothing is lost with those that
/// are forgotten but that a directory is compared. Owner: the pump.
/// </summary>
internal sealed class GoneNames
{
    private const int Most = 4_096;

    private readonly Dictionary<(int Root, string Path), FileIdentity> _identities = [];
    private readonly Queue<(int Root, string Path)> _oldestFirst = new();

    public void Add(MonitoredRoot root, string path, FileIdentity identity)
    {
        if (!identity.IsKnown)
        {
            return;
        }

        var key = (root.Index, path);
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

    /// <summary>Unknown where the name is not remembered.</summary>
    public FileIdentity Find(MonitoredRoot root, string path) => _identities.GetValueOrDefault((root.Index, path));
}
