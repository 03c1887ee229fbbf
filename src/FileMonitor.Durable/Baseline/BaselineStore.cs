using FileMonitor.Tree;

namespace FileMonitor.Durable.Baseline;

/// <summary>The changes of one root, in their order.</summary>
internal readonly record struct RootDeltas(string Root, IReadOnlyList<TreeDelta> Deltas);

/// <summary>
/// What is known of all roots, kept across restarts in one SQLite database. It follows behind the journal: <see cref="Applied"/> says how far, and comes in
/// the same transaction as the changes. After a kill it is as after some earlier call, after a power cut perhaps as after one before the last
/// <see cref="Flush"/>; the journal brings it up.
/// </summary>
/// <remarks>
/// Not thread-safe: one owner at a time. Each call that changes something is done whole or not at all, also when the disk is full, and the store can be
/// used after that. After <see cref="BaselineFault.Damaged"/> or <see cref="BaselineFault.DoesNotFit"/> the owner disposes it, puts its file
/// aside (<see cref="SetAside"/>), opens a new one, and tells a gap.
/// </remarks>
internal sealed class BaselineStore : IDisposable
{
    private readonly SqliteDatabase _database;
    private readonly ItemTable _items;
    private readonly MetaTable _meta;
    private readonly StoreState _state;
    private readonly DeltaWriter _writer;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _rollback;
    private bool _isRead;
    private bool _isLoading;

