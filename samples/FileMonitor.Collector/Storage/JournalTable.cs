using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace FileMonitor.Collector.Storage;

/// <summary>Somebody else moved a journal on since it was loaded: a second collector.</summary>
internal sealed class StaleJournalException(string origin) : Exception($"Another collector has stored records of {origin}.");

/// <summary>The tables of journals and incidents, as a transaction writes and reads them.</summary>
internal static class JournalTable
{
    /// <summary>Loads where a journal is, and begins one that is not there.</summary>
    public static async Task<JournalFollower> LoadAsync(NpgsqlConnection connection, string origin, string host, DateTime now, CancellationToken cancellationToken)
    {
        await using var begin = new NpgsqlCommand(
            "INSERT INTO journals (origin, host, first_seen, last_seen) VALUES ($1, $2, $3, $3) ON CONFLICT (origin) DO NOTHING", connection);
        begin.Parameters.Add(new NpgsqlParameter<string> { TypedValue = origin });
        begin.Parameters.Add(new NpgsqlParameter<string> { TypedValue = host });
        begin.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now });
        await begin.ExecuteNonQueryAsync(cancellationToken);

        await using var command = new NpgsqlCommand(
            """
            SELECT id, host, monitor, next_index, highest_index, hole_since, last_kind, last_at, first_key, is_key_pinned, witness, pending, checkpoint_size, checkpoint_at, revision
            FROM journals WHERE origin = $1
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = origin });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var follower = new JournalFollower(reader.GetInt32(0), origin, reader.GetString(1))
        {
            Monitor = reader.IsDBNull(2) ? null : reader.GetString(2),
            Next = reader.GetInt64(3),
            Highest = reader.GetInt64(4),
            HoleSince = reader.IsDBNull(5) ? null : reader.GetDateTime(5),
            LastKind = reader.IsDBNull(6) ? null : reader.GetString(6),
            LastAt = reader.IsDBNull(7) ? null : reader.GetDateTime(7),
            FirstKey = reader.IsDBNull(8) ? null : reader.GetString(8),
            IsKeyPinned = reader.GetBoolean(9),
            CheckpointSize = reader.IsDBNull(12) ? null : reader.GetInt64(12),
            CheckpointAt = reader.IsDBNull(13) ? null : reader.GetDateTime(13),
            Revision = reader.GetInt64(14),
        };
        follower.Pending.AddRange(reader.GetFieldValue<byte[][]>(11));
        if (!reader.IsDBNull(10))
        {
            follower.Resume(reader.GetFieldValue<byte[]>(10));
        }

        return follower;
    }

    /// <summary>Stores where journals are, and what was found.</summary>
    /// <exception cref="StaleJournalException">One is not where it was.</exception>
    public static async Task StoreAsync(NpgsqlConnection connection, IReadOnlyCollection<JournalFollower> followers, DateTime now, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var follower in followers)
        {
            batch.BatchCommands.Add(Update(follower, now));
        }

        foreach (var follower in followers)
        {
            AddCheckpoints(batch, follower, now);
            AddFindings(batch, follower, now);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
        foreach (var (place, follower) in followers.Index())
        {
            if (batch.BatchCommands[place].RecordsAffected != 1)
            {
                throw new StaleJournalException(follower.Origin);
            }
        }
    }

    /// <summary>Whether a checkpoint is stored: what is signed is compared, without the signature, which differs each time.</summary>
    public static async Task<bool> HasCheckpointAsync(NpgsqlConnection connection, int journal, byte[] note, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM checkpoints WHERE journal_id = $1 AND split_part(note, E'\n\n', 1) = split_part($2, E'\n\n', 1) AND size = split_part($2, E'\n', 2)::bigint)", connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = journal });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Encoding.UTF8.GetString(note) });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static NpgsqlBatchCommand Update(JournalFollower follower, DateTime now)
    {
        var command = new NpgsqlBatchCommand(
            """
            UPDATE journals SET revision = revision + 1, last_seen = $3, monitor = $4, next_index = $5, highest_index = $6, hole_since = $7, last_kind = $8, last_at = $9,
                first_key = $10, is_key_pinned = $11, witness = coalesce($12, witness), pending = $13, checkpoint_size = $14, checkpoint_at = $15
            WHERE id = $1 AND revision = $2
            """);
        var parameters = command.Parameters;
        parameters.Add(new NpgsqlParameter<int> { TypedValue = follower.Id });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = follower.Revision });
        parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now });
        AddNullable(parameters, NpgsqlDbType.Text, follower.Monitor);
        parameters.Add(new NpgsqlParameter<long> { TypedValue = follower.Next });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = follower.Highest });
        AddNullable(parameters, NpgsqlDbType.TimestampTz, follower.HoleSince);
        AddNullable(parameters, NpgsqlDbType.Text, follower.LastKind);
        AddNullable(parameters, NpgsqlDbType.TimestampTz, follower.LastAt);
        AddNullable(parameters, NpgsqlDbType.Text, follower.FirstKey);
        parameters.Add(new NpgsqlParameter<bool> { TypedValue = follower.IsKeyPinned });
        AddNullable(parameters, NpgsqlDbType.Bytea, follower.NewState);
        parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. follower.Pending], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        AddNullable(parameters, NpgsqlDbType.Bigint, follower.CheckpointSize);
        AddNullable(parameters, NpgsqlDbType.TimestampTz, follower.CheckpointAt);
        return command;
    }

    private static void AddCheckpoints(NpgsqlBatch batch, JournalFollower follower, DateTime now)
    {
        foreach (var checkpoint in follower.NewCheckpoints)
        {
            var add = new NpgsqlBatchCommand("INSERT INTO checkpoints (journal_id, size, note, seen_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING");
            add.Parameters.Add(new NpgsqlParameter<int> { TypedValue = follower.Id });
            add.Parameters.Add(new NpgsqlParameter<long> { TypedValue = checkpoint.Size });
            add.Parameters.Add(new NpgsqlParameter<string> { TypedValue = checkpoint.Note });
            add.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now });
            batch.BatchCommands.Add(add);
        }
    }

    private static void AddFindings(NpgsqlBatch batch, JournalFollower follower, DateTime now)
    {
        foreach (var (kind, subject) in follower.Ended)
        {
            var end = new NpgsqlBatchCommand("UPDATE incidents SET until = $4 WHERE journal_id = $1 AND kind = $2 AND subject = $3 AND until IS NULL");
            end.Parameters.Add(new NpgsqlParameter<int> { TypedValue = follower.Id });
            end.Parameters.Add(new NpgsqlParameter<string> { TypedValue = kind });
            end.Parameters.Add(new NpgsqlParameter<long> { TypedValue = subject });
            end.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now });
            batch.BatchCommands.Add(end);
        }

        foreach (var finding in follower.Findings)
        {
            var open = new NpgsqlBatchCommand(
                "INSERT INTO incidents (journal_id, kind, subject, since, detail) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (journal_id, kind, subject) WHERE until IS NULL DO NOTHING");
            open.Parameters.Add(new NpgsqlParameter<int> { TypedValue = follower.Id });
            open.Parameters.Add(new NpgsqlParameter<string> { TypedValue = finding.Kind });
            open.Parameters.Add(new NpgsqlParameter<long> { TypedValue = finding.Subject });
            open.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now });
            open.Parameters.Add(new NpgsqlParameter<string> { TypedValue = finding.Detail });
            batch.BatchCommands.Add(open);
        }

        if (follower.IsMonitorNew)
        {
            AddReplacement(batch, follower, now);
        }
    }

    /// <summary>A monitor of a host has one journal. A second one takes the place of the first: a new state directory, or somebody who removed the old one.</summary>
    private static void AddReplacement(NpgsqlBatch batch, JournalFollower follower, DateTime now)
    {
        var replace = new NpgsqlBatchCommand(
            """
            WITH replaced AS (
                UPDATE journals SET replaced_by = $1 WHERE host = $2 AND monitor = $3 AND id <> $1 AND replaced_by IS NULL RETURNING origin, next_index)
            INSERT INTO incidents (journal_id, kind, subject, since, detail)
            SELECT $1, $4, 0, $5, format('The monitor had the journal %s with %s records before, and has this one now.', origin, next_index) FROM replaced
            ON CONFLICT (journal_id, kind, subject) WHERE until IS NULL DO NOTHING
            """);
        replace.Parameters.Add(new NpgsqlParameter<int> { TypedValue = follower.Id });
        replace.Parameters.Add(new NpgsqlParameter<string> { TypedValue = follower.Host });
        replace.Parameters.Add(new NpgsqlParameter<string> { TypedValue = follower.Monitor! });
        replace.Parameters.Add(new NpgsqlParameter<string> { TypedValue = IncidentKind.JournalReplaced });
        replace.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now });
        batch.BatchCommands.Add(replace);
    }

    private static void AddNullable(NpgsqlParameterCollection parameters, NpgsqlDbType type, object? value) =>
        parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
}
