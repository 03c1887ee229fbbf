using FileMonitor.Extending;
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
        source.Hint(FileChangeKind.Modified, "c", actor: new Actor { ProcessId = 7 }, isFinished: true);
        source.Lose("d", GapCause.SourceOverflow, "too much", root: 1);

        source.IsStarted.Should().BeTrue();
        source.Roots.Should().Equal(Roots);
        _writer.Lines.Should().Equal("Created a", "Renamed a -> b", "Modified c finished by 7", "SourceOverflow 1:d too much");
    }

    [Fact]
    public async Task A_hint_before_the_start_is_a_mistake_of_the_test()
    {
        await using var source = new ScriptedSource();

        source.Invoking(s => s.Hint(FileChangeKind.Look, "a")).Should().Throw<InvalidOperationException>();
        source.Invoking(s => s.Lose("", GapCause.SourceError, "")).Should().Throw<InvalidOperationException>();
        source.Invoking(s => s.Uncover("", GapCause.SourceError, "")).Should().Throw<InvalidOperationException>();
        source.Invoking(s => s.Cover("", GapCause.SourceError)).Should().Throw<InvalidOperationException>();
        await source.Invoking(s => s.CompareAsync("")).Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task It_stops_noticing_notices_again_and_asks_for_a_comparison()
    {
        await using var source = new ScriptedSource();
        await source.StartAsync(Roots, _writer, Token);

        source.Uncover("d", GapCause.PartialCoverage, "no watches left");
        source.Cover("d", GapCause.PartialCoverage);
        await source.CompareAsync("e", root: 1);

        _writer.Lines.Should().Equal("uncovered: PartialCoverage 0:d no watches left", "covered: PartialCoverage 0:d", "compare 1:e");
    }

    [Fact]
    public async Task It_has_always_written_every_hint_unless_the_test_says_otherwise()
    {
        await using var source = new ScriptedSource();
        await source.StartAsync(Roots, _writer, Token);

        (await source.FlushAsync(Roots[0], Token)).Should().BeNull();
        source.CannotFlush = "Nobody knows.";
        (await source.FlushAsync(Roots[0], Token)).Should().Be("Nobody knows.");
    }

    [Fact]
    public async Task It_remembers_which_roots_it_was_armed_for_anew()
    {
        await using var source = new ScriptedSource();
        await source.StartAsync(Roots, _writer, Token);

        await source.RearmAsync(Roots[1], Token);
        source.Rearming = _ => throw new IOException("not yet");
        await source.Invoking(s => s.RearmAsync(Roots[0], Token)).Should().ThrowAsync<IOException>().WithMessage("not yet");

        source.Rearmed.Should().Equal(Roots[1]);
    }

    [Fact]
    public async Task A_hint_after_the_monitor_disposed_the_source_goes_nowhere()
    {
        var source = new ScriptedSource();
        await source.StartAsync(Roots, _writer, Token);
        await source.DisposeAsync();

        source.Hint(FileChangeKind.Created, "a");
        source.Lose("", GapCause.SourceError, "");
        source.Uncover("", GapCause.SourceError, "");
        source.Cover("", GapCause.SourceError);
        await source.CompareAsync("");

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
