namespace FileMonitor.Cli;

/// <summary>How a watch tells its events.</summary>
internal sealed class WatchOutput
{
    /// <summary>The lines that are printed; null for none.</summary>
    public required WatchFormat? Format { get; init; }

    /// <summary>Whether paths are printed instead.</summary>
    public bool Paths { get; init; }

    /// <summary>Whether files are to be told when they are complete (<c>--report-when closed</c>): one that is told although it is open is marked, or left out where it cannot be.</summary>
    public bool CompleteFiles { get; init; }

    /// <summary>The kinds that are told; empty for all.</summary>
    public IReadOnlyList<AuditEventKind> Kinds { get; init; } = [];

    /// <summary>Whether the first event is the last.</summary>
    public bool Once { get; init; }

    /// <summary>What is run for each event; null for nothing.</summary>
    public ExecCommand? Exec { get; init; }

    /// <summary>Puts the outputs of one run together.</summary>
    public (EventSelection Selection, TextOutput? Text, ExecOutput? Exec) Create(StandardStreams streams, Func<MonitorHealth> health, bool manyRoots)
    {
        // What the command prints would be drawn over.
        var text = Format == WatchFormat.Text ? new TextOutput(streams, health, manyRoots, hasStatus: Exec is null, marksOpen: CompleteFiles) : null;
        var paths = Paths ? new PathsOutput(streams.Output, streams.OutputTerminal, streams.Complain, CompleteFiles) : null;
        IEventOutput? printed = paths is not null ? paths
            : Format is { } format and not WatchFormat.Text ? JsonLinesOutput.Of(format, streams.Output)
            : text;
        var exec = Exec is null ? null : new ExecOutput(Exec, printed, streams);

        // A command is run for each event; of the paths, only one that is printed is the first.
        return (new EventSelection(exec ?? printed!, Kinds, Once, exec is null && paths is not null ? paths.Prints : null), text, exec);
    }
}
