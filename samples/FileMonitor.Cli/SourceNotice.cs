namespace FileMonitor.Cli;

/// <summary>
/// Reports on standard error that a root has another source than the requested one, and why: at the start, and when a lost root is watched
/// again. Passes all events to the next output.
/// </summary>
internal sealed class SourceNotice(IEventOutput output, ChangeSourceKind asked, Func<IReadOnlyList<RootHealth>> roots, StandardStreams streams) : IEventOutput
{
    // The notices already written, so that each is written once: both the start and the event loop may write one. Under its own lock.
    private readonly HashSet<string> _said = [];

    public TimeSpan? RefreshPeriod => output.RefreshPeriod;

    public void Write(AuditEvent auditEvent)
    {
        output.Write(auditEvent);
        if (auditEvent.Kind == AuditEventKind.RootRestored)
        {
            Tell();
        }
    }

    public void Flush() => output.Flush();

    public void Tell()
    {
        if (asked == ChangeSourceKind.Auto)
        {
            return;
        }

        foreach (var root in roots())
        {
            if (root.SourceReason is not { } reason || root.Source == asked.ToString())
            {
                continue;
            }

            var sentence = $"{QuotedText.Quote(root.Path)} is watched with {root.Source.ToLowerInvariant()} and not with {Values.NameOf(asked)}: {reason}";
            lock (_said)
            {
                if (_said.Add(sentence))
                {
                    streams.Complain(sentence);
                }
            }
        }
    }
}
