using FileMonitor.Extending;
using FileMonitor.Sources;
using FileMonitor.Sources.Inotify;
using FileMonitor.Sources.Native;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>What is said of directories without a watch leads to the right way out, whatever reasons come together.</summary>
public sealed class WatchedRootTests
{
    private readonly WatchedRoot _state;
    private readonly WatchedDirectory _directory;

    public WatchedRootTests()
    {
        MonitoredRoot root = AwaitableWriter.Root("/root");
        _state = new WatchedRoot(root);
        _directory = new WatchedDirectory(root, parent: null, "");
    }

    [Fact]
    public void Without_descriptors_it_is_not_the_limit_of_watches_that_is_named()
    {
        _state.NoteUnwatched(_directory, WatchLimit.ExplainNotWatched(LinuxErrors.EMFILE));

        _state.IsAtLimit.Should().BeFalse();
        _state.Refusal.Should().Contain("ulimit -n").And.NotContain("watches");
    }

    [Fact]
    public void At_the_limit_of_watches_no_other_reason_stands_beside_its_way_out()
    {
        _state.NoteUnwatched(_directory, words: null);
        _state.NoteUnwatched(_directory, WatchLimit.ExplainNotWatched(LinuxErrors.EMFILE));
        _state.NoteUnreadable(_directory, "Permission denied");

        _state.IsAtLimit.Should().BeTrue();
        _state.Refusal.Should().Contain("limit of inotify watches").And.NotContain("descriptor").And.NotContain("Permission");
    }

    [Fact]
    public void What_may_not_be_read_is_said_with_its_own_reason()
    {
        _state.NoteUnreadable(_directory, "Permission denied");
        _state.NoteUnwatched(_directory, words: null);
        _state.PublishUnreadable();

        _state.Problem.Should().Contain("Permission denied").And.NotContain("limit");
    }
}
