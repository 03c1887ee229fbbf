using FileMonitor.Extending;
using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>One file as a root, with a source and a view of the host's own: the directory of the file, of which one name counts.</summary>
public sealed class FileRootTests
{
    [Fact]
    public async Task A_host_tests_without_a_disk_what_it_does_with_a_file()
    {
        var token = TestContext.Current.CancellationToken;
        var tree = new ScriptedTree();
        tree.WriteFile("config.json", "one");
        tree.WriteFile("other", "one");
        await using var monitor = FileSystemMonitor.Create(options => options.AddFile(tree.PathOf("config.json")), parts => tree.Use(parts));
        await monitor.StartAsync(token);

        tree.WriteFile("config.json", "two");
        tree.WriteFile("other", "two");
        tree.WriteFile("below/config.json", "two");
        await monitor.FlushAsync(token);
        tree.Delete("config.json");
        await monitor.FlushAsync(token);
        await monitor.StopAsync(token);

        var told = await monitor.ReadAllAsync(token).ToListAsync(token);
        told.Select(one => (one.Kind, one.Root, one.RelativePath, one.Path)).Should().Equal(
            (AuditEventKind.Modified, tree.PathOf("config.json"), "", tree.PathOf("config.json")),
            (AuditEventKind.Deleted, tree.PathOf("config.json"), "", tree.PathOf("config.json")));
        monitor.GetHealth().Counters.Balances.Should().BeTrue();
    }

    [Fact]
    public async Task Its_name_is_what_a_source_of_the_host_is_asked_for()
    {
        var tree = new ScriptedTree();
        var asked = new List<(string, string, bool, string?)>();
        await using var monitor = FileSystemMonitor.Create(
            options => options.AddFile(tree.PathOf("config.json")),
            parts =>
            {
                tree.Use(parts);
                parts.Source = () => new Asked(roots => asked.AddRange(roots.Select(root => (root.Path, root.PhysicalPath, root.Recursive, root.FileName))));
            });

        await monitor.StartAsync(TestContext.Current.CancellationToken);

        asked.Should().Equal((tree.PathOf("config.json"), tree.Root, false, "config.json"));
    }

    private sealed class Asked(Action<IReadOnlyList<MonitoredRoot>> asked) : IChangeSource
    {
        public string Name => "Asked";

        public Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
        {
            asked(roots);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => default;
    }
}
