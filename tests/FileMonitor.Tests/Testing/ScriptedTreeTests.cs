using FileMonitor.Extending;
using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Testing;

public sealed class ScriptedTreeTests
{
    private readonly RecordingWriter _writer = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<Action<ScriptedTree>, string[]> Changes => new()
    {
        { t => t.WriteFile("new", "1"), ["Created new", "Modified new"] },
        { t => t.WriteFile("empty", ""), ["Created empty"] },
        { t => t.WriteFile("d/a", "2"), ["Modified d/a"] },
        { t => t.Append("d/a", "2"), ["Modified d/a"] },
        { t => t.WriteFile("x/y/a", "1"), ["Created x", "Created x/y", "Created x/y/a", "Modified x/y/a"] },
        { t => t.CreateDirectory("x/y"), ["Created x", "Created x/y"] },
        { t => t.CreateDirectory("d"), [] },
        { t => t.CreateLink("link", "d/a"), ["Created link"] },
        { t => t.Delete("d/a"), ["Deleted d/a"] },
        { t => t.Delete("d", recursive: true), ["Deleted d/a", "Deleted d"] },
        { t => t.Delete("", recursive: true), ["Deleted d/a", "Deleted d"] },
        { t => t.Move("d/a", "b"), ["Renamed d/a -> b"] },
        { t => t.Move("d", "e"), ["Renamed d -> e"] },
        { t => t.SetMode("d/a", UnixFileMode.UserRead), ["Modified d/a"] },
        { t => t.SetLastWriteTime("d/a", DateTimeOffset.UnixEpoch), ["Modified d/a"] },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_hints_as_the_watcher_of_linux_does(Action<ScriptedTree> change, string[] expected)
    {
        ArgumentNullException.ThrowIfNull(change);
        var tree = new ScriptedTree();
        tree.WriteFile("d/a", "1");
        await using var source = await StartAsync(tree);

        change(tree);

        _writer.Lines.Should().Equal(expected);
    }

    [Fact]
    public async Task A_silent_tree_changes_without_a_word()
    {
        var tree = new ScriptedTree { Silent = true };
        await using var source = await StartAsync(tree);

        tree.WriteFile("a", "1");

        tree.Files.GetStatus(tree.PathOf("a")).Outcome.Should().Be(FileStatusOutcome.Found);
        _writer.Lines.Should().BeEmpty();
    }

    [Fact]
    public async Task The_tree_says_who_changes_it()
    {
        var tree = new ScriptedTree();
        await using var source = await StartAsync(tree);

        tree.CreateDirectory("d");
        tree.Actor = new Actor { ProcessId = 7 };
        tree.Move("d", "e");

        _writer.Lines.Should().Equal("Created d", "Renamed d -> e by 7");
    }

    [Fact]
    public async Task A_restarted_monitor_gets_a_new_source_and_the_tree_hints_there()
    {
        var tree = new ScriptedTree();
        var components = tree.Use(new FileMonitorComponents());
        var first = components.Source!();
        await first.DisposeAsync();
        tree.WriteFile("unseen", "1");

        await using var second = components.Source();
        await second.StartAsync([RecordingWriter.Root(tree.Root)], _writer, Token);
        tree.WriteFile("seen", "");

        second.Should().BeSameAs(tree.Source).And.NotBeSameAs(first);
        tree.SourcesMade.Should().Be(2);
        _writer.Lines.Should().Equal("Created seen");
    }

    [Fact]
    public async Task Every_source_can_be_held_or_failed_by_the_tree()
    {
        var tree = new ScriptedTree { Starting = () => throw new IOException("refused") };

        await tree.Invoking(t => StartAsync(t)).Should().ThrowAsync<IOException>().WithMessage("refused");
    }

    [Fact]
    public void The_monitor_uses_the_tree_and_its_clock()
    {
        var clock = new FakeTimeProvider();
        var withClock = new ScriptedTree(clock);
        var components = withClock.Use(new FileMonitorComponents());
        components.FileView.Should().BeSameAs(withClock.Files);
        components.TimeProvider.Should().BeSameAs(clock);

        new ScriptedTree().Use(components).TimeProvider.Should().BeSameAs(clock);
    }

    private async Task<IChangeSource> StartAsync(ScriptedTree tree)
    {
        var source = tree.Use(new FileMonitorComponents()).Source!();
        await source.StartAsync([RecordingWriter.Root(tree.Root)], _writer, Token);
        return source;
    }
}
