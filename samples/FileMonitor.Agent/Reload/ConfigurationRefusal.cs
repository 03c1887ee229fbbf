using System.Globalization;

namespace FileMonitor.Agent.Reload;

/// <summary>A configuration that a reload did not take over.</summary>
/// <param name="At">When it was refused.</param>
/// <param name="Mistakes">How many there are; the log has each.</param>
internal sealed record ConfigurationRefusal(DateTimeOffset At, int Mistakes)
{
    /// <summary>In words for the engineer on call.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"The configuration on disk was refused at {At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, and the one before is in use: it has {Mistakes} mistake{(Mistakes == 1 ? "" : "s")}, which the log names (events 911 and 912). Put it right, and reload again; the next start would refuse it, too.");
}
