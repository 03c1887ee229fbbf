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

        // Health has the root no more a moment before its removal is done, which another link waits for.
        await UntilReviewedAsync();
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

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_followed_directory_that_goes_away_is_lost_and_tells_what_changed_when_it_is_back(ChangeSourceKind source)
    {
        var (team, away) = (Make("shared/team"), Path.Join(_shared, "away"));
        File.WriteAllText(Path.Join(team, "f"), "1");
        Link("root/a", team);
        await StartAsync(source);
        await UntilWatchedAsync(team);

        foreach (var (isReplaced, text) in new[] { (false, "22"), (true, "333") })
        {
            Directory.Move(team, away);
            if (isReplaced)
            {
                File.CreateSymbolicLink(team, _elsewhere);
            }

            await UntilAsync(() => !IsAvailable(team));
            await UntilReviewedAsync(team);
            File.WriteAllText(Path.Join(away, "f"), text);
            if (isReplaced)
            {
                File.Delete(team);
            }

            Directory.Move(away, team);
            await UntilAsync(() => IsAvailable(team));
            await Monitor.FlushAsync(Token);
        }

        Told(team).Where(static one => one != "Gap ").Should().Equal("Baseline f", "RootLost ", "RootRestored ", "Modified f", "RootLost ", "RootRestored ", "Modified f");
    }

    [Fact]
    public async Task A_link_in_a_followed_directory_that_is_away_counts_as_being_there()
    {
        var (one, two, away) = (Make("shared/one"), Make("shared/two"), Path.Join(_shared, "away"));
        Link("shared/one/two", two);
        Link("root/one", one);
        await StartAsync();
        await UntilWatchedAsync(one, two);

        Directory.Move(one, away);
        await UntilAsync(() => !IsAvailable(one));
        await UntilReviewedAsync(one, two);
        File.WriteAllText(Path.Join(two, "f"), "1");
        await Monitor.FlushAsync(Token);
        Told(two).Should().Contain("Created f");

        File.Delete(Path.Join(away, "two"));
        Directory.Move(away, one);
        await UntilWatchedAsync(one);
    }

    [Fact]
    public async Task A_link_on_the_way_that_is_another_one_leads_elsewhere()
    {
        var (one, two, three) = (Make("shared/one"), Make("shared/two"), Make("shared/three"));
        Link("shared/current", one);
        Link("root/a", Path.Join(_shared, "current"));
        await StartAsync();
        await UntilWatchedAsync(one);

        // The old one goes at once, as with a program that replaces what it has written.
        File.Delete(Path.Join(_shared, "current"));
        Link("shared/current", two);
        Directory.Delete(one);
        await UntilWatchedAsync(two);

        // A directory and its link that go together say nothing of what they lead to.
        File.Delete(Path.Join(_root, "a"));
        Make("shared/way");
        Link("shared/way/current", three);
        Link("root/a", Path.Join(_shared, "way/current"));
        await UntilWatchedAsync(three);
        Directory.Move(Path.Join(_shared, "way"), Path.Join(_elsewhere, "way"));
        await UntilReviewedAsync(three);
        Directory.Move(Path.Join(_elsewhere, "way"), Path.Join(_shared, "way"));
        File.Delete(Path.Join(_shared, "way/current"));
        await UntilWatchedAsync();
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_directory_around_a_root_is_not_followed_as_long_as_the_root_is_there(ChangeSourceKind source)
    {
        var team = Make("shared/team");
        Link("root/a", team);
        await StartAsync(source);
        await UntilWatchedAsync(team);

        Link("root/all", _shared);
        var why = $"Link {_root}/all is not followed: it leads to {_shared}, in which {team} is, which is watched already.";
        await UntilAsync(() => Monitor.GetHealth().Degradations.Contains(why));
        File.WriteAllText(Path.Join(team, "f"), "1");
        await UntilReviewedAsync(team);
        File.Delete(Path.Join(_root, "all"));
        await UntilAsync(() => !Monitor.GetHealth().Degradations.Contains(why));
        File.WriteAllText(Path.Join(team, "g"), "1");
        await Monitor.FlushAsync(Token);

        // A file that is written slowly may be told twice.
        Told(team).Where(static one => one != "Modified f").Should().BeEquivalentTo("Created f", "Created g");
        _log.Warnings.Should().ContainSingle(warning => warning.Contains("which is watched already.", StringComparison.Ordinal));

        Link("root/all", _shared);
        await UntilAsync(() => Monitor.GetHealth().Degradations.Contains(why));
        File.Delete(Path.Join(_root, "a"));
        await UntilWatchedAsync(_shared);
    }

    [Theory]
    [InlineData("shared/team")]
    [InlineData("shared/team/in")]
    [InlineData("shared")]
    public async Task A_followed_directory_gives_way_to_a_root_of_the_host(string path)
    {
        var (team, inner, added) = (Make("shared/team"), Make("shared/team/in"), Path.Join(_home.Root, path));
        File.WriteAllText(Path.Join(inner, "known"), "1");
        Link("root/a", team);
        await StartAsync();
        await UntilWatchedAsync(team);

        await Monitor.AddRootAsync(added, cancellationToken: Token);
        await UntilWatchedAsync();
        File.WriteAllText(Path.Join(inner, "known"), "22");
        await Monitor.FlushAsync(Token);

        Monitor.GetHealth().Roots.Single(root => root.Path == added).FollowedFrom.Should().BeNull();
        _seen.Events.Where(one => one.Root == added).Select(one => $"{one.Kind} {one.Path}").Should().Contain($"Modified {inner}/known");
        await Monitor.RemoveRootAsync(added, Token);
        await UntilWatchedAsync(team);
    }

    [Fact]
    public async Task A_followed_directory_cannot_be_removed_as_a_root()
    {
        var team = Make("shared/team");
        Link("root/a", team);
        await StartAsync();
        await UntilWatchedAsync(team);

        (await Monitor.Invoking(it => it.RemoveRootAsync(team, Token)).Should().ThrowAsync<InvalidOperationException>())
            .WithMessage($"'{team}' is watched because the link {_root}/a leads there: remove the link, or take the directory out of FollowLinksInto of the root in which the link is.");

        await UntilReviewedAsync(team);
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

    /// <summary>Waits until the links have been looked at again: a further link is followed, and left.</summary>
    private async Task UntilReviewedAsync(params string[] followed)
    {
        Link("root/review", Make("shared/review"));
        await UntilWatchedAsync([.. followed, Path.Join(_shared, "review")]);
        File.Delete(Path.Join(_root, "review"));
        await UntilWatchedAsync(followed);
    }

    private bool IsAvailable(string root) => Monitor.GetHealth().Roots.Any(one => one.Path == root && one.IsAvailable);

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
