using System.Diagnostics;

namespace FileMonitor.Diagnostics;

/// <summary>
/// The spans on the source <c>FileMonitor</c>; docs/observability.md describes each. None is made while nobody listens, none names a path, and none
/// is made for every event: whoever wants those reads the stream.
/// </summary>
internal static class MonitorActivities
{
    public const string SourceName = "FileMonitor";

    private static readonly TimeSpan SlowHash = TimeSpan.FromSeconds(1);
    private static readonly ActivitySource Source = new(SourceName);

    public static bool HasListeners => Source.HasListeners();

    /// <summary>Begins a span; null when nobody listens. The caller ends it.</summary>
    public static Activity? Start(string operation, string monitor)
    {
        try
        {
            return Source.StartActivity(operation)?.SetTag("filemonitor.name", monitor);
        }
        catch (Exception)
        {
            // Host code listens. Whatever it throws, the operation goes on.
            return null;
        }
    }

    /// <summary>The operation ended; with words when it did not succeed.</summary>
    public static void End(Activity? activity, string? failure)
    {
        try
        {
            activity?.SetStatus(failure is null ? ActivityStatusCode.Unset : ActivityStatusCode.Error, failure);
            activity?.Dispose();
        }
        catch (Exception)
        {
            // Host code, as above.
        }
    }

    /// <summary>A file was read: always told when it was slow or ended without a checksum, otherwise when it is a sample.</summary>
    public static void Hashed(string monitor, ChecksumStatus outcome, long bytes, int attempts, bool isSample, DateTimeOffset end, TimeSpan took)
    {
        if (HasListeners && (isSample || took >= SlowHash || outcome != ChecksumStatus.Computed))
        {
            Tell(
                "filemonitor.hash",
                monitor,
                end,
                took,
                new("filemonitor.hash.outcome", MeterInstruments.NameOf(outcome)),
                new("filemonitor.hash.bytes", bytes),
                new("filemonitor.hash.attempts", attempts));
        }
    }

    /// <summary>A comparison with the disk is through.</summary>
    public static void Reconciled(string monitor, ReconcileReason reason, long entries, long discrepancies, DateTimeOffset end, TimeSpan took)
    {
        if (HasListeners)
        {
            Tell(
                "filemonitor.reconcile",
                monitor,
                end,
                took,
                new("filemonitor.reconcile.reason", MeterInstruments.NameOf(reason)),
                new("filemonitor.reconcile.entries", entries),
                new("filemonitor.reconcile.discrepancies", discrepancies));
        }
    }

    /// <summary>A span of something that is over.</summary>
    private static void Tell(string operation, string monitor, DateTimeOffset end, TimeSpan took, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            // A span of its own, whatever happens to be going on where it is told.
            using var activity = Source.StartActivity(
                operation, ActivityKind.Internal, parentContext: default, [new("filemonitor.name", monitor), .. tags], links: null, end - took);
            activity?.SetEndTime(end.UtcDateTime);
        }
        catch (Exception)
        {
            // Host code, as above.
        }
    }
}
