using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Durable.State;

/// <summary>Runs one consumer of the journal while the monitor runs, and again when it fails. Its task never faults.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Token sources without a timer hold nothing, and the host may use the tokens after the run.")]
internal sealed class ConsumerRun
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    // Enough for a consumer that is told to end, not for one that hangs.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly IJournalConsumer _consumer;
    private readonly string _monitor;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HostCallToken _stopping;
    private readonly HostCallToken _giveUp;
    private JournalSubscription? _journal;
    private Task _running = Task.CompletedTask;

    public ConsumerRun(IJournalConsumer consumer, string monitor, TimeProvider time, ILogger logger)
    {
        (_consumer, _monitor, _time, _logger) = (consumer, monitor, time, logger);
        (_stopping, _giveUp) = (new HostCallToken(Note), new HostCallToken(Note));
    }

    public CursorHealth? Health => _journal is not { } journal
        ? null
        : new CursorHealth { Name = journal.Cursor.Name, Acknowledged = journal.Cursor.Record, Lag = journal.Lag, Problem = journal.Problem };

    public void Start(RecordCursor cursor, string origin, string publicKeyPem)
    {
        _journal = new JournalSubscription(cursor, _monitor, origin, publicKeyPem, _stopping.Token);
        _running = Task.Run(() => RunAsync(_journal));
    }

    /// <summary>There is more to read.</summary>
    public void Wake() => _journal?.Cursor.Wake();

    /// <summary>The journal is finished: gives the consumer some time for the rest, and then ends it.</summary>
    public async Task DrainAsync(TimeSpan patience)
    {
        if (_journal is { } journal)
        {
            _stopping.Signal();
            journal.Cursor.Finish();
            await _running.WaitAsync(patience, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends the consumer at once. Any thread.</summary>
    public void GiveUp()
    {
        _stopping.Signal();
        _giveUp.Signal();
        _journal?.Cursor.Abandon();
    }

    public async Task EndAsync()
    {
        if (_journal is null || _running.IsCompleted)
        {
            return;
        }

        GiveUp();
        await _running.WaitAsync(Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_running.IsCompleted)
        {
            _logger.ConsumerAbandoned(_consumer.Name, _monitor, _journal.Cursor.Record);
        }
    }

    private async Task RunAsync(JournalSubscription journal)
    {
        var (pause, begin) = (FirstPause, journal.Cursor.Record);
        while (await CallAsync(journal).ConfigureAwait(false) is { } failed && !_stopping.Token.IsCancellationRequested)
        {
            pause = journal.Cursor.Record == begin ? pause : FirstPause;
            begin = journal.Cursor.Record;
            _logger.ConsumerFailed(failed, _consumer.Name, _monitor, pause);
            journal.ReportProblem(failed.Message);
            await Task.Delay(pause, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            journal.ReportProblem(null);
        }
    }

    /// <returns>Why it has to be called again; null when it has ended as it should.</returns>
    private async Task<Exception?> CallAsync(JournalSubscription journal)
    {
        try
        {
            // A host may return null in spite of the nullable annotations.
            await ((Task?)_consumer.RunAsync(journal, _giveUp.Token) ?? throw new InvalidOperationException("The consumer returned null instead of a task.")).ConfigureAwait(false);
            return journal.Cursor.IsEnded ? null : new InvalidOperationException("The consumer returned before the journal had ended.");
        }
        catch (Exception failed)
        {
            return failed;
        }
    }

    private void Note(Exception failed) => _logger.UpkeepFailed(failed, _monitor);
}
