namespace FileMonitor.Agent.History;

/// <summary>The answer of <c>/api/history</c>: for each monitor what it did, from one time to another.</summary>
internal sealed record HistoryDocument(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<MonitorHistory> Monitors);

/// <param name="Name">The monitor.</param>
/// <param name="IsRead">Whether the journal has been read as far back as it is read at all; otherwise ask again.</param>
/// <param name="Problem">Why the journal cannot be read any further; null when nothing is wrong.</param>
/// <param name="Segments">What it did, without holes, the oldest first.</param>
internal sealed record MonitorHistory(string Name, bool IsRead, string? Problem, IReadOnlyList<HistorySegment> Segments);

/// <param name="From">Since when.</param>
/// <param name="To">Until when; for the last one, now.</param>
/// <param name="State">What it did.</param>
/// <param name="Detail">More about it, in a sentence; null where the state says it all.</param>
internal sealed record HistorySegment(DateTimeOffset From, DateTimeOffset To, string State, string? Detail);

/// <summary>The answer of <c>/api/incidents</c>: what went wrong, the open ones first, then the latest.</summary>
/// <param name="From">What ended before this is left out.</param>
/// <param name="IsRead">Whether all journals have been read as far back as they are read at all; otherwise ask again.</param>
/// <param name="IsAtLeast">Whether there are more than are listed.</param>
/// <param name="Incidents">What went wrong.</param>
internal sealed record IncidentsDocument(DateTimeOffset From, bool IsRead, bool IsAtLeast, IReadOnlyList<Incident> Incidents);

/// <summary>Something that went wrong, and stays listed.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Monitor">The monitor.</param>
/// <param name="Subject">Which gap, sink or consumer; null where there is one only.</param>
/// <param name="Root">The root; null when it is about none.</param>
/// <param name="RelativePath">The place below it; empty for all of it, null when it is about none.</param>
/// <param name="Cause">For a gap, its cause.</param>
/// <param name="Since">Since when. Of what was seen by looking now and then, when it was seen first, if nothing better is known.</param>
/// <param name="Until">Until when; null while it lasts, or when the end is not known.</param>
/// <param name="End">How it ended: <c>Closed</c>, <c>RunEnded</c> (nobody closes it any more), <c>Open</c>, or <c>Moment</c> for what has no end.</param>
/// <param name="Detail">What is known of it, in a sentence.</param>
/// <param name="Sequence">The event that told of it first; null when none did.</param>
/// <param name="EventId">The id of this event.</param>
/// <param name="IsKept">Whether it is known after a restart, too: it is in the journal.</param>
internal sealed record Incident(
    string Kind,
    string Monitor,
    string? Subject,
    string? Root,
    string? RelativePath,
    string? Cause,
    DateTimeOffset Since,
    DateTimeOffset? Until,
    string End,
    string Detail,
    long? Sequence,
    Guid? EventId,
    bool IsKept);
