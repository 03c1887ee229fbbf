namespace FileMonitor.Cli;

/// <summary>One line per event for a person and, on a terminal, a status line below.</summary>
internal sealed class TextOutput : IEventOutput
{
    private static readonly TimeSpan StatusPeriod = TimeSpan.FromMilliseconds(250);

    private readonly StandardStreams _streams;
    private readonly TextWriter _text;
    private readonly EventLine _line;
    private readonly StatusLine _status;
    private readonly RateWindow _rates;
    private readonly Func<MonitorHealth> _health;
    private long _statusAt;

    public TextOutput(StandardStreams streams, Func<MonitorHealth> health, bool manyRoots, bool hasStatus = true, bool marksOpen = false)
    {
        _streams = streams;
        _health = health;
        _text = streams.CreateText();
        var writer = streams.OutputTerminal.CreateWriter(_text);
        var isTerminal = streams.OutputTerminal.IsTerminal;

        // A log is read days later, a terminal now.
        _line = new EventLine(writer, streams.Time, isTerminal ? "HH:mm:ss.fff" : "yyyy-MM-dd HH:mm:ss.fff", manyRoots, marksOpen: marksOpen);
        _status = new StatusLine(writer, streams.OutputTerminal);
        _rates = new RateWindow(streams.Time);
        RefreshPeriod = isTerminal && hasStatus ? StatusPeriod : null;
    }

    public TimeSpan? RefreshPeriod { get; }

    public void Write(AuditEvent auditEvent)
    {
        _status.Hide();
        _line.Write(auditEvent);
    }

    public void Flush()
    {
        if (RefreshPeriod is { } period && (_statusAt == 0 || _streams.Time.GetElapsedTime(_statusAt) >= period))
        {
            _statusAt = _streams.Time.GetTimestamp();
            var health = _health();

            // Until then the terminal shows StartProgress, on standard error.
            if (health.State != MonitorState.Starting || !_streams.ErrorTerminal.IsTerminal)
            {
                _status.Show(_rates.Describe(health));
            }
        }

        _status.ShowAgain();
        _text.Flush();
    }

    /// <summary>Called after the last event: later output appears below it.</summary>
    public void End()
    {
        _status.Hide();
        _text.Flush();
    }
}
