namespace FileMonitor.Durable.Baseline;

/// <summary>
/// The part of the database that the store keeps in memory: the roots, the watermark and a cache of directory numbers. It reflects the open transaction, and is read
/// again after a rollback. Owner: the store.
/// </summary>
internal sealed class StoreState(SqliteDatabase database, ItemTable items, StringComparer names)
{
    // place: the number of a directory that holds the root alone, by an empty name; so that a root is an item like others.
    public const string RootSchema =
        "CREATE TABLE root(place INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, complete INTEGER NOT NULL, lost INTEGER NOT NULL, items INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT";

    // One row. next: the number of the next directory. Never used again, so that nothing of a removed one can come back.
    public const string Schema = "CREATE TABLE state(id INTEGER PRIMARY KEY, applied INTEGER NOT NULL, next INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT";

    private readonly Dictionary<string, RootState> _roots = new(StringComparer.Ordinal);
    private readonly SqliteStatement _writeState = database.Prepare("INSERT OR REPLACE INTO state(id, applied, next, sum) VALUES(1, ?1, ?2, ?3)");
    private readonly SqliteStatement _writeRoot = database.Prepare("INSERT OR REPLACE INTO root(place, path, complete, lost, items, sum) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    private readonly SqliteStatement _deleteRoot = database.Prepare("DELETE FROM root WHERE place = ?1");
    private readonly SqliteStatement _readState = database.Prepare("SELECT applied, next, sum FROM state WHERE id = 1");
    private readonly SqliteStatement _readRoots = database.Prepare("SELECT place, path, complete, lost, items, sum FROM root");
    private (long Applied, long Next) _written;
    private long _next;

    public long Applied { get; set; }

    public IReadOnlyCollection<RootState> Roots => _roots.Values;

    /// <exception cref="BaselineException">The state could not be read, or is damaged.</exception>
    public void Read()
    {
        if (!_readState.Step())
        {
            throw Damaged("its own state is missing");
        }

        var (applied, next, sum) = (_readState.Number(0), _readState.Number(1), _readState.Number(2));
        _readState.Reset();
        if (sum != SumOf(applied, next) || applied < 0 || next < 1)
        {
            throw Damaged("its own state is not what was stored");
        }

        _roots.Clear();
        while (_readRoots.Step())
        {
            var path = _readRoots.Blob(1).ToArray();
            var root = new RootState(_readRoots.Number(0), NameBytes.Decode(path) ?? "", names)
            {
                IsComplete = _readRoots.Number(2) != 0,
                IsLost = _readRoots.Number(3) != 0,
                Items = _readRoots.Number(4),
            };
            if (_readRoots.Number(5) != SumOf(root, path))
            {
                _readRoots.Reset();
                throw Damaged("what it holds of a root is not what was stored");
            }

            _roots.Add(root.Path, root);
            root.TakeIsChanged();
        }

        (Applied, _next) = _written = (applied, next);
    }

    /// <summary>Writes changed values in the open transaction.</summary>
    public void Write()
    {
        if (_written != (Applied, _next))
        {
            _writeState.Bind(1, Applied).Bind(2, _next).Bind(3, SumOf(Applied, _next)).Run();
            _written = (Applied, _next);
        }

        foreach (var root in _roots.Values)
        {
            if (root.TakeIsChanged())
            {
                var path = NameBytes.Encode(root.Path);
                _writeRoot.Bind(1, root.Place).Bind(2, path).Bind(3, root.IsComplete ? 1 : 0).Bind(4, root.IsLost ? 1 : 0).Bind(5, root.Items)
                    .Bind(6, SumOf(root, path)).Run();
            }
        }
    }

    public RootState? Find(string path) => _roots.GetValueOrDefault(path);

    public RootState AddRoot(string path)
    {
        var root = new RootState(NewNumber(), path, names) { Items = 0 };
        _roots.Add(path, root);
        items.TryInsert(root.Place, "", StoredItem.NewRoot);
        return root;
    }

    public void RemoveRoot(RootState root)
    {
        items.DeleteBelow(root.Place);
        _deleteRoot.Bind(1, root.Place).Run();
        _roots.Remove(root.Path);
    }

    /// <summary>Assigns a number to a directory that gets its first item.</summary>
    public long NewNumber() => _next++;

    public static int SumOf(long applied, long next) => new RowSum().Add(applied).Add(next).Value;

    private static int SumOf(RootState root, byte[] path) =>
        new RowSum().Add(root.Place).Add(path).Add(root.IsComplete ? 1 : 0).Add(root.IsLost ? 1 : 0).Add(root.Items).Value;

    private static BaselineException Damaged(string what) => new(BaselineFault.Damaged, $"The baseline is damaged: {what}.");
}
