using System.Text;

namespace FileMonitor.Durable.Tests.State;

/// <summary>Takes the entries of a journal into lists, and misbehaves as it is told. Read after the stop.</summary>
internal sealed class Taker : IJournalConsumer
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<int, TaskCompletionSource> _awaited = [];
    private readonly Lock _gate = new();

    public string Name { get; init; } = "taker";

    /// <summary>The last record that is acknowledged.</summary>
    public long AcknowledgesUpTo { get; init; } = long.MaxValue;

    /// <summary>The record at which the first call throws.</summary>
    public long? FailsAt { get; init; }

    /// <summary>Whether it does nothing but wait for its token.</summary>
    public bool Hangs { get; init; }

    public string? Problem { get; init; }

    public Task Started => _started.Task;

    public int Calls { get; private set; }

    public bool WasCancelled { get; private set; }

    public string Origin { get; private set; } = "";

    public string PublicKeyPem { get; private set; } = "";

    public List<JournalRecord> Records { get; } = [];

    public List<JournalCheckpoint> Checkpoints { get; } = [];

    /// <summary>For each checkpoint, the index behind the last record before it; 0 when none came before.</summary>
    public List<long> RecordsBeforeCheckpoint { get; } = [];

    public List<string> Lines => [.. Records.Select(one => Encoding.UTF8.GetString(one.Line.Span))];

    /// <summary>Completes when it has so many records.</summary>
    public Task HasAsync(int count)
    {
        lock (_gate)
        {
            if (Records.Count >= count)
            {
                return Task.CompletedTask;
            }

            return (_awaited[count] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    public async Task RunAsync(JournalSubscription journal, CancellationToken cancellationToken)
    {
        Calls++;
        (Origin, PublicKeyPem) = (journal.Origin, journal.PublicKeyPem);
        journal.ReportProblem(Problem);
        _started.TrySetResult();
        if (Hangs)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            WasCancelled = true;
            return;
        }

        await foreach (var entry in journal.WithCancellation(cancellationToken))
        {
            Take(entry);
            if (Calls == 1 && entry.Record?.Index == FailsAt)
            {
                throw new InvalidDataException("It failed as it was told.");
            }

            if (entry.Record is { } record && record.Index <= AcknowledgesUpTo)
            {
                journal.Acknowledge(record.Index);
            }
        }
    }

    private void Take(JournalEntry entry)
    {
        lock (_gate)
        {
            if (entry.Checkpoint is { } checkpoint)
            {
                Checkpoints.Add(checkpoint);
                RecordsBeforeCheckpoint.Add(Records.Count == 0 ? 0 : Records[^1].Index + 1);
                return;
            }

            Records.Add(entry.Record!);
            if (_awaited.TryGetValue(Records.Count, out var waiter))
            {
                waiter.TrySetResult();
            }
        }
    }
}
