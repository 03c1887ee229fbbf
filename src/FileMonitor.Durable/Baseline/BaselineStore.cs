using FileMonitor.Tree;

namespace FileMonitor.Durable.Baseline;

/// <summary>The changes of one root, in their order.</summary>
internal readonly record struct RootDeltas(string Root, IReadOnlyList<TreeDelta> Deltas);

/// <summary>
/// The known state of all roots, kept across restarts in one SQLite database. It follows the journal: <see cref="Applied"/> is the last applied record, written in
/// the same transaction as the changes. After a kill the database has the state after some earlier call; after a loss of power possibly an older state, but
/// not one older than the last <see cref="Flush"/>. The records of the journal bring it up to date.
/// </summary>
/// <remarks>
/// Not thread-safe: one owner at a time. Each call is atomic, even when the disk is full, and the store remains usable. After
/// <see cref="BaselineFault.Damaged"/> or <see cref="BaselineFault.DoesNotFit"/> the owner disposes the store, moves its file aside
/// (<see cref="SetAside"/>), opens a new one, and reports a gap.
/// </remarks>
internal sealed class BaselineStore : IDisposable
{
    private const string MarkName = "journal";

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

    /// <summary>The new path of a damaged database that was moved aside when this store was opened; null when there was none. The caller reports a gap.</summary>
    public string? DamagedFile { get; private init; }

    /// <summary>What was kept of the journal with the changes; null when nothing was.</summary>
    /// <exception cref="BaselineException">The database fails.</exception>
    public string? JournalMark => _meta.Get(MarkName);

    /// <summary>How many records of the journal are applied.</summary>
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

    /// <summary>Opens the database of a state directory, or creates it. Moves a damaged one aside (<see cref="DamagedFile"/>).</summary>
    /// <param name="directory">The full path of the state directory.</param>
    /// <param name="now">The time, for the name of a damaged database.</param>
    /// <param name="ignoresCase">As in the snapshots (<see cref="Snapshot.IgnoresCase"/>); the same at each opening.</param>
    /// <exception cref="BaselineException">The database is of a newer version, in use, or cannot be read or written.</exception>
    /// <exception cref="IOException">It is not a file of ours, or cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be created.</exception>
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

    /// <summary>Moves aside a database that no store has open. The next opening creates an empty one.</summary>
    /// <returns>The new path: <c>baseline.db.corrupt-</c> and the time.</returns>
    public static string SetAside(string directory, DateTimeOffset now) => BaselineFile.SetAside(directory, now);

    /// <summary>Applies changes of one root. See <see cref="Apply(IReadOnlyList{RootDeltas}, long, string?)"/>.</summary>
    public void Apply(string root, IReadOnlyList<TreeDelta> deltas, long watermark) => Apply([new RootDeltas(root, deltas)], watermark);

    /// <summary>Applies changes in order and sets the watermark, in one transaction.</summary>
    /// <param name="changes">All changes of the records after <see cref="Applied"/> up to the watermark, whatever their roots.</param>
    /// <param name="watermark">The number of the last of these records; not less than <see cref="Applied"/>.</param>
    /// <param name="mark">What to keep in the same transaction as <see cref="JournalMark"/>; null to keep the one before.</param>
    /// <exception cref="BaselineException">A change does not fit, or the database fails. No change was applied.</exception>
    public void Apply(IReadOnlyList<RootDeltas> changes, long watermark, string? mark = null)
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
            if (mark is not null)
            {
                _meta.Set(MarkName, mark);
            }
        });
    }

    /// <summary>Writes a part of a root's first baseline: the root itself (<see cref="TreeDeltaKind.Root"/>) and items, each directory before its contents. The first part adds the root.</summary>
    /// <exception cref="InvalidOperationException">The root is complete.</exception>
    /// <exception cref="BaselineException">As of <see cref="Apply(IReadOnlyList{RootDeltas}, long, string?)"/>.</exception>
    public void WriteChunk(string root, IReadOnlyList<TreeDelta> deltas)
    {
        if (State.Find(root) is { IsComplete: true })
        {
            throw new InvalidOperationException($"The baseline of '{root}' is complete.");
        }

        Write(() => Apply(_state.Find(root) ?? _state.AddRoot(root), deltas));
    }

    /// <summary>Marks a root's first baseline as complete, as of a record of the journal.</summary>
    /// <param name="root">The root. Added without items when nothing was written for it.</param>
    /// <param name="watermark">The new value of <see cref="Applied"/>, for all roots; not less than the present one.</param>
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

    /// <summary>Reads the stored tree as changes of an empty snapshot: the root, then each directory before its contents. The store cannot be changed until the enumeration ends or is disposed.</summary>
    /// <exception cref="ArgumentException">The root is not stored.</exception>
    /// <exception cref="BaselineException">Thrown during the enumeration: the database is damaged or cannot be read. Discard what was read before.</exception>
    public IEnumerable<TreeDelta> Load(string root)
    {
        var found = State.Find(root) ?? throw new ArgumentException($"The root '{root}' is not stored.", nameof(root));
        return Load(found);
    }

    /// <summary>Removes a root and everything stored of it. Does nothing when it is not stored.</summary>
    /// <exception cref="BaselineException">The database fails.</exception>
    public void RemoveRoot(string root)
    {
        if (State.Find(root) is { } found)
        {
            Write(() => _state.RemoveRoot(found));
        }
    }

    /// <summary>Gets a stored value; null when there is none.</summary>
    /// <exception cref="BaselineException">The database fails.</exception>
    public string? GetMeta(string name) => _meta.Get(name);

    /// <summary>Stores a value by name; null removes it.</summary>
    /// <exception cref="BaselineException">The database fails.</exception>
    public void SetMeta(string name, string? value) => Write(() => _meta.Set(name, value));

    /// <summary>
    /// Syncs everything applied to the disk, so that it survives a loss of power. Only after that may the journal delete records up to <see cref="Applied"/>.
    /// </summary>
    /// <returns>The value of <see cref="Applied"/> on the disk.</returns>
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

    /// <summary>Runs one transaction and updates the state in memory.</summary>
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
            // Whatever the error was, read the state in memory again from the database.
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
