namespace FileMonitor.Cli;

/// <summary>
/// Says on standard error that a root has another source than was asked for, and why: when the watch begins, and when a root that was lost is
/// watched again. Otherwise an output like the one behind it.
/// </summary>
internal sealed class SourceNotice(IEventOutput output, ChangeSourceKind asked, Func<IReadOnlyList<RootHealth>> roots, StandardStreams streams) : IEventOutput
{
    // What was said, so that it is said once: the start and the reader of events may both come to it. Under its own lock.
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

            var sentence = $"{QuotedText.Quote(root.Path)} is watched with {root.Source} and not with {asked}: {reason} --require-source refuses that.";
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
