using Spectre.Console;

namespace FileMonitor.Cli;

/// <summary>
/// One event as one line: time, kind, path, size, checksum, origin, and the actor when it is known. Text goes through <see cref="AnsiWriter"/>
/// with a style, never as markup: a file may be called <c>[red]</c>. Two blanks separate the columns; no text from outside contains two blanks
/// (<see cref="QuotedText"/>). A report also shows the checksum before.
/// </summary>
internal sealed class EventLine(AnsiWriter writer, TimeProvider time, string timeFormat, bool manyRoots, bool showsBefore = false, bool marksOpen = false)
{
    private static readonly Style Faint = new(decoration: Decoration.Dim);

    public void Write(AuditEvent auditEvent)
    {
        var moment = TimeZoneInfo.ConvertTime(auditEvent.OccurredAt, time.LocalTimeZone);
        writer.Write(moment.ToString(timeFormat, System.Globalization.CultureInfo.InvariantCulture), Faint)
            .Write("  ")
            .Write(auditEvent.Kind.ToString().PadRight(12), StyleOf(auditEvent))
            .Write("  ");
        WriteWhere(auditEvent);
        WriteWhat(auditEvent);
        if (auditEvent.Origin != AuditEventOrigin.Live)
        {
            writer.Write("  ").Write(auditEvent.Origin.ToString(), Faint);
        }

        if (auditEvent.Detail is { } detail)
        {
            // A sentence of the library that may contain hostile names.
            writer.Write("  ").Write(QuotedText.Quote(CommandWords.Of(detail)));
        }

        if (AuditEventText.Actor(auditEvent) is { } actor)
        {
            writer.Write("  ").Write($"by {actor}", Faint);
        }

        // Not AnsiWriter.WriteLine, which uses the platform's line ending: a pipe gets the same bytes everywhere.
        writer.Write("\n");
        if (auditEvent.TextDiff is { } diff)
        {
            WriteDiff(diff);
        }
    }

    /// <summary>The lines of the diff, indented. What would act on a terminal is escaped; a tab is only a blank here.</summary>
    private void WriteDiff(string diff)
    {
        foreach (var line in diff.TrimEnd('\n').Split('\n'))
        {
            var style = line[0] switch
            {
                '+' => Color.Green,
                '-' => Color.Maroon,
                _ => Faint,
            };
            writer.Write("    ").Write(string.Join('\t', line.Split('\t').Select(TerminalText.Neutralise)), style).Write("\n");
        }
    }

    private void WriteWhere(AuditEvent auditEvent)
    {
        if (auditEvent.OldPath is { } oldPath)
        {
            writer.Write(QuotedText.Quote(manyRoots ? oldPath : auditEvent.OldRelativePath!)).Write(" → ", Faint);
        }

        var path = manyRoots ? auditEvent.Path : auditEvent.RelativePath;
        writer.Write(path.Length == 0 ? "." : QuotedText.Quote(path));
        if (auditEvent.ItemType == ItemType.Directory)
        {
            writer.Write("/");
        }
    }

    private void WriteWhat(AuditEvent auditEvent)
    {
        if (auditEvent.Size is { } size)
        {
            writer.Write("  ").Write(ByteSize.Format(size));
        }

        if (AuditEventText.Changes(auditEvent) is { } changed)
        {
            writer.Write("  ").Write(changed);
        }

        if (marksOpen && auditEvent.Writers == FileWriters.Open)
        {
            writer.Write("  still open", Color.Olive);
        }

        if (auditEvent.Gap is { } gap)
        {
            WriteGap(gap, StyleOf(auditEvent));
        }

        if (auditEvent.Sha256 is { } sha256)
        {
            writer.Write("  ");
            if (showsBefore && (auditEvent.PreviousSha256 ?? auditEvent.ReplacedSha256) is { } before)
            {
                writer.Write(before[..12], Faint).Write(" → ", Faint);
            }

            writer.Write(sha256[..12], Faint);
        }
        else if (auditEvent.ChecksumStatus is not (ChecksumStatus.NotApplicable or ChecksumStatus.Computed))
        {
            writer.Write("  ").Write(auditEvent.ChecksumStatus.ToString(), Color.Olive);
        }
    }

    /// <summary>Writes a gap; its number relates the line that opens it to the one that closes it.</summary>
    private void WriteGap(GapDetails gap, Style style)
    {
        writer.Write("  ").Write(gap.Cause.ToString(), style);
        writer.Write(gap.Phase == GapPhase.Opened ? "  opened" : "  closed").Write(gap.Number is { } number ? $" #{number}" : "");

        if (gap.Lost is { } lost)
        {
            writer.Write($"  {lost} lost");
        }

        if (gap.Found is { } found)
        {
            writer.Write($"  {found} found");
        }
    }

    private static Style StyleOf(AuditEvent auditEvent) => auditEvent.Kind switch
    {
        AuditEventKind.Created => Color.Green,
        AuditEventKind.Modified => Color.Olive,
        AuditEventKind.Deleted => Color.Maroon,
        AuditEventKind.Renamed => Color.Teal,
        AuditEventKind.Gap when auditEvent.Gap?.Phase == GapPhase.Closed => Color.Green,
        AuditEventKind.Gap or AuditEventKind.RootLost => new Style(Color.Red, decoration: Decoration.Bold),
        AuditEventKind.RootRestored => new Style(Color.Green, decoration: Decoration.Bold),
        _ => Faint,
    };
}
