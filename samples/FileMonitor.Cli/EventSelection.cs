namespace FileMonitor.Cli;

/// <summary>Passes on the events that were asked for, with <c>--once</c> only the first of them. Owned like the output behind it.</summary>
/// <param name="output">Receives what is selected.</param>
/// <param name="kinds">The kinds that are passed on; empty for all.</param>
/// <param name="once">Whether nothing is passed on after the first.</param>
/// <param name="isFirst">With <paramref name="once"/>: whether an event that is passed on is one that ends it; null where each does.</param>
internal sealed class EventSelection(IEventOutput output, IReadOnlyList<AuditEventKind> kinds, bool once, Func<AuditEvent, bool>? isFirst = null) : IEventOutput
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with <c>--once</c> when the first event was passed on; never without.</summary>
    public Task Ended => _first.Task;

    public TimeSpan? RefreshPeriod => output.RefreshPeriod;

    public void Write(AuditEvent auditEvent)
    {
        if (_first.Task.IsCompleted || (kinds.Count > 0 && !kinds.Contains(auditEvent.Kind)))
        {
            return;
        }

        output.Write(auditEvent);
        if (once && isFirst?.Invoke(auditEvent) != false)
        {
            output.Flush();
            _first.TrySetResult();
        }
    }

    public void Flush() => output.Flush();
}
