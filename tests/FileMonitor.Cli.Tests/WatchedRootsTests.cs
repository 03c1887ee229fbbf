using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class WatchedRootsTests
{
    [Fact]
    public void What_is_watched_and_by_which_source_is_said_in_one_line() => Assert.Equal(
        "watching /a, \"/b\\n\" with inotify; watching /n with polling; waiting for /gone; 0 items. Ctrl+C ends it.",
        WatchedRoots.Describe(TestHealth.OfRoots(Root("/a", "Inotify"), Root("/n", "Polling"), Root("/b\n", "Inotify"), Root("/gone", "Inotify", isAvailable: false))));

    [Fact]
    public void What_is_run_for_each_event_is_said_with_all_that_belongs_to_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no /bin/sh.");
        var exec = ExecCommand.Find("/bin/sh", ["a b", "\u001b[2J", "", "--once"], "", out _)!;

        Assert.Equal(
            "watching /a with inotify; 0 items; for each event it runs /bin/sh \"a b\" \"\\x1b[2J\" \"\" --once. Ctrl+C ends it.",
            WatchedRoots.Describe(TestHealth.OfRoots(Root("/a", "Inotify")), exec.ToString()));
    }

    [Fact]
    public void Ten_are_named_and_more_are_counted() => Assert.StartsWith(
        "watching /0, /1, /2, /3, /4, /5, /6, /7, /8, /9 and 2 more with inotify; ",
        WatchedRoots.Describe(TestHealth.OfRoots([.. Enumerable.Range(0, 12).Select(number => Root($"/{number}", "Inotify"))])),
        StringComparison.Ordinal);

    private static RootHealth Root(string path, string source, bool isAvailable = true) => new() { Path = path, IsAvailable = isAvailable, Source = source };
}
