using FileMonitor.Values;

namespace FileMonitor.Durable.Baseline;

/// <summary>A row of the table: the directory and name of an item, and its state.</summary>
internal readonly record struct ItemRow(long Directory, byte[] Key, string Name, StoredItem Item);

/// <summary>
/// The items of all roots. A row names its directory by a number, so renaming a directory changes one row, however large the directory. Owner: the store.
/// </summary>
internal sealed class ItemTable(SqliteDatabase database, bool ignoresCase)
{
    // spelling: how the name is written, where the key is not that (case is ignored); null otherwise.
    // directory: the number of a directory that had something in it; null for all others.
    // state: ItemType, ChecksumStatus and four flags, see the constants below; the flags of the file system from FlagsShift on.
    // content: the digest of a file, or the target of a link. extended: the extended attributes; null when they were not read.
    public const string Schema =
        "CREATE TABLE item(parent INTEGER NOT NULL, name BLOB NOT NULL, spelling BLOB, directory INTEGER, state INTEGER NOT NULL, size INTEGER NOT NULL, "
        + "written INTEGER NOT NULL, changed INTEGER NOT NULL, born INTEGER NOT NULL, device INTEGER NOT NULL, number INTEGER NOT NULL, mode INTEGER, "
        + "uid INTEGER, gid INTEGER, content BLOB, extended BLOB, sum INTEGER NOT NULL, PRIMARY KEY(parent, name)) STRICT, WITHOUT ROWID";

    private const string Facts = "spelling, directory, state, size, written, changed, born, device, number, mode, uid, gid, content, extended, sum";

    private const int ChecksumShift = 3;
    private const int TypeMask = (1 << ChecksumShift) - 1;
    private const int ChecksumMask = 0b1111;
    private const int Announced = 1 << 7;
    private const int BaselineDue = 1 << 8;
    private const int Inaccessible = 1 << 9;
    private const int FlagsShift = 10;
    private const long FlagsMask = 0xFFFF;
    private const long ToldOpen = 1L << 40;

    private readonly SqliteStatement _read = database.Prepare($"SELECT {Facts} FROM item WHERE parent = ?1 AND name = ?2");
    private readonly SqliteStatement _list = database.Prepare($"SELECT {Facts}, name FROM item WHERE parent = ?1 ORDER BY name");
    private readonly SqliteStatement _next = database.Prepare("SELECT directory, name, spelling FROM item WHERE parent = ?1 AND name > ?2 AND directory IS NOT NULL ORDER BY name LIMIT 1");
    private readonly SqliteStatement _any = database.Prepare("SELECT 1 FROM item WHERE parent = ?1 LIMIT 1");
    private readonly SqliteStatement _insert = database.Prepare(
        $"INSERT INTO item({Facts}, parent, name) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) ON CONFLICT DO NOTHING");

    private readonly SqliteStatement _update = database.Prepare(
        "UPDATE item SET spelling = ?1, directory = ?2, state = ?3, size = ?4, written = ?5, changed = ?6, born = ?7, device = ?8, number = ?9, "
        + "mode = ?10, uid = ?11, gid = ?12, content = ?13, extended = ?14, sum = ?15 WHERE parent = ?16 AND name = ?17");

    private readonly SqliteStatement _delete = database.Prepare("DELETE FROM item WHERE parent = ?1 AND name = ?2");
    private readonly SqliteStatement _deleteBelow = database.Prepare(
        "WITH RECURSIVE below(number) AS (SELECT ?1 UNION SELECT directory FROM item JOIN below ON item.parent = below.number WHERE directory IS NOT NULL) "
        + "DELETE FROM item WHERE parent IN (SELECT number FROM below)");

    /// <summary>Finds an item; null when there is none of that name.</summary>
    public ItemRow? Find(long directory, ReadOnlySpan<char> name)
    {
        var key = KeyOf(name);
        if (!_read.Bind(1, directory).Bind(2, key).Step())
        {
            return null;
        }

        try
        {
            return RowOf(_read, directory, key);
        }
        finally
        {
            _read.Reset();
        }
    }

    public bool HasAny(long directory)
    {
        var has = _any.Bind(1, directory).Step();
        _any.Reset();
        return has;
    }

    /// <returns>False, without a change, when the name exists.</returns>
    public bool TryInsert(long directory, ReadOnlySpan<char> name, in StoredItem item)
    {
        Write(_insert, directory, KeyOf(name), name, item);
        return database.Changes == 1;
    }

    public void Update(in ItemRow row, in StoredItem item) => Write(_update, row.Directory, row.Key, row.Name, item);

    public void Delete(in ItemRow row) => _delete.Bind(1, row.Directory).Bind(2, row.Key).Run();

    /// <summary>Deletes everything below a directory.</summary>
    public void DeleteBelow(long directory) => _deleteBelow.Bind(1, directory).Run();

    /// <summary>Lists a directory. The table must not change, and no other listing may begin, before this one ends.</summary>
    public IEnumerable<ItemRow> List(long directory)
    {
        _list.Bind(1, directory);
        try
        {
            while (_list.Step())
            {
                yield return RowOf(_list, directory, _list.Blob(15).ToArray());
            }
        }
        finally
        {
            _list.Reset();
        }
    }

    /// <summary>The first subdirectory after a key that has a number; null when there is none.</summary>
    public (long Number, byte[] Key, string Name)? NextDirectory(long directory, ReadOnlySpan<byte> after)
    {
        if (!_next.Bind(1, directory).Bind(2, after).Step())
        {
            return null;
        }

        try
        {
            var key = _next.Blob(1).ToArray();
            return (_next.Number(0), key, NameOf(_next, 2, key));
        }
        finally
        {
            _next.Reset();
        }
    }

