using System.Reflection;
using Npgsql;

namespace FileMonitor.Collector.Storage;

/// <summary>Brings the tables to the form that this version knows: numbered files, each once, in one transaction, under a lock that a second collector waits for.</summary>
internal static class Migrations
{
    // "filemon" in ASCII.
    private const long Lock = 0x66_69_6C_65_6D_6F_6E;

    /// <exception cref="InvalidDataException">The tables are of a later version.</exception>
    public static async Task ApplyAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(connection, $"SELECT pg_advisory_xact_lock({Lock})", cancellationToken);
        await RunAsync(connection, "CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())", cancellationToken);
        await using var current = new NpgsqlCommand("SELECT coalesce(max(version), 0) FROM schema_version", connection);
        var version = (int)(await current.ExecuteScalarAsync(cancellationToken))!;
        var files = Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        if (version > files.Count)
        {
            throw new InvalidDataException($"The database has the tables of version {version}, and this collector knows {files.Count}: run the newer collector.");
        }

        for (var next = version; next < files.Count; next++)
        {
            using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(files[next])!);
            await RunAsync(connection, await reader.ReadToEndAsync(cancellationToken), cancellationToken);
            await RunAsync(connection, $"INSERT INTO schema_version (version) VALUES ({next + 1})", cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    // The statements are constants of this program.
    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
