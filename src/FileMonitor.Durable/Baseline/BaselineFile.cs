using System.Globalization;
using FileMonitor.Output;

namespace FileMonitor.Durable.Baseline;

/// <summary>The database file of the baseline: created for its owner only, checked when opened, moved aside when damaged.</summary>
internal static class BaselineFile
{
    public const string Name = "baseline.db";

    // "FMBL". A file with another number is not a baseline.
    private const int ApplicationId = 0x464D_424C;
    private const int Version = 1;

    // A database of up to this many pages is checked as a whole when it is opened, in about 10 ms. The rows of a larger one are checked when they are loaded.
    private const long MostPagesChecked = 2048;

    private static readonly string[] Tables = [StoreState.Schema, StoreState.RootSchema, ItemTable.Schema, MetaTable.Schema];

    /// <exception cref="BaselineException">The database is damaged, of a newer version, in use, or cannot be read or written.</exception>
    /// <exception cref="IOException">The file cannot be created, or is not a file of ours: a link, a pipe, a file with a second name or of another user.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be created.</exception>
    public static SqliteDatabase Open(string directory)
    {
        var path = Path.Join(directory, Name);
        using (var place = OutputFile.OpenDirectoryOf(path, OutputFile.PrivateDirectory))
        {
            // SQLite opens by path and follows links, so both files are created or checked here first. They are closed before SQLite opens them, because closing a
            // file releases the locks that the process has on it.
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

    /// <summary>Moves the database aside, so that the next opening creates a new one.</summary>
    /// <returns>Its new path.</returns>
    public static string SetAside(string directory, DateTimeOffset now)
    {
        using var place = OutputFile.OpenDirectoryOf(Path.Join(directory, Name), OutputFile.PrivateDirectory);
        var stamp = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var aside = $"{Name}.corrupt-{stamp}";
        for (var number = 2; place.HasFile(aside); number++)
        {
            aside = string.Create(CultureInfo.InvariantCulture, $"{Name}.corrupt-{stamp}-{number}");
        }

        // The database first. If only its log were moved and the process killed then, the next process would open an older state as the latest.
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

        // Exclusive: there is one owner, and no shared-memory file is needed. Temporary tables stay in memory, so that no file is created elsewhere.
        foreach (var setting in new[] { "locking_mode = EXCLUSIVE", "cell_size_check = ON", "temp_store = MEMORY", "cache_size = -16384", "busy_timeout = 0" })
        {
            database.Execute("PRAGMA " + setting);
        }

        var (application, version) = (database.QueryNumber("PRAGMA application_id"), database.QueryNumber("PRAGMA user_version"));
        var isEmpty = version == 0 && database.QueryNumber("SELECT count(*) FROM sqlite_schema") == 0;
        if (!isEmpty && (application != ApplicationId || version < Version))
        {
            throw new BaselineException(BaselineFault.Damaged, $"The baseline is damaged: its file is of another kind (application {application}, version {version}).");
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

        // The baseline may lag behind the journal, so a commit need not be synced. The limits keep the log short after a large transaction.
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
        // In one transaction: a process that is killed here leaves an empty database.
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
    /// Checks what can be checked without reading all rows. SQLite detects missing pages when it opens the file; <see cref="TreeReader"/> checks the rows.
    /// </summary>
    private static void Check(SqliteDatabase database)
    {
        // This also finds a trigger or a view that somebody added.
        if (!database.QueryTexts("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").ToHashSet().SetEquals(Tables))
        {
            throw new BaselineException(BaselineFault.Damaged, "The baseline is damaged: its tables are not those that the library creates.");
        }

        if (database.QueryNumber("PRAGMA page_count") <= MostPagesChecked && database.QueryTexts("PRAGMA quick_check(1)") is not ["ok"])
        {
            throw new BaselineException(BaselineFault.Damaged, "The baseline is damaged: its pages contradict each other.");
        }
    }
}
