namespace FileMonitor.Agent;

/// <summary>The name of a monitor as the name of the directory that holds its state. The same letters as for the name of a subscription.</summary>
internal static class StateName
{
    public const int MostLetters = 64;

    public static bool IsValid(string monitor) =>
        monitor.Length is > 0 and <= MostLetters
        && monitor is not ("." or "..")
        && monitor.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.');
}
