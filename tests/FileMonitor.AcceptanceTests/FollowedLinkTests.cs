using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>Links below a root that are followed: what they lead to is watched as a root of its own, once, and only where that is allowed.</summary>
public sealed class FollowedLinkTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _home = new();
    private readonly CapturingSink _seen = new();
    private readonly CapturingLoggerFactory _log = new();
    private readonly string _root;
    private readonly string _shared;
    private readonly string _elsewhere;
    private FileSystemMonitor? _monitor;

    public FollowedLinkTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Links are made as everybody may make them on Linux.");
        (_root, _shared, _elsewhere) = (Make("root"), Make("shared"), Make("elsewhere"));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FileSystemMonitor Monitor => _monitor!;

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task What_a_link_leads_to_is_watched_as_long_as_the_link_is_there(ChangeSourceKind source)
    {
        var team = Make("shared/team");
        File.WriteAllText(Path.Join(team, "old"), "1");
        Link("root/a", team);
        await StartAsync(source);
        await UntilWatchedAsync(team);
        Monitor.GetHealth().Roots.Single(root => root.Path == team).FollowedFrom.Should().Be(Path.Join(_root, "a"));

        File.WriteAllText(Path.Join(team, "new"), "2");
        await Monitor.FlushAsync(Token);
        Told(team).Should().BeEquivalentTo("Baseline old", "Created new");

        File.Delete(Path.Join(_root, "a"));
        await UntilWatchedAsync();
        File.WriteAllText(Path.Join(team, "after"), "3");
        await Monitor.FlushAsync(Token);
        Told(team).Should().HaveCount(2);
    }

    [Fact]
    public async Task New_links_links_that_change_and_links_that_move_are_followed()
    {
        var (one, two) = (Make("shared/one"), Make("shared/two"));
        await StartAsync();
        Make("root/d");
        Link("root/d/l", one);
        await UntilWatchedAsync(one);

        File.Delete(Path.Join(_root, "d/l"));
        Link("root/d/l", two);
        await UntilWatchedAsync(two);

        Directory.Move(Path.Join(_root, "d"), Path.Join(_root, "e"));
        Link("root/f", "e/l");
        File.Delete(Path.Join(_root, "e/l"));
        await UntilWatchedAsync();
    }

    [Fact]
    public async Task A_directory_is_watched_once_however_many_links_lead_there()
    {
        var team = Make("shared/team");
        var sub = Make("shared/team/sub");
        Link("root/a", team);
        Link("root/b", team);
        Link("root/c", sub);
        await StartAsync();
        await UntilWatchedAsync(team);

        File.WriteAllText(Path.Join(sub, "f"), "1");
        await Monitor.FlushAsync(Token);
        _seen.Events.Where(one => one.Kind == AuditEventKind.Created && one.Path.EndsWith("/f", StringComparison.Ordinal)).Should().ContainSingle();

        File.Delete(Path.Join(_root, "a"));
        File.Delete(Path.Join(_root, "b"));
        await UntilWatchedAsync(sub);
    }

    [Fact]
    public async Task Links_in_a_circle_end_and_go_with_the_link_that_led_there()
    {
        var (one, two) = (Make("shared/one"), Make("shared/two"));
        Link("shared/one/two", two);
        Link("shared/two/one", one);
        Link("shared/two/self", two);
        Link("shared/two/root", _root);
        Link("root/self", _root);
        Link("root/one", one);
        await StartAsync();
        await UntilWatchedAsync(one, two);

        File.Delete(Path.Join(_root, "one"));
        await UntilWatchedAsync();
    }

    [Fact]
    public async Task A_link_that_leads_elsewhere_is_not_followed_and_the_log_says_so_once()
    {
        var team = Make("shared/team");
        Link("root/a", _elsewhere);
        Link("root/up", _home.Root);
        Link("root/b", team);
        Link("root/dangling", Path.Join(_shared, "missing"));
        await StartAsync();
        await UntilWatchedAsync(team);
        await StepAsync();
        await StepAsync();

        _log.Warnings.Select(warning => warning.Trim()).Should().BeEquivalentTo(
            $"Link {_root}/a of monitor (unnamed) is not followed: it leads to {_elsewhere}, which is in no directory of FollowLinksInto.",
            $"Link {_root}/up of monitor (unnamed) is not followed: it leads to {_home.Root}, which is in no directory of FollowLinksInto.");
    }

    [Fact]
    public async Task Whoever_puts_a_link_in_place_of_a_followed_directory_leads_nobody_away()
    {
        var team = Make("shared/team");
        Link("root/a", team);
        await StartAsync();
        await UntilWatchedAsync(team);

        Directory.Move(team, team + ".old");
        File.CreateSymbolicLink(team, _elsewhere);
        File.WriteAllText(Path.Join(_elsewhere, "secret"), "1");
        await UntilAsync(() => !Monitor.GetHealth().Roots.Any(root => root.Path == team && root.IsAvailable));
        await Monitor.FlushAsync(Token);

        _seen.Events.Should().NotContain(one => one.RelativePath.Contains("secret", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        if (_monitor is { } monitor)
        {
            await monitor.DisposeAsync();
        }

        _home.Dispose();
    }

    private async Task StartAsync(ChangeSourceKind source = ChangeSourceKind.Auto)
    {
        if (source != ChangeSourceKind.Auto)
        {
            await TestSources.SkipUnlessUsableAsync(source);
        }

        _monitor = FileSystemMonitor.Create(
            options =>
            {
                options.AddRoot(_root, root => root.FollowLinksInto.Add(_shared));
                options.Source = source;
                options.Report.Baseline = true;
                options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(20);
                options.Recovery.RootCheckInterval = options.Polling.Interval = TimeSpan.FromMilliseconds(50);
            },
            components =>
            {
                components.AddSink(_seen, SinkPromise.Required, "seen");
                components.LoggerFactory = _log;
            });
        await _monitor.StartAsync(Token);
    }

    private string Make(string path) => Directory.CreateDirectory(Path.Join(_home.Root, path)).FullName;

    private void Link(string path, string target) => File.CreateSymbolicLink(Path.Join(_home.Root, path), target);

    private Task UntilWatchedAsync(params string[] followed) =>
        UntilAsync(() => Monitor.GetHealth().Roots.Where(root => root.FollowedFrom is not null).Select(root => root.Path).Order(StringComparer.Ordinal).SequenceEqual(followed.Order(StringComparer.Ordinal)));

    private async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(WatchedDirectory.Deadline);
        while (!condition())
        {
            deadline.Token.IsCancellationRequested.Should().BeFalse("the roots are {0}; {1}", string.Join(' ', Monitor.GetHealth().Roots.Select(root => root.Path)), string.Join(' ', _log.Warnings));
            await StepAsync();
        }
    }

    // A flush is as long as it takes to look at everything once.
    private Task<FlushResult> StepAsync() => Monitor.FlushAsync(Token);

    private IEnumerable<string> Told(string root) => _seen.Events.Where(one => one.Root == root).Select(one => $"{one.Kind} {one.RelativePath}");
}
