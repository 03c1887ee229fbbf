using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>A directory that may not be read. In memory, because permissions do not bind everyone who runs the tests.</summary>
public sealed class ClosedDirectoryCaseTests
{
    private readonly ScriptedTree _tree = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_in_a_closed_directory_is_not_deleted_and_its_neighbours_are_told()
    {
        _tree.WriteFile("closed/f", "one");
        await using var monitor = FileSystemMonitor.Create(options => options.AddRoot(_tree.Root), components => _tree.Use(components));
        await monitor.StartAsync(Token);
        await using var events = monitor.ReadAllAsync(Token).GetAsyncEnumerator(Token);

        _tree.Files.Deny(_tree.PathOf("closed"));
        _tree.Source.Lose("", GapCause.SourceError, "Everything is looked at.");
        _tree.WriteFile("open", "two");
        var closed = await ReadAsync(events, await monitor.FlushAsync(Token));
        _tree.Files.Allow(_tree.PathOf("closed"));
        _tree.Silent = true;
        _tree.WriteFile("closed/g", "three");
        _tree.Source.Lose("", GapCause.SourceError, "And again.");
        var open = await ReadAsync(events, await monitor.FlushAsync(Token), closed[^1].Sequence);

        closed.Where(one => one.Kind != AuditEventKind.Gap).Select(Say).Should().Equal("Created open");
        closed.Where(one => one is { Gap.Cause: GapCause.Inaccessible, RelativePath: "closed" }).Should().ContainSingle();
        open.Where(one => one.Kind != AuditEventKind.Gap).Select(Say).Should().Equal("Created closed/g");
        monitor.GetHealth().Counters.Balances.Should().BeTrue();
    }

    private static string Say(AuditEvent one) => $"{one.Kind} {one.RelativePath}";

    private static async Task<IReadOnlyList<AuditEvent>> ReadAsync(IAsyncEnumerator<AuditEvent> events, FlushResult flushed, long read = 0)
    {
        var told = new List<AuditEvent>();
        while (read < flushed.Sequence && await events.MoveNextAsync())
        {
            told.Add(events.Current);
            read = events.Current.Sequence;
        }

        return told;
    }
}
