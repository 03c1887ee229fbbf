using FileMonitor.Agent.History;
using FileMonitor.Agent.Status;

namespace FileMonitor.Agent.Events;

/// <summary>What is counted and kept of every event that the agent is told, beside the buffer. Thread-safe, as each of them is.</summary>
internal sealed record EventTallies(EventSeries Series, OfflineTally Offline, HistoryLedger History)
{
    public void Add(AuditEvent auditEvent)
    {
        Offline.Add(auditEvent);
        History.Add(auditEvent);
        Series.Add(auditEvent.EmittedAt, auditEvent.Hints > 0 ? auditEvent.EmittedAt - auditEvent.SettledAt : null);
    }
}
