using FileMonitor.Collector.Storage;
using Npgsql;

namespace FileMonitor.Collector.Api;

/// <summary>A record as an answer has it.</summary>
internal sealed record FoundRecord(int Journal, string Host, string Origin, long Index, byte[] Line, DateTime StoredAt, DateTime? OccurredAt, bool IsProved)
{
    public PageCursor Cursor => new(OccurredAt!.Value, Journal, Index);
}

/// <summary>Searches the records: newest first, from an index, one page at a time.</summary>
internal sealed class EventSearch(Database database)
{
    private const string Columns = "r.journal_id, r.index, r.line, r.stored_at, r.occurred_at";

    /// <summary>One page, and whether there is another one.</summary>
    public async Task<(List<FoundRecord> Records, bool IsMore)> FindAsync(EventFilter filter, CancellationToken cancellationToken)
    {
        await using var connection = await database.Reader.OpenConnectionAsync(cancellationToken);
        int[]? journals = null;
        if (filter.Host is not null)
        {
            journals = await JournalsAsync(connection, filter.Host, cancellationToken);
            if (journals.Length == 0)
            {
                return ([], false);
            }
        }

        var areFew = filter.Prefix is { } prefix ? await CountAsync(connection, prefix, cancellationToken) : (Now: false, Before: false);
        await using var command = new NpgsqlCommand { Connection = connection };
        command.CommandText = new SearchStatement(command.Parameters, filter, journals, areFew).Build();
        var found = await ReadAsync(command, cancellationToken);
        var isMore = found.Count > filter.Limit;
        if (isMore)
        {
            found.RemoveAt(filter.Limit);
        }

        return (found, isMore);
    }

    /// <summary>One record; null when there is none.</summary>
    public async Task<FoundRecord?> GetAsync(int journal, long index, CancellationToken cancellationToken)
    {
        await using var connection = await database.Reader.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            $"SELECT {Columns}, j.host, j.origin, j.checkpoint_size FROM records r JOIN journals j ON j.id = r.journal_id WHERE r.journal_id = $1 AND r.index = $2", connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = journal });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = index });
        return (await ReadAsync(command, cancellationToken)).FirstOrDefault();
    }

    /// <summary>Whether so few paths, and paths before, begin so that all of them can be sorted. Where there are more the newest ones are found soon by going back in time.</summary>
    private static async Task<(bool Now, bool Before)> CountAsync(NpgsqlConnection connection, string prefix, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand { Connection = connection };
        var path = new PathCondition(command.Parameters, prefix);
        command.CommandText = $"""
            SELECT (SELECT count(*) FROM (SELECT FROM records r WHERE {path.Of("path")} ORDER BY r.path LIMIT {SearchStatement.MostSorted + 1}) AS n) <= {SearchStatement.MostSorted},
                (SELECT count(*) FROM (SELECT FROM records r WHERE {path.Of("old_path")} ORDER BY r.old_path LIMIT {SearchStatement.MostSorted + 1}) AS b) <= {SearchStatement.MostSorted}
            """;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetBoolean(0), reader.GetBoolean(1));
    }

    private static async Task<int[]> JournalsAsync(NpgsqlConnection connection, string host, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT coalesce(array_agg(id), '{}') FROM journals WHERE host = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = host });
        return (int[])(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<List<FoundRecord>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var found = new List<FoundRecord>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var index = reader.GetInt64(1);
            found.Add(new(
                reader.GetInt32(0),
                reader.GetString(5),
                reader.GetString(6),
                index,
                reader.GetFieldValue<byte[]>(2),
                reader.GetDateTime(3),
                reader.IsDBNull(4) ? null : reader.GetDateTime(4),
                !reader.IsDBNull(7) && index < reader.GetInt64(7)));
        }

        return found;
    }
}
