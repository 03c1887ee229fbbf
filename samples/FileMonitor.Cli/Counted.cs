using System.Globalization;

namespace FileMonitor.Cli;

/// <summary>A number and what is counted: <c>1 item</c>, <c>1,234 items</c>.</summary>
internal static class Counted
{
    /// <param name="number">How many.</param>
    /// <param name="one">What one of them is called.</param>
    /// <param name="several">What several are called, where that is not the same with an s.</param>
    public static string Of(long number, string one, string? several = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{number:n0} {(number == 1 ? one : several ?? one + "s")}");
}
