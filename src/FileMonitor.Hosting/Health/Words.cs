using System.Globalization;

namespace FileMonitor.Hosting.Health;

/// <summary>Formats numbers and times for people.</summary>
internal static class Words
{
    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    public static string Count(long number, string one, string many) => Invariant($"{number:N0} {(number == 1 ? one : many)}");

    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => "a moment",
        { TotalMinutes: < 1 } => Count((long)time.TotalSeconds, "second", "seconds"),
        { TotalHours: < 1 } => Count((long)time.TotalMinutes, "minute", "minutes"),
        { TotalDays: < 1 } => Count((long)time.TotalHours, "hour", "hours"),
        _ => Count((long)time.TotalDays, "day", "days"),
    };

    /// <summary>Ends a foreign text like a sentence; the text may be missing.</summary>
    public static string Sentence(string? text) => text?.TrimEnd() switch
    {
        null or "" => "no reason was given.",
        [.., '.' or '!' or '?'] sentence => sentence,
        var words => words + ".",
    };
}
