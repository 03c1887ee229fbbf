using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Testing;

public sealed class ScriptedSourceTests
{
    private static readonly MonitoredRoot[] Roots = [RecordingWriter.Root("/one"), RecordingWriter.Root("/two", index: 1)];
    private readonly RecordingWriter _writer = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_passes_on_what_the_test_says()
    {
        await using var source = new ScriptedSource();
        await source.StartAsync(Roots, _writer, Token);

        source.Hint(FileChangeKind.Created, "a");
        source.Hint(FileChangeKind.Renamed, "b", oldRelativePath: "a", root: 1);
        source.Lose("d", GapCause.SourceOverflow, "too much", root: 1);

        source.IsStarted.Should().BeTrue();
        source.Roots.Should().Equal(Roots);
        _writer.Lines.Should().Equal("Created a", "Renamed a -> b", "SourceOverflow 1:d too much");
    }

    [Fact]
    public async Task A_hint_before_the_start_is_a_mistake_of_the_test()
    {
        await using var source = new ScriptedSource();

        source.Invoking(s => s.Hint(FileChangeKind.Look, "a")).Should().Throw<InvalidOperationException>();
        source.Invoking(s => s.Lose("", GapCause.SourceError, "")).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public async Task A_hint_after_the_monitor_disposed_the_source_goes_nowhere()
    {
        var source = new ScriptedSource();
        await source.StartAsync(Roots, _writer, Token);
        await source.DisposeAsync();

        source.Hint(FileChangeKind.Created, "a");
        source.Lose("", GapCause.SourceError, "");

        source.IsDisposed.Should().BeTrue();
        _writer.Lines.Should().BeEmpty();
        await source.Invoking(s => s.StartAsync(Roots, _writer, Token)).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task The_start_can_be_held_and_hints_come_meanwhile()
    {
        var release = new TaskCompletionSource();
        await using var source = new ScriptedSource { Starting = () => release.Task };

        var starting = source.StartAsync(Roots, _writer, Token);
        source.Hint(FileChangeKind.Created, "early");
        source.IsStarted.Should().BeFalse();
        release.SetResult();
        await starting;

        source.IsStarted.Should().BeTrue();
        _writer.Lines.Should().Equal("Created early");
    }

    [Fact]
    public async Task The_start_can_fail_and_can_be_given_up()
    {
        await using var failing = new ScriptedSource { Starting = () => throw new IOException("no watches left") };
        await failing.Invoking(s => s.StartAsync(Roots, _writer, Token)).Should().ThrowAsync<IOException>().WithMessage("no watches left");
        failing.IsStarted.Should().BeFalse();

        await using var hanging = new ScriptedSource { Starting = () => new TaskCompletionSource().Task };
        await hanging.Invoking(s => s.StartAsync(Roots, _writer, new CancellationToken(canceled: true))).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task It_starts_once()
    {
        await using var source = new ScriptedSource();
        await source.StartAsync(Roots, _writer, Token);

        await source.Invoking(s => s.StartAsync(Roots, _writer, Token)).Should().ThrowAsync<InvalidOperationException>();
    }
}
