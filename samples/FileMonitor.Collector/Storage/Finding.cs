namespace FileMonitor.Collector.Storage;

/// <summary>The kinds of incidents. docs/fleet.md says what to do about each.</summary>
internal static class IncidentKind
{
    public const string Hole = "Hole";
    public const string SilentHost = "SilentHost";
    public const string RootMismatch = "RootMismatch";
    public const string CheckpointBackwards = "CheckpointBackwards";
    public const string RecordConflict = "RecordConflict";
    public const string UnknownKey = "UnknownKey";
    public const string JournalReplaced = "JournalReplaced";

    public static IReadOnlyList<string> All { get; } = [Hole, SilentHost, RootMismatch, CheckpointBackwards, RecordConflict, UnknownKey, JournalReplaced];
}

/// <summary>An incident that begins.</summary>
/// <param name="Kind">One of <see cref="IncidentKind"/>.</param>
/// <param name="Subject">Tells those of one kind and journal from each other.</param>
/// <param name="Detail">A sentence.</param>
internal sealed record Finding(string Kind, long Subject, string Detail);
