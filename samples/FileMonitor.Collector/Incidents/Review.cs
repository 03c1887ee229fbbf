using FileMonitor.Collector.Configuration;
using FileMonitor.Collector.Ingest;
using FileMonitor.Collector.Storage;
using Npgsql;

namespace FileMonitor.Collector.Incidents;

/// <summary>Looks now and then for what only time tells: records that stay missing, and hosts from which nothing comes.</summary>
internal sealed class Review(Database database, CollectorOptions options, ReadingState reading, TimeProvider time, ILogger<Review> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>Looks once.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var connection = await database.Writer.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(OpenHoles(now));
        batch.BatchCommands.Add(CloseHoles(now));
        batch.BatchCommands.Add(CloseSilence(now));
        if (reading.ConnectedSince is { } since && now - since >= options.SilentAfter)
        {
            batch.BatchCommands.Add(OpenSilence(now));
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!reading.IsDatabaseReady)
            {
                continue;
            }

            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception lost) when (lost is NpgsqlException or TimeoutException or IOException)
            {
                Log.ReviewFailed(logger, lost.Message);
            }
        }
    }

    private NpgsqlBatchCommand OpenHoles(DateTime now) => Command(
        """
        INSERT INTO incidents (journal_id, kind, subject, since, detail)
        SELECT j.id, $1, j.next_index, j.hole_since,
            format('Records %s to %s are missing, and later ones are here.', j.next_index,
                (SELECT r.index - 1 FROM records r WHERE r.journal_id = j.id AND r.index > j.next_index ORDER BY r.index LIMIT 1))
        FROM journals j WHERE j.hole_since <= $2 AND j.highest_index >= j.next_index
        ON CONFLICT (journal_id, kind, subject) WHERE until IS NULL DO NOTHING
        """,
        IncidentKind.Hole, now - options.HoleAfter);

    private static NpgsqlBatchCommand CloseHoles(DateTime now) => Command(
        "UPDATE incidents i SET until = $2 FROM journals j WHERE i.kind = $1 AND i.until IS NULL AND j.id = i.journal_id AND j.next_index > i.subject",
        IncidentKind.Hole, now);

    /// <summary>A monitor that was stopped has said so, and one that was replaced says nothing any more.</summary>
    private NpgsqlBatchCommand OpenSilence(DateTime now) => Command(
        """
        INSERT INTO incidents (journal_id, kind, subject, since, detail)
        SELECT id, $1, 0, last_seen, 'Nothing has come from this journal since then, and its monitor did not say that it stops.'
        FROM journals WHERE last_seen <= $2 AND last_kind IS DISTINCT FROM 'Stopped' AND replaced_by IS NULL
        ON CONFLICT (journal_id, kind, subject) WHERE until IS NULL DO NOTHING
        """,
        IncidentKind.SilentHost, now - options.SilentAfter);

    private static NpgsqlBatchCommand CloseSilence(DateTime now) => Command(
        "UPDATE incidents i SET until = $2 FROM journals j WHERE i.kind = $1 AND i.until IS NULL AND j.id = i.journal_id AND j.last_seen > i.since",
        IncidentKind.SilentHost, now);

    private static NpgsqlBatchCommand Command(string sql, string kind, DateTime at)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = kind });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = at });
        return command;
    }
}