    private BaselineStore(SqliteDatabase database, bool ignoresCase)
    {
        _database = database;
        _items = new ItemTable(database, ignoresCase);
        _meta = new MetaTable(database);
        _state = new StoreState(database, _items, ignoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        _writer = new DeltaWriter(_items, _state, ignoresCase);
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _rollback = database.Prepare("ROLLBACK");
    }

    /// <summary>Where the database was put that was found damaged when this one was opened; null when none was. What it held is not known any more: a gap.</summary>
    public string? DamagedFile { get; private init; }

    /// <summary>The number of the last record of the journal whose changes are in; 0 when none is.</summary>
    public long Applied => State.Applied;

    public IReadOnlyList<BaselineRoot> Roots => [.. State.Roots.Select(root => new BaselineRoot(root.Path, root.IsComplete, root.IsLost, root.Items))];

    private StoreState State
    {
        get
        {
            if (!_isRead)
            {
                _state.Read();
                _isRead = true;
            }

            return _state;
        }
    }

    /// <summary>Opens the database in a directory of ours, and makes what is missing. A damaged one is put aside (<see cref="DamagedFile"/>).</summary>
    /// <param name="directory">The full path of the state directory.</param>
    /// <param name="now">For the name of a damaged one.</param>
    /// <param name="ignoresCase">As the snapshots have it (<see cref="Snapshot.IgnoresCase"/>); the same each time.</param>
    /// <exception cref="BaselineException">It is of a newer version, in use, or cannot be read or written.</exception>
    /// <exception cref="IOException">It is something else than a file of ours, or cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static BaselineStore Open(string directory, DateTimeOffset now, bool ignoresCase = false)
    {
        try
        {
            return Open(directory, ignoresCase, damagedFile: null);
        }
        catch (BaselineException damaged) when (damaged.Fault == BaselineFault.Damaged)
        {
            return Open(directory, ignoresCase, SetAside(directory, now));
        }
    }

    /// <summary>Puts a database aside that no store has open. The next one that is opened is empty.</summary>
    /// <returns>Where it is now: <c>baseline.db.corrupt-</c> and the time.</returns>
    public static string SetAside(string directory, DateTimeOffset now) => BaselineFile.SetAside(directory, now);

    /// <summary>Applies changes of one root. See <see cref="Apply(IReadOnlyList{RootDeltas}, long)"/>.</summary>
    public void Apply(string root, IReadOnlyList<TreeDelta> deltas, long watermark) => Apply([new RootDeltas(root, deltas)], watermark);

    /// <summary>Applies changes, in their order, together with the watermark.</summary>
    /// <param name="changes">All changes of the records after <see cref="Applied"/> up to the watermark, whatever their roots.</param>
    /// <param name="watermark">The number of the last of these records; not less than <see cref="Applied"/>.</param>
    /// <exception cref="BaselineException">A change does not fit, or the database fails. None is applied.</exception>
    public void Apply(IReadOnlyList<RootDeltas> changes, long watermark)
    {
        CheckWatermark(watermark);
        Write(() =>
        {
            foreach (var (path, deltas) in changes)
            {
                var root = _state.Find(path) ?? throw new BaselineException(BaselineFault.DoesNotFit, $"The root '{path}' is not stored (records up to {watermark}).");
                try
                {
                    Apply(root, deltas);
                }
                catch (BaselineException wrong) when (wrong.Fault == BaselineFault.DoesNotFit)
                {
                    throw new BaselineException(wrong.Fault, $"Of the records {_state.Applied + 1} to {watermark} of the journal: {wrong.Message}", wrong);
                }
            }

            _state.Applied = watermark;
        });
    }

    /// <summary>Writes a part of a root's first baseline: the root itself (<see cref="TreeDeltaKind.Root"/>) and items, each directory before what is in it. The first part makes the root.</summary>
    /// <exception cref="InvalidOperationException">The root is complete.</exception>
    /// <exception cref="BaselineException">As of <see cref="Apply(IReadOnlyList{RootDeltas}, long)"/>.</exception>
    public void WriteChunk(string root, IReadOnlyList<TreeDelta> deltas)
    {
        if (State.Find(root) is { IsComplete: true })
        {
            throw new InvalidOperationException($"The baseline of '{root}' is complete.");
        }

        Write(() => Apply(_state.Find(root) ?? _state.AddRoot(root), deltas));
    }

    /// <summary>Says that a root's first baseline is all there, as of a record of the journal.</summary>
    /// <param name="root">The root. Where nothing was written for it, nothing is known but that it is there.</param>
    /// <param name="watermark">The last record whose changes are in, of this root and of the others; not less than <see cref="Applied"/>.</param>
    /// <exception cref="BaselineException">The database fails.</exception>
    public void Complete(string root, long watermark)
    {
        CheckWatermark(watermark);
        Write(() =>
        {
            (_state.Find(root) ?? _state.AddRoot(root)).IsComplete = true;
            _state.Applied = watermark;
        });
    }

    /// <summary>What makes an empty snapshot what it was: the root, then each directory before what is in it. Nothing can be changed until it was read to the end or disposed.</summary>
    /// <exception cref="ArgumentException">The root is not stored.</exception>
    /// <exception cref="BaselineException">While it is read: it is damaged, or cannot be read. What was read until then is not to be used.</exception>
    public IEnumerable<TreeDelta> Load(string root)
    {
        var found = State.Find(root) ?? throw new ArgumentException($"The root '{root}' is not stored.", nameof(root));
        return Load(found);
    }

    /// <summary>Forgets a root and all that is known of it. Nothing happens when it is not stored.</summary>
    /// <exception cref="BaselineException">The database fails.</exception>
    public void RemoveRoot(string root)
    {
        if (State.Find(root) is { } found)
        {
            Write(() => _state.RemoveRoot(found));
        }
    }

    /// <summary>A value that was set; null when none is.</summary>
    /// <exception cref="BaselineException">The database fails.</exception>
    public string? GetMeta(string name) => _meta.Get(name);

    /// <summary>Keeps a value by a name; null removes it.</summary>
    /// <exception cref="BaselineException">The database fails.</exception>
    public void SetMeta(string name, string? value) => Write(() => _meta.Set(name, value));

    /// <summary>
    /// Puts all that was applied on the disk, where a power cut does not reach it. The journal may only delete what it holds up to <see cref="Applied"/>
    /// after that.
    /// </summary>
    /// <returns><see cref="Applied"/>, as it is on the disk now.</returns>
    /// <exception cref="BaselineException">The database fails.</exception>
    public long Flush()
    {
        ThrowIfLoading();
        var applied = State.Applied;
        _database.Execute("PRAGMA wal_checkpoint(FULL)");
        return applied;
    }

    public void Dispose() => _database.Dispose();

    private static BaselineStore Open(string directory, bool ignoresCase, string? damagedFile)
    {
        var database = BaselineFile.Open(directory);
        try
        {
            var store = new BaselineStore(database, ignoresCase) { DamagedFile = damagedFile };
            _ = store.State;
            return store;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private void Apply(RootState root, IReadOnlyList<TreeDelta> deltas)
    {
        foreach (var delta in deltas)
        {
            _writer.Apply(root, delta);
        }
    }

    private IEnumerable<TreeDelta> Load(RootState root)
    {
        ThrowIfLoading();
        _isLoading = true;
        try
        {
            foreach (var delta in TreeReader.Read(_items, root))
            {
                yield return delta;
            }
        }
        finally
        {
            _isLoading = false;
        }
    }

    /// <summary>One transaction, with what it changed of the state.</summary>
    private void Write(Action change)
    {
        ThrowIfLoading();
        _ = State;
        _begin.Run();
        try
        {
            change();
            _state.Write();
            _commit.Run();
        }
        catch
        {
            // Whatever it was. What is in memory is read anew from what is stored.
            _isRead = false;
            if (_database.IsInTransaction)
            {
                _rollback.Run();
            }

            throw;
        }
    }

    private void CheckWatermark(long watermark) => ArgumentOutOfRangeException.ThrowIfLessThan(watermark, State.Applied);

    private void ThrowIfLoading()
    {
        if (_isLoading)
        {
            throw new InvalidOperationException("A root is being loaded; nothing can be changed until that has ended.");
        }
    }
}
