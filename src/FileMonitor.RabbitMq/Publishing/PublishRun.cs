using FileMonitor.Durable;
using Microsoft.Extensions.Logging;

namespace FileMonitor.RabbitMq.Publishing;

/// <summary>
/// Publishes until the journal ends: connects, sends, takes the answers, and does it again when something fails. One task owns all of it; what others tell comes through the signals of the
/// link. Nothing is dropped: a message leaves the window only when the broker has it.
/// </summary>
internal sealed class PublishRun
{
    private readonly JournalSubscription _journal;
    private readonly JournalFeed _feed;
    private readonly RabbitMqOptions _options;
    private readonly TimeProvider _time;
    private readonly BrokerConnector _connector;
    private readonly Backoff _backoff;
    private readonly TroubleReport _trouble;
    private readonly SendWindow _window;
    private Task<bool>? _told;
    private Outgoing _key;
    private bool _isBlocked;

    // After a refusal one message is sent at a time, until one is confirmed.
    private bool _isCareful;
    private long? _resumesAt;

    // Since when the broker refuses everything on this connection.
    private long? _refusedSince;

    public PublishRun(JournalSubscription journal, JournalFeed feed, RabbitMqOptions options, TimeProvider time, ILogger logger)
    {
        (_journal, _feed, _options, _time) = (journal, feed, options, time);
        _connector = new BrokerConnector(options, journal.Monitor, time);
        _backoff = new Backoff(options.RetryDelay, options.MaxRetryDelay, Random.Shared.NextDouble);
        _trouble = new TroubleReport(journal, options, time, logger);
        _window = new SendWindow(options.MaxInFlight);
        _key = Outgoing.OfKey(journal.Origin, journal.PublicKeyPem);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!await TryPublishAsync(cancellationToken).ConfigureAwait(false))
        {
            // A stop does not wait for a broker that is away: what was not confirmed comes with the next start.
            if (_journal.Stopping.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(_backoff.Next(), _time, _journal.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <returns>False when the broker could not be reached, or was lost.</returns>
    private async Task<bool> TryPublishAsync(CancellationToken cancellationToken)
    {
        try
        {
            var link = await _connector.ConnectAsync(cancellationToken).ConfigureAwait(false);
            await using (link.ConfigureAwait(false))
            {
                _trouble.Connected(link.Endpoint);
                return await PublishAsync(link, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested && !_feed.HasFailed)
        {
            _trouble.Trouble((failed as BrokerException)?.Trouble ?? BrokerTrouble.Unavailable, BrokerConnector.Describe(failed));
            _connector.Leave();
            return false;
        }
        finally
        {
            _window.ConnectionLost();
        }
    }

    /// <returns>Whether the journal has ended, or the stop does not wait for what is left.</returns>
    private async Task<bool> PublishAsync(BrokerLink link, CancellationToken cancellationToken)
    {
        // Before anything else on this connection: whoever reads the rest needs it.
        _key = Outgoing.OfKey(_journal.Origin, _journal.PublicKeyPem);
        (_isBlocked, _isCareful, _resumesAt, _refusedSince, _told) = (false, false, null, null, null);
        using var stops = _journal.Stopping.UnsafeRegister(static link => ((BrokerLink)link!).Wake(), link);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TakeSignals(link);
            if (_window.TryTakeSettled(out var record))
            {
                _journal.Acknowledge(record.Value);
            }

            if (await TrySendAsync(link, cancellationToken).ConfigureAwait(false) || await TryTakeEntryAsync().ConfigureAwait(false))
            {
                continue;
            }

            if ((_feed.IsEnded && _window.IsEmpty) || (_journal.Stopping.IsCancellationRequested && _trouble.HasTrouble))
            {
                return true;
            }

            await WaitAsync(link, cancellationToken).ConfigureAwait(false);
        }
    }

    private void TakeSignals(BrokerLink link)
    {
        while (link.Signals.TryRead(out var signal))
        {
            switch (signal.Kind)
            {
                case BrokerSignalKind.Acked or BrokerSignalKind.Nacked:
                    TakeAnswer(_window.Answered(signal.Tag, signal.IsMultiple, isAck: signal.Kind == BrokerSignalKind.Acked), signal.Kind);
                    break;
                case BrokerSignalKind.Returned:
                    _window.Returned(signal.Text);
                    Pause(BrokerTrouble.Returned, $"{signal.Reason}: exchange '{_options.Exchange}', queue '{_options.QueueName(HostQueue.NumberOf(_options.Host, _options.Queues))}'.");
                    break;
                case BrokerSignalKind.Blocked:
                    _isBlocked = true;
                    _trouble.Trouble(BrokerTrouble.Blocked, $"It says: {signal.Text}.");
                    break;
                case BrokerSignalKind.Unblocked:
                    _isBlocked = false;
                    _trouble.Resumed();
                    break;
                case BrokerSignalKind.Closed:
                    throw new BrokerException($"{link.Endpoint}: {signal.Text}.");
            }
        }
    }

    private void TakeAnswer((int Confirmed, int Refused) answer, BrokerSignalKind kind)
    {
        if (answer.Refused > 0 && kind == BrokerSignalKind.Nacked)
        {
            Pause(BrokerTrouble.Refused, "A queue is full, or has no majority of its nodes.");
        }

        _refusedSince = answer.Confirmed > 0 ? null : _refusedSince;

        // What was in flight at a refusal says nothing about what comes now.
        if (answer.Confirmed > 0 && _resumesAt is null)
        {
            _isCareful = false;
            _backoff.Reset();
            _trouble.Resumed();
        }
    }

    private void Pause(BrokerTrouble trouble, string reason)
    {
        var now = _time.GetTimestamp();
        _refusedSince ??= now;
        if (_time.GetElapsedTime(_refusedSince.Value, now) >= _options.ConfirmTimeout)
        {
            // A channel that met a queue without a leader may refuse for as long as it lives, while another one would not.
            throw new BrokerException(reason, trouble);
        }

        _isCareful = true;
        _resumesAt ??= _time.GetTimestamp() + Stamps(_backoff.Next());
        _trouble.Trouble(trouble, reason);
    }

    private async ValueTask<bool> TrySendAsync(BrokerLink link, CancellationToken cancellationToken)
    {
        var now = _time.GetTimestamp();
        if (_isBlocked || _resumesAt > now || (_isCareful && _window.InFlight > 0))
        {
            return false;
        }

        if ((_key.IsConfirmed ? _window.NextToSend() : _key.IsSent ? null : _key) is not { } message)
        {
            return false;
        }

        _resumesAt = null;
        var tag = await link.SendAsync(message, message.Properties(_options.Host, _journal.Origin), _options.ConfirmTimeout, cancellationToken).ConfigureAwait(false);
        _window.Sent(message, tag, now);
        return true;
    }

    private async ValueTask<bool> TryTakeEntryAsync()
    {
        if (_feed.IsEnded || !_window.HasRoom || !_feed.Arrival.IsCompleted)
        {
            return false;
        }

        if (await _feed.TakeAsync().ConfigureAwait(false) is { } message)
        {
            _window.Add(message);
        }

        return true;
    }

    /// <summary>Waits until the broker tells something, there is an entry for which there is room, or it is time to send again or to give the connection up.</summary>
    private async Task WaitAsync(BrokerLink link, CancellationToken cancellationToken)
    {
        var now = _time.GetTimestamp();
        var due = _resumesAt;
        if (_window.OldestSentAt is { } sent && !_isBlocked)
        {
            var dead = sent + Stamps(_options.ConfirmTimeout);
            if (dead <= now)
            {
                throw new BrokerException($"{link.Endpoint} has confirmed nothing for {_options.ConfirmTimeout} (ConfirmTimeout).", BrokerTrouble.TimedOut);
            }

            due = due is { } earlier ? Math.Min(earlier, dead) : dead;
        }

        if (due is { } at)
        {
            link.WakeAfter(at <= now ? TimeSpan.Zero : _time.GetElapsedTime(now, at) + TimeSpan.FromMilliseconds(1));
        }

        if (_told is null or { IsCompleted: true })
        {
            _told = link.Signals.WaitToReadAsync(cancellationToken).AsTask();
        }

        if (!_feed.IsEnded && _window.HasRoom)
        {
            await Task.WhenAny(_told, _feed.Arrival).ConfigureAwait(false);
        }
        else
        {
            await _told.ConfigureAwait(false);
        }
    }

    private long Stamps(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);
}