    private byte[] KeyOf(ReadOnlySpan<char> name) => NameBytes.Encode(ignoresCase ? name.ToString().ToUpperInvariant() : name);

    private void Write(SqliteStatement statement, long directory, byte[] key, ReadOnlySpan<char> name, in StoredItem item)
    {
        var spelling = ignoresCase ? NameBytes.Encode(name) : [];
        if (spelling.AsSpan().SequenceEqual(key))
        {
            spelling = [];
        }

        Span<byte> content = stackalloc byte[Sha256Digest.Length];
        item.Digest?.CopyTo(content);
        content = item.Target is { } target ? NameBytes.Encode(target) : item.Digest is null ? [] : content;
        byte[] extended = item.Extended is { } attributes ? NameBytes.Encode(attributes) : [];
        _ = spelling.Length == 0 ? statement.BindNull(1) : statement.Bind(1, spelling);
        _ = content.IsEmpty ? statement.BindNull(13) : statement.Bind(13, content);
        _ = item.Extended is null ? statement.BindNull(14) : statement.Bind(14, extended);
        statement
            .Bind(2, item.Directory == 0 ? null : item.Directory)
            .Bind(3, StateOf(item))
            .Bind(4, item.Size)
            .Bind(5, item.LastWriteTicks)
            .Bind(6, item.ChangeTicks)
            .Bind(7, item.BirthTicks)
            .Bind(8, (long)item.Device)
            .Bind(9, (long)item.FileNumber)
            .Bind(10, item.Mode)
            .Bind(11, item.OwnerId)
            .Bind(12, item.GroupId)
            .Bind(15, SumOf(directory, key, spelling, content, extended, item))
            .Bind(16, directory)
            .Bind(17, key)
            .Run();
    }

    private static ItemRow RowOf(SqliteStatement row, long directory, byte[] key)
    {
        var state = row.Number(2);
        var content = row.Blob(12);
        var type = (ItemType)(state & TypeMask);
        var isLink = type == ItemType.SymbolicLink;
        var item = new StoredItem
        {
            Directory = row.Number(1),
            Type = type,
            Checksum = (ChecksumStatus)((state >> ChecksumShift) & ChecksumMask),
            IsAnnounced = (state & Announced) != 0,
            IsBaselineDue = (state & BaselineDue) != 0,
            IsInaccessible = (state & Inaccessible) != 0,
            IsToldOpen = (state & ToldOpen) != 0,
            Size = row.Number(3),
            LastWriteTicks = row.Number(4),
            ChangeTicks = row.Number(5),
            BirthTicks = row.Number(6),
            Device = (ulong)row.Number(7),
            FileNumber = (ulong)row.Number(8),
            Mode = (int?)row.NumberOrNull(9),
            OwnerId = (uint?)row.NumberOrNull(10),
            GroupId = (uint?)row.NumberOrNull(11),
            Flags = (ItemFlags)((state >> FlagsShift) & FlagsMask),
            Extended = row.IsNull(13) ? null : NameBytes.Decode(row.Blob(13)),
            Digest = !isLink && content.Length == Sha256Digest.Length ? Sha256Digest.From(content) : null,
            Target = isLink && content.Length > 0 ? NameBytes.Decode(content) : null,
        };

        // Check ranges even if the sum is right: somebody may have changed a value and computed the sum again.
        var isPossible = item.Type <= ItemType.Other && item.Checksum <= ChecksumStatus.TimedOut && (isLink || content.Length is 0 or Sha256Digest.Length);
        return isPossible && row.Number(14) == SumOf(directory, key, row.Blob(0), content, row.Blob(13), item)
            ? new(directory, key, NameOf(row, 0, key), item)
            : throw new BaselineException(BaselineFault.Damaged, $"The baseline is damaged: what it holds of '{NameBytes.Decode(key)}' does not have the sum that is stored with it.");
    }

    private static string NameOf(SqliteStatement row, int spelling, byte[] key) =>
        NameBytes.Decode(row.IsNull(spelling) ? key : row.Blob(spelling)) is { } name && name is not ("." or "..") && !name.Contains('/')
            ? name
            : throw new BaselineException(BaselineFault.Damaged, "The baseline is damaged: it holds a name that no item has.");

    private static long StateOf(in StoredItem item) =>
        (long)item.Type
        | ((long)item.Checksum << ChecksumShift)
        | (item.IsAnnounced ? Announced : 0L)
        | (item.IsBaselineDue ? BaselineDue : 0L)
        | (item.IsInaccessible ? Inaccessible : 0L)
        | (item.IsToldOpen ? ToldOpen : 0L)
        | ((long)item.Flags << FlagsShift);

    private static int SumOf(long directory, ReadOnlySpan<byte> key, ReadOnlySpan<byte> spelling, ReadOnlySpan<byte> content, ReadOnlySpan<byte> extended, in StoredItem item) =>
        new RowSum()
            .Add(directory)
            .Add(key)
            .Add(spelling)
            .Add(content)
            .Add(item.Extended is null ? 0L : 1L)
            .Add(extended)
            .Add(item.Directory)
            .Add(StateOf(item))
            .Add(item.Size)
            .Add(item.LastWriteTicks)
            .Add(item.ChangeTicks)
            .Add(item.BirthTicks)
            .Add((long)item.Device)
            .Add((long)item.FileNumber)
            .Add((long?)item.Mode)
            .Add((long?)item.OwnerId)
            .Add((long?)item.GroupId)
            .Value;
}
