using FileMonitor.Collector.Configuration;
using Npgsql;

namespace FileMonitor.Collector.Storage;

/// <summary>What became of a batch.</summary>
/// <param name="Stored">Records that are new.</param>
/// <param name="Doubled">Records that were there already.</param>
/// <param name="Refused">Messages that can never be stored.</param>
internal sealed record BatchOutcome(int Stored, int Doubled, IReadOnlyList<JournalMessage> Refused);

/// <summary>
/// Stores the messages of one queue, batch by batch, each in one transaction: records, where their journals are, and what was found. After a transaction that failed it knows nothing any
/// more and loads what it needs. One owner, the queue.
/// </summary>
internal sealed class BatchWriter(NpgsqlDataSource database, CollectorOptions options, TimeProvider time)
{
    // Witnesses take 70 KB each; the hosts of one queue rarely have more journals than that.
    private const int MostFollowers = 512;

    private readonly Dictionary<string, JournalFollower> _followers = new(StringComparer.Ordinal);

    public async Task<BatchOutcome> WriteAsync(IReadOnlyList<JournalMessage> batch, CancellationToken cancellationToken)
    {
        try
        {
            return await WriteOnceAsync(batch, cancellationToken);
        }
        catch
        {
            // What the followers took in is not stored.
            _followers.Clear();
            throw;
        }
    }

    private async Task<BatchOutcome> WriteOnceAsync(IReadOnlyList<JournalMessage> batch, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var followers = await FollowersAsync(connection, batch, now, cancellationToken);

        (int Journal, JournalMessage Message)[] records =
            [.. batch.Where(message => message.Kind == MessageKind.Record).Select(message => (followers[message.Origin].Id, message))];
        var stored = records.Length == 0 ? 0 : await RecordTable.InsertAsync(connection, records, now, cancellationToken);
        var refused = stored == records.Length ? [] : await RefuseAsync(connection, records, followers, cancellationToken);
        foreach (var message in batch.Where(message => !refused.Contains(message)))
        {
            Take(followers[message.Origin], message, now);
        }

        foreach (var follower in followers.Values)
        {
            await AdvanceAsync(connection, follower, now, cancellationToken);
        }

        await JournalTable.StoreAsync(connection, followers.Values, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        foreach (var follower in followers.Values)
        {
            follower.Written();
        }

        return new(stored, records.Length - stored - refused.Count, [.. refused]);
    }

    private async Task<Dictionary<string, JournalFollower>> FollowersAsync(
        NpgsqlConnection connection, IReadOnlyList<JournalMessage> batch, DateTime now, CancellationToken cancellationToken)
    {
        if (_followers.Count > MostFollowers)
        {
            _followers.Clear();
        }

        var followers = new Dictionary<string, JournalFollower>(StringComparer.Ordinal);
        foreach (var message in batch)
        {
            if (followers.ContainsKey(message.Origin))
            {
                continue;
            }

            if (!_followers.TryGetValue(message.Origin, out var follower))
            {
                follower = await JournalTable.LoadAsync(connection, message.Origin, message.Host, now, cancellationToken);
                await CatchUpAsync(connection, follower, now, cancellationToken);
                _followers[message.Origin] = follower;
            }

            followers[message.Origin] = follower;
        }

        return followers;
    }

    /// <summary>Records whose index is stored with other bytes: the first ones stay.</summary>
    private static async Task<HashSet<JournalMessage>> RefuseAsync(
        NpgsqlConnection connection, (int Journal, JournalMessage Message)[] records, Dictionary<string, JournalFollower> followers, CancellationToken cancellationToken)
    {
        var refused = new HashSet<JournalMessage>(ReferenceEqualityComparer.Instance);
        foreach (var place in await RecordTable.FindConflictsAsync(connection, records, cancellationToken))
        {
            var message = records[place].Message;
            refused.Add(message);
            followers[message.Origin].Findings.Add(new(
                IncidentKind.RecordConflict, 0,
                $"The host sent record {message.Sequence} again, with other bytes than those that are stored. The stored ones stay; what came is among the dead letters."));
        }

        return refused;
    }

    private void Take(JournalFollower follower, JournalMessage message, DateTime now)
    {
        switch (message.Kind)
        {
            case MessageKind.Record:
                follower.TakeRecord(message);
                break;
            case MessageKind.Checkpoint:
                follower.TakeNote(message.Body, now);
                break;
            case MessageKind.Key:
                follower.TakeKey(System.Text.Encoding.UTF8.GetString(message.Body), options.FirstKeys.GetValueOrDefault(message.Origin));
                break;
        }
    }

    /// <summary>Moves over records that came before others which were missing, and says whether some are missing now.</summary>
    private static async Task AdvanceAsync(NpgsqlConnection connection, JournalFollower follower, DateTime now, CancellationToken cancellationToken)
    {
        if (follower.MayAdvance && follower.Highest >= follower.Next)
        {
            var next = await RecordTable.FindNextAsync(connection, follower.Id, follower.Next, cancellationToken);
            if (next > follower.Next)
            {
                // If there is a hole still, it is another one.
                follower.HoleSince = null;
                follower.Next = next;
            }
        }

        await CatchUpAsync(connection, follower, now, cancellationToken);
        foreach (var (note, message) in follower.Smaller)
        {
            if (!await JournalTable.HasCheckpointAsync(connection, follower.Id, note, cancellationToken))
            {
                follower.Findings.Add(new(IncidentKind.CheckpointBackwards, 0, message));
            }
        }

        follower.HoleSince = follower.Highest >= follower.Next ? follower.HoleSince ?? now : null;
    }

    /// <summary>Gives the witness stored records that it does not have: after a restart, behind a hole that was filled, and when the key comes after records.</summary>
    private static async Task CatchUpAsync(NpgsqlConnection connection, JournalFollower follower, DateTime now, CancellationToken cancellationToken)
    {
        while (follower.Witness is { } witness && witness.Size < follower.Next)
        {
            var lines = await RecordTable.ReadLinesAsync(connection, follower.Id, witness.Size, cancellationToken);
            foreach (var line in lines.Take((int)Math.Min(int.MaxValue, follower.Next - witness.Size)))
            {
                follower.Append(line);
            }

            if (lines.Count == 0)
            {
                follower.Findings.Add(new(IncidentKind.RootMismatch, 2, $"Record {witness.Size} was stored and is missing in the database."));
                return;
            }

            // While the witness still has the roots of these sizes.
            follower.CheckPending(now);
        }

        follower.CheckPending(now);
    }
}
