namespace FileMonitor.Durable.Baseline;

/// <summary>Named values that belong to no item and no root. Owner: the store.</summary>
internal sealed class MetaTable(SqliteDatabase database)
{
    public const string Schema = "CREATE TABLE meta(name BLOB PRIMARY KEY, value BLOB NOT NULL, sum INTEGER NOT NULL) STRICT, WITHOUT ROWID";

    private readonly SqliteStatement _read = database.Prepare("SELECT value, sum FROM meta WHERE name = ?1");
    private readonly SqliteStatement _write = database.Prepare("INSERT OR REPLACE INTO meta(name, value, sum) VALUES(?1, ?2, ?3)");
    private readonly SqliteStatement _delete = database.Prepare("DELETE FROM meta WHERE name = ?1");

    public string? Get(string name)
    {
        var key = NameBytes.Encode(name);
        if (!_read.Bind(1, key).Step())
        {
            return null;
        }

        var isWhole = _read.Number(1) == SumOf(key, _read.Blob(0));
        var value = NameBytes.Decode(_read.Blob(0));
        _read.Reset();
        return isWhole && value is not null
            ? value
            : throw new BaselineException(BaselineFault.Damaged, $"The baseline is damaged: the value '{name}' does not have the sum that is stored with it.");
    }

    public void Set(string name, string? value)
    {
        var key = NameBytes.Encode(name);
        if (value is null)
        {
            _delete.Bind(1, key).Run();
            return;
        }

        var bytes = NameBytes.Encode(value);
        _write.Bind(1, key).Bind(2, bytes).Bind(3, SumOf(key, bytes)).Run();
    }

    private static int SumOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => new RowSum().Add(name).Add(value).Value;
}
