using FileMonitor.Extending;
using FileMonitor.Sources;
using FileMonitor.Sources.Inotify;
using FileMonitor.Sources.Native;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>What is said of directories without a watch leads to the right way out, whatever reasons come together.</summary>
public sealed class InotifyRootTests : IAsyncDisposable
{
    private readonly MonitoredRoot _root = AwaitableWriter.Root("/root");
    private readonly UncoveredRoot _uncovered;
    private readonly InotifyRoot _state;
    private readonly WatchedDirectory _directory;

    public InotifyRootTests()
    {
        _uncovered = new UncoveredRoot(_root, new HintRecorder(), TimeSpan.FromHours(1), new FakeTimeProvider());
        _state = new InotifyRoot(_root, _uncovered);
        _directory = new WatchedDirectory(_state, parent: null, "");
    }

    public ValueTask DisposeAsync() => _uncovered.DisposeAsync();

    [Fact]
    public void Without_descriptors_it_is_not_the_limit_of_watches_that_is_named()
    {
        _state.Lack(_directory, WatchLimit.ExplainNotWatched(LinuxErrors.EMFILE));

        _state.IsAtLimit.Should().BeFalse();
        _state.Refusal.Should().Contain("ulimit -n").And.NotContain("watches");
    }

    [Fact]
    public void At_the_limit_of_watches_no_other_reason_stands_beside_its_way_out()
    {
        _state.Lack(_directory, words: null);
        _state.Lack(_directory, WatchLimit.ExplainNotWatched(LinuxErrors.EMFILE));
        _state.LackRight(_directory, "Permission denied");

        _state.IsAtLimit.Should().BeTrue();
        _state.Refusal.Should().Contain("limit of inotify watches").And.NotContain("descriptor").And.NotContain("Permission");
    }

    [Fact]
    public void What_may_not_be_read_is_said_with_its_own_reason()
    {
        _state.LackRight(_directory, "Permission denied");
        _state.Lack(_directory, words: null);
        _state.PublishUnreadable();

        _state.Problems.Should().ContainSingle().Which.Should().Contain("Permission denied").And.NotContain("limit");
    }
}
