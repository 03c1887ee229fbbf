using System.Globalization;

namespace FileMonitor.Values;

/// <summary>
/// Reads a duration as people write it: <c>250ms</c>, <c>1.5s</c>, <c>5min</c>, <c>2h</c>, <c>7d</c>, or <c>00:00:00.250</c> and <c>1.12:00:00</c>. A number without
/// a unit is none, because .NET would take it for days; 0 is, because it is the same in every unit. The agent compiles this file, too.
/// </summary>
internal static class DurationText
{
    /// <summary>How a duration is written, for the sentence that refuses one.</summary>
    public const string Form = "write it with its unit (ms, s, min, h or d), such as 250ms, or as 00:00:00.250";

    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond),
        ("min", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("h", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay),
    ];

    public static bool TryRead(string text, out TimeSpan duration)
    {
        text = text.Trim();
        if (text.Contains(':', StringComparison.Ordinal))
        {
            // Not TimeSpan.TryParse, which takes 24:00:00 for 24 days.
            return TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out duration);
        }

        duration = TimeSpan.Zero;
        if (text == "0")
        {
            return true;
        }

        var unit = Array.Find(Units, unit => text.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase));
        if (unit.Unit is null
            || !decimal.TryParse(text.AsSpan(0, text.Length - unit.Unit.Length).TrimEnd(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || Math.Abs(number) > long.MaxValue / unit.Ticks)
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)(number * unit.Ticks));
        return true;
    }
}
