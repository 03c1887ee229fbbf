using System.Diagnostics;

namespace FileMonitor.Diagnostics;

/// <summary>
/// The spans of the source <c>FileMonitor</c>; docs/observability.md describes each. None is created while nobody listens, none contains a path,
/// and none is created for every event: those are in the stream.
/// </summary>
internal static class MonitorActivities
{
    public const string SourceName = "FileMonitor";

    private static readonly TimeSpan SlowHash = TimeSpan.FromSeconds(1);
    private static readonly ActivitySource Source = new(SourceName);

    public static bool HasListeners => Source.HasListeners();

    /// <summary>Starts a span; null when nobody listens. The caller ends it.</summary>
    public static Activity? Start(string operation, string monitor)
    {
        try
        {
            return Source.StartActivity(operation)?.SetTag("filemonitor.name", monitor);
        }
        catch (Exception)
        {
            // A listener of the host may throw; the operation goes on.
            return null;
        }
    }

    /// <summary>Ends a span; with a reason when the operation failed.</summary>
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

    /// <summary>Records the hashing of a file: always when it was slow or gave no checksum, otherwise when it is a sample.</summary>
    public static void Hashed(string monitor, ChecksumStatus outcome, long bytes, int attempts, bool isSample, DateTimeOffset end, TimeSpan took)
    {
        if (HasListeners && (isSample || took >= SlowHash || outcome != ChecksumStatus.Computed))
        {
            Record(
                "filemonitor.hash",
                monitor,
                end,
                took,
                new("filemonitor.hash.outcome", MeterInstruments.NameOf(outcome)),
                new("filemonitor.hash.bytes", bytes),
                new("filemonitor.hash.attempts", attempts));
        }
    }

    /// <summary>Records a finished comparison.</summary>
    public static void Reconciled(string monitor, ReconcileReason reason, long entries, long discrepancies, DateTimeOffset end, TimeSpan took)
    {
        if (HasListeners)
        {
            Record(
                "filemonitor.reconcile",
                monitor,
                end,
                took,
                new("filemonitor.reconcile.reason", MeterInstruments.NameOf(reason)),
                new("filemonitor.reconcile.entries", entries),
                new("filemonitor.reconcile.discrepancies", discrepancies));
        }
    }

    /// <summary>Records a span of an operation that is over.</summary>
    private static void Record(string operation, string monitor, DateTimeOffset end, TimeSpan took, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            // A root span, whatever activity is current on this thread.
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
