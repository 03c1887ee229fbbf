using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class EventSelectionTests
{
    private readonly Recorder _output = new();

    [Fact]
    public void Only_the_kinds_that_were_asked_for_are_passed_on()
    {
        var selection = new EventSelection(_output, [AuditEventKind.Created, AuditEventKind.Gap], once: false);

        Write(selection, AuditEventKind.Modified, AuditEventKind.Gap, AuditEventKind.Deleted, AuditEventKind.Created, AuditEventKind.Created);

        Assert.Equal("Gap Created Created ", _output.Text);
        Assert.False(selection.Ended.IsCompleted);
    }

    [Fact]
    public void Without_a_kind_all_are()
    {
        Write(new EventSelection(_output, [], once: false), AuditEventKind.Modified, AuditEventKind.Gap);

        Assert.Equal("Modified Gap ", _output.Text);
    }

    [Fact]
    public void The_first_is_the_last_when_it_was_asked_for_once_and_is_written_out_at_once()
    {
        var selection = new EventSelection(_output, [AuditEventKind.Created], once: true);

        Write(selection, AuditEventKind.Modified);
        Assert.False(selection.Ended.IsCompleted);
        Write(selection, AuditEventKind.Created, AuditEventKind.Created);

        Assert.True(selection.Ended.IsCompletedSuccessfully);
        Assert.Equal("Created |", _output.Text);
    }

    [Fact]
    public void An_event_that_is_not_printed_is_not_the_first()
    {
        var selection = new EventSelection(_output, [], once: true, auditEvent => PathsOutput.IsAboutItem(auditEvent.Kind));

        Write(selection, AuditEventKind.Gap);
        Assert.False(selection.Ended.IsCompleted);
        Write(selection, AuditEventKind.Created);

        Assert.True(selection.Ended.IsCompletedSuccessfully);
    }

    private static void Write(EventSelection selection, params AuditEventKind[] kinds)
    {
        foreach (var kind in kinds)
        {
            selection.Write(new AuditEvent { Kind = kind });
        }
    }

    private sealed class Recorder : IEventOutput
    {
        public string Text { get; private set; } = "";

        public TimeSpan? RefreshPeriod => null;

        public void Write(AuditEvent auditEvent) => Text += auditEvent.Kind + " ";

        public void Flush() => Text += "|";
    }
}
