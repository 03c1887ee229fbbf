namespace FileMonitor.Agent.History;

/// <summary>
/// Looks at the health of the monitors now and then, for what no event tells: a sink that fails, a disk that takes nothing, an anchor that fails, a journal that is wrong. What it saw stays
/// listed until the agent ends. The timer looks; any thread reads.
/// </summary>
internal sealed class IncidentWatch(IReadOnlyList<FileSystemMonitor> monitors, HistoryLedger ledger, TimeProvider time) : IHostedService, IDisposable
{
    private const int MostEnded = 1_000;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Monitor, string Kind, string? Subject), Incident> _open = [];
    private readonly Queue<Incident> _ended = [];
    private ITimer? _timer;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(_ => Look(), state: null, TimeSpan.Zero, Pause);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    /// <summary>What lasts, and what ended, of all monitors.</summary>
    public IReadOnlyList<Incident> Read()
    {
        lock (_gate)
        {
            return [.. _open.Values, .. _ended];
        }
    }

    /// <summary>Looks once.</summary>
    public void Look()
    {
        var now = time.GetUtcNow();
        Take([.. monitors.Select(monitor => monitor.GetHealth()).SelectMany(health => Find(health, now))], now);
    }

    /// <summary>Takes what lasts at a time; what lasted before and is not among it has ended.</summary>
    public void Take(IReadOnlyList<Incident> found, DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var gone in _open.Keys.Except(found.Select(KeyOf)).ToList())
            {
                _ended.Enqueue(_open[gone] with { Until = now, End = Incidents.Closed });
                _open.Remove(gone);
            }

            foreach (var one in found)
            {
                _open[KeyOf(one)] = _open.TryGetValue(KeyOf(one), out var known) ? known with { Detail = one.Detail } : one;
            }

            while (_ended.Count > MostEnded)
            {
                _ended.Dequeue();
            }
        }
    }

    private static (string Monitor, string Kind, string? Subject) KeyOf(Incident one) => (one.Monitor, one.Kind, one.Subject);

    private IEnumerable<Incident> Find(MonitorHealth health, DateTimeOffset now)
    {
        if (health.State is not (MonitorState.Created or MonitorState.Starting))
        {
            ledger.NoteRunning(health.Monitor);
        }

        Incident Of(string kind, string? subject, DateTimeOffset? since, string detail) =>
            new(kind, health.Monitor, subject, null, null, null, since ?? now, null, Incidents.Open, detail, null, null, IsKept: false);

        if (health.Fault is { } fault)
        {
            yield return Of("Faulted", null, null, $"A defect ended the monitor: {fault.Message}");
        }

        foreach (var sink in health.Sinks.Where(sink => sink.IsFailing).DistinctBy(sink => sink.Name))
        {
            yield return Of("SinkFailing", sink.Name, sink.FailingSince, sink.LastError ?? "");
        }

        if (health.Store is not { } store)
        {
            yield break;
        }

        if (store.Problem is { } problem)
        {
            yield return Of("StoreProblem", null, store.ProblemSince, problem);
        }

        if (store.Anchor is { Problem: { } notAnchored } anchor)
        {
            yield return Of("AnchorFailing", null, anchor.ProblemSince, notAnchored);
        }

        if (store.Verification is { Problem: { } wrong } verification)
        {
            yield return Of("JournalWrong", null, verification.VerifiedAt, wrong);
        }

        if (store.Verification is { Failure: { } failure })
        {
            yield return Of("JournalNotVerified", null, null, failure);
        }

        foreach (var cursor in store.Cursors.Where(cursor => cursor.Problem is not null).DistinctBy(cursor => cursor.Name))
        {
            yield return Of("ConsumerHeld", cursor.Name, null, cursor.Problem!);
        }
    }
}
