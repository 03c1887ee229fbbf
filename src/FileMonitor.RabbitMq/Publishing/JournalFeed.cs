using FileMonitor.Durable;
using Microsoft.Extensions.Logging;

namespace FileMonitor.RabbitMq.Publishing;

/// <summary>The next entry of the journal, asked for once and waited for together with other things. Owned by the run.</summary>
internal sealed class JournalFeed : IAsyncDisposable
{
    private readonly CancellationTokenSource _end;
    private readonly IAsyncEnumerator<JournalEntry> _entries;
    private readonly string _origin;
    private readonly ILogger _logger;
    private Task<bool>? _next;
    private long? _expected;

    public JournalFeed(JournalSubscription journal, ILogger logger, CancellationToken cancellationToken)
    {
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _entries = journal.GetAsyncEnumerator(_end.Token);
        (_origin, _logger) = (journal.Origin, logger);
    }

    /// <summary>Whether nothing more comes.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether the journal could not be read: that is not the broker's fault.</summary>
    public bool HasFailed => _next is { IsFaulted: true };

    /// <summary>Completes when there is an entry, or the end. Nothing is read from the disk before somebody asks.</summary>
    public Task Arrival => _next ??= _entries.MoveNextAsync().AsTask();

    /// <summary>Takes the entry that has arrived.</summary>
    /// <exception cref="IOException">The journal cannot be read.</exception>
    public async ValueTask<Outgoing?> TakeAsync()
    {
        await Arrival.ConfigureAwait(false);
        IsEnded = !await _next!.ConfigureAwait(false);
        _next = null;
        if (IsEnded)
        {
            return null;
        }

        var entry = _entries.Current;
        if (entry.Record is { } record)
        {
            if (_expected is { } expected && record.Index > expected)
            {
                _logger.RecordsMissing(_origin, expected, record.Index - 1);
            }

            _expected = record.Index + 1;
        }

        return Outgoing.Of(entry, _origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await (_next ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _entries.DisposeAsync().ConfigureAwait(false);
        _end.Dispose();
    }
}
