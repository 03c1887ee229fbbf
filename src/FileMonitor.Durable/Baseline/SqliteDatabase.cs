using FileMonitor.Values;
using SQLitePCL;

namespace FileMonitor.Durable.Baseline;

/// <summary>An open SQLite database. Owner: the opener; one thread at a time.</summary>
internal sealed class SqliteDatabase : IDisposable
{
    private readonly List<SqliteStatement> _statements = [];
    private readonly sqlite3 _handle;
    private readonly string _path;

    static SqliteDatabase() => Batteries_V2.Init();

    /// <summary>Opens an existing file; an empty file is an empty database.</summary>
    /// <exception cref="BaselineException">The database cannot be opened.</exception>
    public SqliteDatabase(string path)
    {
        _path = path;
        var bytes = new byte[(path.Length * 3) + 1];
        var length = PathText.Encode(path, bytes);

        // No mutex: there is one owner.
        var result = raw.sqlite3_open_v2(
            utf8z.FromSpan(bytes.AsSpan(0, length + 1)), out _handle, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX, utf8z.FromString(null));
        try
        {
            Check(result);
            raw.sqlite3_extended_result_codes(_handle, 1);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public bool IsInTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>How many rows the last writing statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    public SqliteStatement Prepare(string sql)
    {
        // PERSISTENT: the statement is kept for as long as the database is open.
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        var statement = new SqliteStatement(this, handle);
        _statements.Add(statement);
        return statement;
    }

    public void Execute(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var handle));
        using var statement = new SqliteStatement(this, handle);
        statement.Run();
    }

    /// <summary>The first column of the first row; 0 when there is none.</summary>
    public long QueryNumber(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var handle));
        using var statement = new SqliteStatement(this, handle);
        return statement.Step() ? statement.Number(0) : 0;
    }

    /// <summary>The first column of all rows.</summary>
    public List<string> QueryTexts(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var handle));
        using var statement = new SqliteStatement(this, handle);
        var texts = new List<string>();
        while (statement.Step())
        {
            texts.Add(statement.Text(0));
        }

        return texts;
    }

    /// <summary>Forbids statements that change the schema tables, and functions with side effects in the schema.</summary>
    public void Defend()
    {
        Check(raw.sqlite3_db_config(_handle, raw.SQLITE_DBCONFIG_DEFENSIVE, 1, out _));
        Check(raw.sqlite3_db_config(_handle, raw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, out _));
    }

    /// <exception cref="BaselineException">The result is an error.</exception>
    public void Check(int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            throw Failed(result);
        }
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _handle.Dispose();
    }

    private BaselineException Failed(int result)
    {
        var fault = (result & 0xff) switch
        {
            // A violated constraint means two rows where there can be only one.
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_CONSTRAINT => BaselineFault.Damaged,
            raw.SQLITE_FULL => BaselineFault.StorageFull,
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => BaselineFault.InUse,
            _ => BaselineFault.StorageFailed,
        };
        var advice = fault switch
        {
            BaselineFault.Damaged => "it is damaged",
            BaselineFault.StorageFull => "no space is left for it; nothing was changed",
            BaselineFault.InUse => "another process has it open; give each monitor a state directory of its own",
            _ => "it could not be read or written; nothing was changed",
        };
        return new(fault, $"The baseline {_path}: {advice} (SQLite {result}: {raw.sqlite3_errmsg(_handle).utf8_to_string()}).");
    }
}
