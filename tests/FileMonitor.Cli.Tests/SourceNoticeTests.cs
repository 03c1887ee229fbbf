using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class SourceNoticeTests : IDisposable
{
    private readonly StringWriter _error = new();
    private readonly CountingOutput _output = new();
    private RootHealth _root = Root("Inotify", "fanotify may not be used.");

    public void Dispose() => _error.Dispose();

    [Fact]
    public void Who_asked_for_another_source_is_told_once()
    {
        var notice = Notice(ChangeSourceKind.Fanotify);

        notice.Tell();
        notice.Tell();
        notice.Write(new AuditEvent { Kind = AuditEventKind.RootRestored });

        Assert.Equal(
            $"filemonitor: \"/r\\n\" is watched with inotify and not with fanotify: fanotify may not be used.{Environment.NewLine}",
            _error.ToString());
        Assert.Equal(1, _output.Written);
    }

    [Fact]
    public void A_root_that_comes_back_with_another_source_is_told_then()
    {
        _root = Root("Fanotify", reason: null);
        var notice = Notice(ChangeSourceKind.Fanotify);
        notice.Tell();
        Assert.Empty(_error.ToString());

        _root = Root("Polling", "it is on NFS.");
        notice.Write(new AuditEvent { Kind = AuditEventKind.Created });
        Assert.Empty(_error.ToString());
        notice.Write(new AuditEvent { Kind = AuditEventKind.RootRestored });

        Assert.Contains("is watched with polling and not with fanotify: it is on NFS.", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_asked_for_none_is_told_nothing()
    {
        Notice(ChangeSourceKind.Auto).Tell();

        Assert.Empty(_error.ToString());
    }

    private SourceNotice Notice(ChangeSourceKind asked) =>
        new(_output, asked, () => [_root], new StandardStreams(Stream.Null, _error, Terminal.None, Terminal.None));

    private static RootHealth Root(string source, string? reason) => new() { Path = "/r\n", IsAvailable = true, Source = source, SourceReason = reason };

    private sealed class CountingOutput : IEventOutput
    {
        public int Written { get; private set; }

        public TimeSpan? RefreshPeriod => null;

        public void Write(AuditEvent auditEvent) => Written++;

        public void Flush()
        {
        }
    }
}
