using System.Text.Json;
using FileMonitor.Agent.Queries;
using FileMonitor.Collector.Ingest;
using FileMonitor.Collector.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FileMonitor.Collector.Api;

/// <summary>Hosts with their journals, incidents, and which hosts have a file.</summary>
internal sealed class HostEndpoints(Database database, ReadingState reading, TimeProvider time)
{
    private const int MostIncidents = 1000;
    private const int MostFiles = 1000;

    public async Task HostsAsync(HttpContext context)
    {
        var query = new StrictQuery(context.Request.Query, "host");
        if (query.Problem is { } problem)
        {
            await StrictQuery.RefuseAsync(context, problem);
            return;
        }

        await using var connection = await database.Reader.OpenConnectionAsync(context.RequestAborted);
        await using var command = new NpgsqlCommand(
            """
            SELECT j.id, j.host, j.origin, j.monitor, j.first_seen, j.last_seen, j.next_index, j.highest_index, j.last_kind, j.last_at, j.first_key IS NOT NULL, j.is_key_pinned,
                j.checkpoint_size, j.checkpoint_at, j.replaced_by,
                (SELECT coalesce(array_agg(DISTINCT i.kind), '{}') FROM incidents i WHERE i.journal_id = j.id AND i.until IS NULL)
            FROM journals j WHERE $1::text IS NULL OR j.host = $1 ORDER BY j.host, j.monitor NULLS LAST, j.id
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)query.Text("host") ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(context.RequestAborted);
        var rows = new List<Action<Utf8JsonWriter>>();
        while (await reader.ReadAsync(context.RequestAborted))
        {
            rows.Add(JournalRow(reader));
        }

        await Answers.JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("now"u8, time.GetUtcNow().UtcDateTime);
            json.WriteBoolean("isReading"u8, reading.ConnectedSince is not null);
            json.WriteStartArray("journals"u8);
            rows.ForEach(row => row(json));
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public async Task IncidentsAsync(HttpContext context)
    {
        var query = new StrictQuery(context.Request.Query, "host", "kind", "open");
        var (host, kind, open) = (query.Text("host"), query.OneOf("kind", IncidentKind.All, "kind of incident"), query.OneOf("open", ["true", "false"], "answer; it is true or false"));
        if (query.Problem is { } problem)
        {
            await StrictQuery.RefuseAsync(context, problem);
            return;
        }

        await using var connection = await database.Reader.OpenConnectionAsync(context.RequestAborted);
        await using var command = new NpgsqlCommand(
            $"""
            SELECT i.id, i.kind, j.host, j.id, j.origin, i.since, i.until, i.detail FROM incidents i JOIN journals j ON j.id = i.journal_id
            WHERE ($1::text IS NULL OR j.host = $1) AND ($2::text IS NULL OR i.kind = $2) AND ($3::boolean IS NULL OR (i.until IS NULL) = $3)
            ORDER BY i.until IS NULL DESC, i.id DESC LIMIT {MostIncidents}
            """,
            connection);
        AddNullable(command, NpgsqlDbType.Text, host);
        AddNullable(command, NpgsqlDbType.Text, kind);
        AddNullable(command, NpgsqlDbType.Boolean, open is null ? null : open == "true");
        await using var reader = await command.ExecuteReaderAsync(context.RequestAborted);
        var rows = new List<Action<Utf8JsonWriter>>();
        while (await reader.ReadAsync(context.RequestAborted))
        {
            var (id, what, where, journal, origin) = (reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.GetString(4));
            var (since, until, detail) = (reader.GetDateTime(5), reader.IsDBNull(6) ? (DateTime?)null : reader.GetDateTime(6), reader.GetString(7));
            rows.Add(json =>
            {
                json.WriteStartObject();
                json.WriteNumber("id"u8, id);
                json.WriteString("kind"u8, what);
                json.WriteString("host"u8, where);
                json.WriteNumber("journal"u8, journal);
                json.WriteString("origin"u8, origin);
                json.WriteString("since"u8, since);
                WriteTime(json, "until", until);
                json.WriteString("detail"u8, detail);
                json.WriteEndObject();
            });
        }

        await WriteAllAsync(context, "incidents", rows);
    }

    /// <summary>Which hosts have this content, or had it: the newest event with it for each path, and whether a later event says that the path is something else now.</summary>
    public async Task FilesAsync(HttpContext context)
    {
        var query = new StrictQuery(context.Request.Query, "sha256");
        var sha256 = query.Sha256("sha256");
        if (query.Text("sha256") is null)
        {
            query.Refuse("sha256", "sha256 is missing: 64 hexadecimal digits.");
        }

        if (query.Problem is { } problem)
        {
            await StrictQuery.RefuseAsync(context, problem);
            return;
        }

        await using var connection = await database.Reader.OpenConnectionAsync(context.RequestAborted);
        await using var command = new NpgsqlCommand(
            $"""
            SELECT j.host, f.journal_id, f.index, f.path, f.occurred_at, f.kind, later.kind, later.index
            FROM (SELECT DISTINCT ON (journal_id, path) * FROM (
                    SELECT r.journal_id, r.index, coalesce(r.long_path, r.path) AS path, r.path AS begin, r.occurred_at, r.kind FROM records r
                    WHERE r.sha_key = $1 AND r.sha256 = $2 AND r.path IS NOT NULL ORDER BY r.occurred_at DESC LIMIT {MostFiles}) AS newest
                ORDER BY journal_id, path, index DESC) AS f
            JOIN journals j ON j.id = f.journal_id
            LEFT JOIN LATERAL (
                SELECT r.kind, r.index FROM records r
                WHERE r.journal_id = f.journal_id AND r.index > f.index AND r.kind IN ('Modified', 'Deleted', 'Renamed', 'Created')
                    AND ((r.path = f.begin AND coalesce(r.long_path, r.path) = f.path AND r.sha256 IS DISTINCT FROM $2)
                        OR (r.old_path = f.begin AND coalesce(r.long_old_path, r.old_path) = f.path))
                ORDER BY r.index LIMIT 1) AS later ON true
            ORDER BY later.index IS NULL DESC, j.host, f.path
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = RecordColumns.KeyOf(sha256) });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = sha256! });
        await using var reader = await command.ExecuteReaderAsync(context.RequestAborted);
        var rows = new List<Action<Utf8JsonWriter>>();
        while (await reader.ReadAsync(context.RequestAborted))
        {
            rows.Add(FileRow(reader));
        }

        await WriteAllAsync(context, "files", rows);
    }

    private static Action<Utf8JsonWriter> FileRow(NpgsqlDataReader reader)
    {
        var (host, journal, index, path, at) = (reader.GetString(0), reader.GetInt32(1), reader.GetInt64(2), reader.GetString(3), reader.GetDateTime(4));
        var (kind, laterKind, laterIndex) = (reader.IsDBNull(5) ? "" : reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetString(6), reader.IsDBNull(7) ? (long?)null : reader.GetInt64(7));
        return json =>
        {
            json.WriteStartObject();
            json.WriteString("host"u8, host);
            json.WriteNumber("journal"u8, journal);
            json.WriteNumber("index"u8, index);
            json.WriteString("path"u8, path);
            json.WriteString("occurredAt"u8, at);
            json.WriteBoolean("isThere"u8, laterIndex is null && kind != "Deleted");
            if (laterIndex is { } later)
            {
                json.WriteString("laterKind"u8, laterKind);
                json.WriteNumber("laterIndex"u8, later);
            }

            json.WriteEndObject();
        };
    }

    private static Action<Utf8JsonWriter> JournalRow(NpgsqlDataReader reader)
    {
        var (id, host, origin, monitor) = (reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3));
        var (firstSeen, lastSeen, next, highest) = (reader.GetDateTime(4), reader.GetDateTime(5), reader.GetInt64(6), reader.GetInt64(7));
        var (lastKind, lastAt) = (reader.IsDBNull(8) ? null : reader.GetString(8), reader.IsDBNull(9) ? (DateTime?)null : reader.GetDateTime(9));
        var (hasKey, isPinned) = (reader.GetBoolean(10), reader.GetBoolean(11));
        var (size, checkedAt, isReplaced) = (reader.IsDBNull(12) ? 0 : reader.GetInt64(12), reader.IsDBNull(13) ? (DateTime?)null : reader.GetDateTime(13), !reader.IsDBNull(14));
        var incidents = reader.GetFieldValue<string[]>(15);
        return json =>
        {
            json.WriteStartObject();
            json.WriteNumber("journal"u8, id);
            json.WriteString("host"u8, host);
            json.WriteString("origin"u8, origin);
            json.WriteString("monitor"u8, monitor);
            json.WriteString("state"u8, StateOf(incidents, isReplaced, lastKind));
            json.WriteString("firstSeen"u8, firstSeen);
            json.WriteString("lastSeen"u8, lastSeen);
            WriteTime(json, "lastEventAt", lastAt);
            if (lastAt is { } at)
            {
                // How old the newest record was when it came.
                json.WriteNumber("lagSeconds"u8, Math.Round(Math.Max(0, (lastSeen - at).TotalSeconds), 3));
            }

            json.WriteNumber("records"u8, next);
            json.WriteNumber("provedRecords"u8, size);
            json.WriteNumber("recordsBehindHole"u8, Math.Max(0, highest + 1 - next));
            WriteTime(json, "provedAt", checkedAt);
            json.WriteString("key"u8, !hasKey ? "Missing" : isPinned ? "Pinned" : "TrustedOnFirstUse");
            json.WriteStartArray("incidents"u8);
            foreach (var incident in incidents)
            {
                json.WriteStringValue(incident);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        };
    }

    private static string StateOf(string[] incidents, bool isReplaced, string? lastKind) =>
        incidents.Any(kind => kind is IncidentKind.RootMismatch or IncidentKind.CheckpointBackwards or IncidentKind.RecordConflict or IncidentKind.UnknownKey) ? "Untrusted"
        : isReplaced ? "Replaced"
        : incidents.Contains(IncidentKind.Hole) ? "Incomplete"
        : incidents.Contains(IncidentKind.SilentHost) ? "Silent"
        : lastKind == "Stopped" ? "Stopped"
        : "Well";

    private static Task WriteAllAsync(HttpContext context, string name, List<Action<Utf8JsonWriter>> rows) => Answers.JsonAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray(name);
        rows.ForEach(row => row(json));
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteTime(Utf8JsonWriter json, string name, DateTime? value)
    {
        if (value is { } time)
        {
            json.WriteString(name, time);
        }
    }

    private static void AddNullable(NpgsqlCommand command, NpgsqlDbType type, object? value) =>
        command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
}
