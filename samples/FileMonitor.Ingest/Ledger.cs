using FileMonitor.JsonLines;

namespace FileMonitor.Ingest;

/// <summary>Enters each upload, named by the id of its event, which is the same when the event comes again after a crash.</summary>
/// <param name="results">Where it goes.</param>
internal sealed class Ledger(ResultDirectories results) : IAuditEventHandler
{
    public Task HandleAsync(AuditEvent auditEvent, CancellationToken cancellationToken) =>
        results.PutAsync("ledger", $"{auditEvent.Id}.json", (output, token) => output.WriteAsync(System.Text.Encoding.UTF8.GetBytes(AuditEventJson.Serialize(auditEvent)), token).AsTask(), cancellationToken);
}
