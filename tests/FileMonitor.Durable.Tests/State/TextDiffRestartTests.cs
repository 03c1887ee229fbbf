using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>Text diffs after a restart: the checksum of a file is known from the run before, its content is not.</summary>
public sealed class TextDiffRestartTests : IDisposable
{
    private readonly DurableHost _host = new();
    private readonly ScriptedTree _tree = new();

    public TextDiffRestartTests()
    {
        _host.Configure = options =>
        {
            options.Roots.Clear();
            options.AddRoot(_tree.Root);
            options.TextDiff.Include.Add("*.conf");
        };
        _host.Components = components => _tree.Use(components);
    }

    [Fact]
    public async Task The_first_change_has_a_diff()
    {
        await _host.RunAsync(() => _tree.WriteFile("a.conf", "one\n"));

        var told = await RunOnceReadAsync(() => _tree.WriteFile("a.conf", "two\n"));

        told.Should().ContainSingle().Which.TextDiff.Should().Be("@@ -1 +1 @@\n-one\n+two\n");
    }

    [Fact]
    public async Task A_content_that_changed_without_a_trace_meanwhile_is_found_and_told()
    {
        await _host.RunAsync(() =>
        {
            _tree.WriteFile("a.conf", "one\n");
            _tree.SetLastWriteTime("a.conf", DateTimeOffset.UnixEpoch);
        });
        _tree.Files.WriteFile(_tree.PathOf("a.conf"), "two\n");
        _tree.Files.SetLastWriteTime(_tree.PathOf("a.conf"), DateTimeOffset.UnixEpoch);

        var told = await RunOnceReadAsync(() => { });

        told.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Kind = AuditEventKind.Modified, Origin = AuditEventOrigin.Reconciled, RelativePath = "a.conf" });
    }

    public void Dispose() => _host.Dispose();

    /// <summary>One run in which the file is read before anything else happens.</summary>
    private async Task<IReadOnlyList<AuditEvent>> RunOnceReadAsync(Action act)
    {
        var told = new List<AuditEvent>();
        await using var monitor = _host.Make();
        var reading = DurableHost.ReadAsync(monitor.ReadAllAsync(TestContext.Current.CancellationToken), told);
        await monitor.StartAsync(TestContext.Current.CancellationToken);
        while (monitor.GetHealth() is not { Counters.ChecksumFiles: 1, FilesBeingRead: 0 })
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        act();
        await monitor.FlushAsync(TestContext.Current.CancellationToken);
        await monitor.StopAsync(TestContext.Current.CancellationToken);
        await reading;
        return told;
    }
}
