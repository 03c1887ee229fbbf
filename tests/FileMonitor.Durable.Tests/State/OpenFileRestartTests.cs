using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>A file that was reported while somebody had it open for writing is reported when it is closed, whenever that is.</summary>
public sealed class OpenFileRestartTests : IDisposable
{
    private readonly DurableHost _host = new();
    private readonly ScriptedTree _tree = new();

    public OpenFileRestartTests()
    {
        _host.Configure = options =>
        {
            options.Roots.Clear();
            options.AddRoot(_tree.Root, root => root.ReportWhen = ReportWhen.Closed);
            options.Debounce.MaxHold = TimeSpan.FromMilliseconds(100);
        };
        _host.Components = components => _tree.Use(components);
    }

    [Fact]
    public async Task Closed_while_no_monitor_ran()
    {
        await ReportOpenAsync();
        _tree.Files.SetWriters(_tree.PathOf("a"), FileWriters.None);

        var told = await RunUntilAsync(1, () => { });

        told.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Kind = AuditEventKind.ChecksumUpdated, Origin = AuditEventOrigin.Offline, RelativePath = "a", Writers = FileWriters.None });
        (await RunUntilAsync(0, () => { })).Should().BeEmpty("it was told");
    }

    [Fact]
    public async Task Closed_in_the_next_run()
    {
        await ReportOpenAsync();

        var told = await RunUntilAsync(1, () => _tree.Files.SetWriters(_tree.PathOf("a"), FileWriters.None));

        told.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Kind = AuditEventKind.ChecksumUpdated, RelativePath = "a", Writers = FileWriters.None });
    }

    public void Dispose() => _host.Dispose();

    private async Task ReportOpenAsync()
    {
        var told = await RunUntilAsync(1, () =>
        {
            _tree.Files.WriteFile(_tree.PathOf("a"), "1");
            _tree.Files.SetWriters(_tree.PathOf("a"), FileWriters.Open);
            _tree.Source.Hint(Extending.FileChangeKind.Created, "a");
        });
        told.Should().ContainSingle().Which.Writers.Should().Be(FileWriters.Open);
    }

    /// <summary>One run, which ends when so many events came.</summary>
    private async Task<IReadOnlyList<AuditEvent>> RunUntilAsync(int events, Action act)
    {
        var told = new List<AuditEvent>();
        await using var monitor = _host.Make();
        var reading = DurableHost.ReadAsync(monitor.ReadAllAsync(TestContext.Current.CancellationToken), told);
        await monitor.StartAsync(TestContext.Current.CancellationToken);
        act();
        while (monitor.GetHealth().Counters.Events < events)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await monitor.StopAsync(TestContext.Current.CancellationToken);
        await reading;
        return told;
    }
}
