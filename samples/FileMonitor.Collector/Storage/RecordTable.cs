using Npgsql;
using NpgsqlTypes;

namespace FileMonitor.Collector.Storage;

/// <summary>The table of records, as a transaction writes and reads it.</summary>
internal static class RecordTable
{
    private const int RecordsPerRead = 500;

    /// <summary>Inserts records that are not there yet.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="records">With the number of the journal of each.</param>
    /// <param name="now">When they are stored.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>How many were not there.</returns>
    public static async Task<int> InsertAsync(NpgsqlConnection connection, IReadOnlyList<(int Journal, JournalMessage Message)> records, DateTime now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO records (journal_id, index, line, event_id, kind, origin, path, old_path, long_path, long_old_path, root, sha256, sha_key, actor_user, actor_program, actor_process,
                occurred_at, stored_at)
            SELECT u.*, $18 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) AS u
            ON CONFLICT (journal_id, index) DO NOTHING
            """,
            connection);
        var add = command.Parameters;
        Add(add, NpgsqlDbType.Integer, records.Select(record => record.Journal));
        Add(add, NpgsqlDbType.Bigint, records.Select(record => record.Message.Sequence));
        Add(add, NpgsqlDbType.Bytea, records.Select(record => record.Message.Body));
        Add(add, NpgsqlDbType.Uuid, records.Select(record => record.Message.Columns!.Id));
        Add(add, NpgsqlDbType.Text, records.Select(record => record.Message.Columns!.Kind));
        Add(add, NpgsqlDbType.Text, records.Select(record => record.Message.Columns!.Origin));
        Add(add, NpgsqlDbType.Text, records.Select(record => IndexedPath.Of(record.Message.Columns!.Path)));
        Add(add, NpgsqlDbType.Text, records.Select(record => IndexedPath.Of(record.Message.Columns!.OldPath)));
        Add(add, NpgsqlDbType.Text, records.Select(record => IndexedPath.IfLong(record.Message.Columns!.Path)));
        Add(add, NpgsqlDbType.Text, records.Select(record => IndexedPath.IfLong(record.Message.Columns!.OldPath)));
        Add(add, NpgsqlDbType.Text, records.Select(record => record.Message.Columns!.Root));
        Add(add, NpgsqlDbType.Bytea, records.Select(record => record.Message.Columns!.Sha256));
        Add(add, NpgsqlDbType.Bigint, records.Select(record => record.Message.Columns!.ShaKey));
        Add(add, NpgsqlDbType.Text, records.Select(record => record.Message.Columns!.User));
        Add(add, NpgsqlDbType.Text, records.Select(record => record.Message.Columns!.Program));
        Add(add, NpgsqlDbType.Integer, records.Select(record => record.Message.Columns!.ProcessId));
        Add(add, NpgsqlDbType.TimestampTz, records.Select(record => record.Message.Columns!.OccurredAt));
        add.Add(new NpgsqlParameter<DateTime> { TypedValue = now });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Which of the records are stored with other bytes: their places in the list.</summary>
    public static async Task<HashSet<int>> FindConflictsAsync(
        NpgsqlConnection connection, IReadOnlyList<(int Journal, JournalMessage Message)> records, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT u.n::integer - 1 FROM unnest($1, $2, $3) WITH ORDINALITY AS u (journal_id, index, line, n)
            JOIN records r ON r.journal_id = u.journal_id AND r.index = u.index WHERE r.line <> u.line
            """,
            connection);
        Add(command.Parameters, NpgsqlDbType.Integer, records.Select(record => record.Journal));
        Add(command.Parameters, NpgsqlDbType.Bigint, records.Select(record => record.Message.Sequence));
        Add(command.Parameters, NpgsqlDbType.Bytea, records.Select(record => record.Message.Body));
        var places = new HashSet<int>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            places.Add(reader.GetInt32(0));
        }

        return places;
    }

    /// <summary>The end of the records without a hole.</summary>
    public static async Task<long> FindNextAsync(NpgsqlConnection connection, int journal, long next, CancellationToken cancellationToken)
    {
        for (var isMore = true; isMore;)
        {
            await using var command = new NpgsqlCommand("SELECT index FROM records WHERE journal_id = $1 AND index >= $2 ORDER BY index LIMIT $3", connection);
            AddPlace(command, journal, next);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            isMore = false;
            while (await reader.ReadAsync(cancellationToken) && reader.GetInt64(0) == next)
            {
                next++;
                isMore = true;
            }
        }

        return next;
    }

    /// <summary>The lines from an index on, without a hole.</summary>
    public static async Task<List<byte[]>> ReadLinesAsync(NpgsqlConnection connection, int journal, long from, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT index, line FROM records WHERE journal_id = $1 AND index >= $2 ORDER BY index LIMIT $3", connection);
        AddPlace(command, journal, from);
        var lines = new List<byte[]>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken) && reader.GetInt64(0) == from + lines.Count)
        {
            lines.Add(reader.GetFieldValue<byte[]>(1));
        }

        return lines;
    }

    private static void AddPlace(NpgsqlCommand command, int journal, long index)
    {
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = journal });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = index });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = RecordsPerRead });
    }

    private static void Add<T>(NpgsqlParameterCollection parameters, NpgsqlDbType type, IEnumerable<T> values) =>
        parameters.Add(new NpgsqlParameter<T[]> { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | type });
}
