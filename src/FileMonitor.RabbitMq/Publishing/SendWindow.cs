using System.Diagnostics.CodeAnalysis;

namespace FileMonitor.RabbitMq.Publishing;

/// <summary>
/// The messages that were read from the journal and are not settled, in order. A message leaves only when it and all before it are confirmed; so the position in the journal never
/// gets ahead of the broker. Owned by the run.
/// </summary>
/// <param name="capacity">How many it holds.</param>
internal sealed class SendWindow(int capacity)
{
    private readonly LinkedList<Outgoing> _messages = new();
    private readonly Dictionary<ulong, Outgoing> _sent = [];
    private ulong _lowestTag = 1;

    // Those before it are sent or confirmed.
    private LinkedListNode<Outgoing>? _unsent;

    public bool IsEmpty => _messages.Count == 0;

    public bool HasRoom => _messages.Count < capacity;

    /// <summary>How many were sent and are not answered.</summary>
    public int InFlight => _sent.Count;

    public void Add(Outgoing message)
    {
        var node = _messages.AddLast(message);
        _unsent ??= node;
    }

    /// <summary>The next one to send; null when there is none, or when it has to wait for those before it.</summary>
    public Outgoing? NextToSend()
    {
        while (_unsent is { Value: { IsSent: true } or { IsConfirmed: true } })
        {
            _unsent = _unsent.Next;
        }

        // Those before a checkpoint leave the window when they are confirmed.
        return _unsent is { Value.IsCheckpoint: true } && _unsent != _messages.First ? null : _unsent?.Value;
    }

    public void Sent(Outgoing message, ulong tag, long now)
    {
        (message.IsSent, message.IsReturned, message.SentAt) = (true, false, now);
        _sent.Add(tag, message);
    }

    /// <summary>When the oldest message was sent that is not answered; null when all are.</summary>
    public long? OldestSentAt => Oldest()?.SentAt;

    /// <summary>Notes that a message was given back: its confirmation follows and means nothing.</summary>
    public void Returned(string messageId)
    {
        foreach (var message in _sent.Values)
        {
            if (message.MessageId == messageId)
            {
                message.IsReturned = true;
            }
        }
    }

    /// <summary>The broker answered one message, or all up to one.</summary>
    /// <returns>Those that the broker has, and those that have to be sent again.</returns>
    public (int Confirmed, int Refused) Answered(ulong tag, bool isMultiple, bool isAck)
    {
        var counts = (Confirmed: 0, Refused: 0);
        for (var one = isMultiple ? _lowestTag : tag; one <= tag; one++)
        {
            if (!_sent.Remove(one, out var message))
            {
                continue;
            }

            message.IsSent = false;
            message.IsConfirmed = isAck && !message.IsReturned;
            counts = message.IsConfirmed ? (counts.Confirmed + 1, counts.Refused) : (counts.Confirmed, counts.Refused + 1);
        }

        _unsent = counts.Refused > 0 ? _messages.First : _unsent;
        return counts;
    }

    /// <summary>The connection is gone: what is not confirmed is sent again, in order.</summary>
    public void ConnectionLost()
    {
        foreach (var message in _sent.Values)
        {
            message.IsSent = false;
        }

        _sent.Clear();
        (_lowestTag, _unsent) = (1, _messages.First);
    }

    /// <summary>Removes what is settled, and says up to which record that is.</summary>
    public bool TryTakeSettled([NotNullWhen(true)] out long? record)
    {
        record = null;
        while (_messages.First is { Value.IsConfirmed: true } first)
        {
            record = first.Value.Record ?? record;
            _unsent = _unsent == first ? first.Next : _unsent;
            _messages.RemoveFirst();
        }

        return record is not null;
    }

    private Outgoing? Oldest()
    {
        if (_sent.Count == 0)
        {
            return null;
        }

        // Tags are given one after the other.
        while (!_sent.ContainsKey(_lowestTag))
        {
            _lowestTag++;
        }

        return _sent[_lowestTag];
    }
}
