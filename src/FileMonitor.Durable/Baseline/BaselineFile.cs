using System.Globalization;
using FileMonitor.Output;

namespace FileMonitor.Durable.Baseline;

/// <summary>The file of the baseline: made for its owner alone, checked when it is opened, put aside when it is damaged.</summary>
internal static class BaselineFile
{
    public const string Name = "baseline.db";

    // "FMBL". Another number is the file of somebody else.
    private const int ApplicationId = 0x464D_424C;
    private const int Version = 1;

    // Up to here the whole database is checked when it is opened, which takes some 10 ms. A larger one is checked by who loads it, row by row.
    private const long MostPagesChecked = 2048;

    private static readonly string[] Tables = [StoreState.Schema, StoreState.RootSchema, ItemTable.Schema, MetaTable.Schema];

    /// <exception cref="BaselineException">It is damaged, of a newer version, in use, or cannot be read or written.</exception>
    /// <exception cref="IOException">It cannot be made, or is something else than a file of ours: a link, a pipe, a file with a second name or of another user.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static SqliteDatabase Open(string directory)
    {
        var path = Path.Join(directory, Name);
        using (var place = OutputFile.OpenDirectoryOf(path, OutputFile.PrivateDirectory))
        {
            // SQLite opens by path, and follows links. Before it does, both files are made or looked at here, and closed again: who closes a file gives up
            // the locks that his process has on it.
            foreach (var name in new[] { Name, Name + "-wal" })
            {
                using var file = place.OpenToAppend(name, OutputFile.PrivateFile);
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(file, OutputFile.PrivateFile);
                }
            }
        }

        var database = new SqliteDatabase(path);
        try
        {
            Prepare(database);
            Check(database);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Gives the database another name, so that the next one to open finds none.</summary>
    /// <returns>The path that it has now.</returns>
    public static string SetAside(string directory, DateTimeOffset now)
    {
        using var place = OutputFile.OpenDirectoryOf(Path.Join(directory, Name), OutputFile.PrivateDirectory);
        var stamp = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var aside = $"{Name}.corrupt-{stamp}";
        for (var number = 2; place.HasFile(aside); number++)
        {
            aside = string.Create(CultureInfo.InvariantCulture, $"{Name}.corrupt-{stamp}-{number}");
        }

        // The database first. Were its log moved alone and the process killed then, the next one would open an older state for the last one.
        foreach (var suffix in new[] { "", "-wal", "-shm" })
        {
            if (place.HasFile(Name + suffix))
            {
                place.Move(Name + suffix, aside + suffix);
            }
        }

        return Path.Join(directory, aside);
    }

    private static void Prepare(SqliteDatabase database)
    {
        database.Defend();

        // Exclusive: one owner, and no file of shared memory. The temporary tables stay in memory, so that no file is made elsewhere.
        foreach (var setting in new[] { "locking_mode = EXCLUSIVE", "cell_size_check = ON", "temp_store = MEMORY", "cache_size = -16384", "busy_timeout = 0" })
        {
            database.Execute("PRAGMA " + setting);
        }

        var (application, version) = (database.QueryNumber("PRAGMA application_id"), database.QueryNumber("PRAGMA user_version"));
        var isEmpty = version == 0 && database.QueryNumber("SELECT count(*) FROM sqlite_schema") == 0;
        if (!isEmpty && (application != ApplicationId || version < Version))
        {
            throw new BaselineException(BaselineFault.Damaged, $"The baseline is damaged: its file is one of another kind ({application}, {version}).");
        }

        if (version > Version)
        {
            throw new BaselineException(
                BaselineFault.NewerVersion, $"The baseline has the form {version}, and this version of the library knows the forms up to {Version}; use the version that made it, or move the file {Name} away.");
        }

        if (database.QueryTexts("PRAGMA journal_mode = WAL") is not ["wal"])
        {
            throw new BaselineException(BaselineFault.StorageFailed, "The baseline cannot be written ahead (journal_mode WAL) where it is; give the monitor a state directory on a local disk.");
        }

        // It may lag behind the journal, so a commit need not be on the disk. The log stays short after a large transaction.
        database.Execute("PRAGMA synchronous = NORMAL");
        database.Execute("PRAGMA wal_autocheckpoint = 4096");
        database.Execute("PRAGMA journal_size_limit = 67108864");
        if (isEmpty)
        {
            Make(database);
        }
    }

    private static void Make(SqliteDatabase database)
    {
        // All or nothing: who is killed on the way leaves an empty database.
        database.Execute("BEGIN IMMEDIATE");
        foreach (var table in Tables)
        {
            database.Execute(table);
        }

        database.Execute($"INSERT INTO state(id, applied, next, sum) VALUES(1, 0, 1, {StoreState.SumOf(applied: 0, next: 1)})");
        database.Execute($"PRAGMA application_id = {ApplicationId}");
        database.Execute($"PRAGMA user_version = {Version}");
        database.Execute("COMMIT");
    }

    /// <summary>
    /// What can be seen without reading all of it; that pages are missing, SQLite sees before. <see cref="TreeReader"/> sees the rest.
    /// </summary>
    private static void Check(SqliteDatabase database)
    {
        // Also a trigger or a view, which somebody may have put in.
        if (!database.QueryTexts("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").ToHashSet().SetEquals(Tables))
        {
            throw new BaselineException(BaselineFault.Damaged, "The baseline is damaged: its tables are others than were made.");
        }

        if (database.QueryNumber("PRAGMA page_count") <= MostPagesChecked && database.QueryTexts("PRAGMA quick_check(1)") is not ["ok"])
        {
            throw new BaselineException(BaselineFault.Damaged, "The baseline is damaged: its pages contradict each other.");
        }
    }
}
