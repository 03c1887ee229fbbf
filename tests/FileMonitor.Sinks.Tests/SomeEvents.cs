using FileMonitor.Testing;

namespace FileMonitor.Sinks.Tests;

internal static class SomeEvents
{
    public static IReadOnlyList<AuditEvent> Make(int count) =>
        [.. Enumerable.Range(1, count).Select(number => FakeAuditEvent.Created($"café/\n{number} \"quoted\"", one => one.SetContent($"content {number}")))];
}
