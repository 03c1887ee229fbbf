using System.Globalization;

namespace FileMonitor.Values;

/// <summary>A number with what it counts, and the verb: <c>1 change was</c>, <c>1,234 changes were</c>.</summary>
internal static class CountText
{
    public static string Of(long number, string one, string several) => string.Create(CultureInfo.InvariantCulture, $"{number:N0} {(number == 1 ? one : several)}");
}
