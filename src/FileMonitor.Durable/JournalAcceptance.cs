namespace FileMonitor.Durable;

/// <summary>Somebody looked at changes and accepted them. It is a record of the journal itself, and changes nothing else: events stay as they are.</summary>
public sealed class JournalAcceptance
{
    /// <summary>The largest number of events that one record accepts.</summary>
    public const int MostEvents = 10_000;

    /// <summary>The largest number of characters of <see cref="Who"/>, <see cref="Why"/> and <see cref="Ticket"/>.</summary>
    public const int MostCharacters = 4096;

    /// <summary>An acceptance that is to be recorded (<see cref="AuditJournal.AcceptAsync"/>).</summary>
    /// <param name="who">Who accepts; not empty.</param>
    /// <param name="why">Why; not empty.</param>
    /// <param name="events">The ids of the events: 1 to <see cref="MostEvents"/>.</param>
    /// <param name="ticket">The number of the change in another system; null for none.</param>
    /// <exception cref="ArgumentException">A text is empty or too long, or there are no events or too many.</exception>
    public JournalAcceptance(string who, string why, IReadOnlyCollection<Guid> events, string? ticket = null)
    {
        Check(who, nameof(who));
        Check(why, nameof(why));
        ArgumentNullException.ThrowIfNull(events);
        if (ticket is not null)
        {
            Check(ticket, nameof(ticket));
        }

        (Who, Why, Events, Ticket) = (who, why, [.. events.Distinct()], ticket);
        if (Events.Count is 0 or > MostEvents)
        {
            throw new ArgumentException($"{Events.Count} events are not 1 to {MostEvents}.", nameof(events));
        }
    }

    internal JournalAcceptance(long record, DateTimeOffset at, string who, string why, IReadOnlyList<Guid> events, string? ticket) =>
        (Record, At, Who, Why, Events, Ticket) = (record, at, who, why, events, ticket);

    /// <summary>The index of its record; null before it is recorded.</summary>
    public long? Record { get; }

    /// <summary>When it was recorded; null before.</summary>
    public DateTimeOffset? At { get; }

    /// <summary>Who accepts.</summary>
    public string Who { get; }

    /// <summary>Why.</summary>
    public string Why { get; }

    /// <summary>The number of the change in another system; null for none.</summary>
    public string? Ticket { get; }

    /// <summary>The ids of the events that are accepted.</summary>
    public IReadOnlyList<Guid> Events { get; }

    private static void Check(string text, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text, name);
        if (text.Length > MostCharacters)
        {
            throw new ArgumentException($"{text.Length} characters are more than {MostCharacters}.", name);
        }
    }
}
