using System.Diagnostics;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>Roots that are added and removed while a monitor with durable state runs: what is known of them in the next run.</summary>
public sealed class RunTimeRootTests : IDisposable
{
    private readonly DurableHost _host = new();
    private readonly DirectoryInfo _added = Directory.CreateTempSubdirectory("filemonitor-added-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_root_that_is_added_again_in_the_next_run_tells_what_changed_meanwhile()
    {
        Write("known", "1");
        Write("gone", "1");
        (await AddAsync(monitor => Write("live", "1"))).Should().Equal("Created Live live");

        Write("known", "22");
        Write("live", "22");
        Write("new", "1");
        File.Delete(Of("gone"));

        (await _host.RunAsync()).Should().BeEmpty("nobody has added it in this run");
        (await AddAsync()).Should().BeEquivalentTo("Modified Offline known", "Modified Offline live", "Created Offline new", "Deleted Offline gone");
        (await AddAsync()).Should().BeEmpty("nothing has changed since");
    }

    [Fact]
    public async Task A_root_that_was_removed_tells_what_changed_meanwhile_when_it_is_added_in_a_later_run()
    {
        Write("known", "1");
        await AddAsync(monitor => monitor.RemoveRootAsync(_added.FullName, Token));
        Write("known", "22");
        await _host.RunAsync();

        (await AddAsync(async monitor =>
        {
            await monitor.FlushAsync(Token);
            Write("known", "333");
        })).Should().Equal("Modified Offline known", "Modified Live known");
    }

    [Fact]
    public async Task A_root_that_goes_and_comes_in_one_run_tells_what_changed_meanwhile_and_nothing_twice()
    {
        Write("known", "1");
        var told = await AddAsync(async monitor =>
        {
            for (var round = 0; round < 5; round++)
            {
                Write("known", $"{round} {round}");

                // Not flushed: what is told last is still on its way to the baseline when the root goes.
                await monitor.RemoveRootAsync(_added.FullName, Token);
                Write("unseen", $"{round}");
                await monitor.AddRootAsync(_added.FullName, cancellationToken: Token);
                await monitor.FlushAsync(Token);
                monitor.GetHealth().Store!.Roots.Should().ContainSingle(root => root.Path == _added.FullName).Which.Should().Match<StoreRootHealth>(root => root.IsKnown && root.WatchedUntil != null);
            }
        });

        told.Should().Equal(Enumerable.Range(0, 5).SelectMany(round => new[] { "Modified Live known", round == 0 ? "Created Offline unseen" : "Modified Offline unseen" }));
        Write("unseen", "changed");
        (await AddAsync()).Should().Equal("Modified Offline unseen");
    }

    [Fact]
    public async Task After_a_crash_an_added_root_is_as_its_events_said()
    {
        var crashed = _host.State + "-crashed";
        Write("a", "1");
        Write("d/b", "1");
        await AddAsync(async monitor =>
        {
            Write("a", "22");
            Write("c", "1");
            File.Move(Of("d/b"), Of("b"));
            await monitor.FlushAsync(Token);
            await CopyAsync(_host.State, crashed);
            Write("c", "after the crash");
        });

        _host.State = crashed;
        (await AddAsync()).Should().BeEquivalentTo(["Modified Offline c"], "the rest was told before the crash");
        (await AddAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_crash_right_after_a_root_came_again_does_not_mix_its_two_lives()
    {
        var crashed = _host.State + "-crashed";
        Write("a", "1");
        await AddAsync(async monitor =>
        {
            for (var file = 0; file < 50; file++)
            {
                Write($"first/{file}", "1");
            }

            await monitor.RemoveRootAsync(_added.FullName, Token);
            Directory.Delete(Of("first"), recursive: true);
            await monitor.AddRootAsync(_added.FullName, cancellationToken: Token);
            await CopyAsync(_host.State, crashed);
        });

        _host.State = crashed;
        Write("b", "1");
        (await AddAsync()).Should().Equal("Created Offline b");
    }

    [Fact]
    public async Task What_other_patterns_reveal_or_hide_in_it_is_not_called_created_or_deleted()
    {
        Write("a.tmp", "1");
        Write("d/e/deep", "1");
        Write("b.log", "1");
        await AddAsync(configure: root =>
        {
            root.Ignore.Add("*.tmp");
            root.MaxDepth = 2;
        });

        (await AddAsync(configure: root => root.Ignore.Add("*.log"))).Should().BeEmpty();

        Write("d/e/deep", "22");
        (await AddAsync(configure: root => root.Ignore.Add("*.log"))).Should().Equal("Modified Offline d/e/deep");
    }

    [Fact]
    public async Task The_journal_says_which_roots_came_and_went_and_is_authentic()
    {
        await AddAsync(async monitor =>
        {
            Write("a", "1");
            await monitor.FlushAsync(Token);
            await monitor.RemoveRootAsync(_added.FullName, Token);
        });

        AuditJournal.Verify(_host.State, cancellationToken: Token).IsAuthentic.Should().BeTrue();
        var records = Directory.EnumerateFiles(_host.State, "*.ndjson", SearchOption.AllDirectories).SelectMany(File.ReadLines).Where(line => line.Contains("ConfigurationChanged")).ToList();
        records.Should().HaveCount(2);
        records[0].Should().Contain("\"isAdded\":true");
    }

    [Fact]
    public async Task A_root_around_the_state_is_refused_and_nothing_is_changed()
    {
        await using var monitor = _host.Make();
        await monitor.StartAsync(Token);

        await monitor.Invoking(it => it.AddRootAsync(_host.State, cancellationToken: Token)).Should().ThrowAsync<DurableStateException>();

        monitor.GetHealth().Roots.Should().ContainSingle();
        await monitor.AddRootAsync(_added.FullName, cancellationToken: Token);
    }

    [Fact]
    public async Task A_followed_directory_continues_in_the_next_run_and_is_forgotten_when_its_link_went_in_between()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Links are made as everybody may make them on Linux.");
        var (link, other) = (Path.Join(_host.Root, "link"), Directory.CreateDirectory(_host.Root + "-other").FullName);
        _host.Configure = options =>
        {
            options.Roots[0].FollowLinksInto.Add(_added.FullName);
            options.Roots[0].FollowLinksInto.Add(other);
            options.Recovery.RootCheckInterval = TimeSpan.FromMilliseconds(50);
        };
        Write("known", "1");
        File.CreateSymbolicLink(link, _added.FullName);
        (await FollowAsync()).Should().BeEmpty();

        // What its link leads to is away for the moment, and the link is still there.
        Directory.Move(_added.FullName, _added.FullName + ".away");
        (await FollowAsync(
            async monitor =>
            {
                await UntilAsync(monitor, () => !monitor.GetHealth().IsCatchingUp);
                File.CreateSymbolicLink(link + "2", other);
                await UntilAsync(monitor, () => monitor.GetHealth().Roots.Any(root => root.Path == other));
                File.Delete(link + "2");
                await UntilAsync(monitor, () => monitor.GetHealth().Roots.Count == 1);
            },
            isFollowed: false)).Should().BeEmpty();
        Directory.Move(_added.FullName + ".away", _added.FullName);
        Write("known", "22");
        (await FollowAsync()).Should().Equal("Modified Offline known");

        File.Delete(link);
        (await FollowAsync(
            async monitor =>
            {
                await UntilAsync(monitor, () => !Records().Last(static record => record.Contains("\"ConfigurationChanged\"", StringComparison.Ordinal)).Split("\"before\"")[0].Contains("\"kept\"", StringComparison.Ordinal));
                Write("known", "333");
                File.CreateSymbolicLink(link, _added.FullName);
                await UntilFollowedAsync(monitor);
                Write("new", "1");
            },
            isFollowed: false)).Should().Equal("Created Live new");
    }

    public void Dispose()
    {
        _host.Dispose();
        _added.Delete(recursive: true);
    }

    private string Of(string path) => Path.Join(_added.FullName, path);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Of(path))!);
        File.WriteAllText(Of(path), text);
    }

    private Task<IEnumerable<string>> AddAsync(Action<FileSystemMonitor> act, Action<RootOptions>? configure = null) => AddAsync(
        monitor =>
        {
            act(monitor);
            return Task.CompletedTask;
        },
        configure);

    /// <summary>One run that adds the root.</summary>
    private async Task<IEnumerable<string>> AddAsync(Func<FileSystemMonitor, Task>? act = null, Action<RootOptions>? configure = null)
    {
        var told = new List<AuditEvent>();
        await using var monitor = _host.Make();
        var reading = DurableHost.ReadAsync(monitor.ReadAllAsync(Token), told);
        await monitor.StartAsync(Token);
        await monitor.AddRootAsync(_added.FullName, configure, Token);
        await (act?.Invoke(monitor) ?? Task.CompletedTask);
        await monitor.FlushAsync(Token);
        await monitor.StopAsync(Token);
        await reading;
        return told.Where(one => one.ItemType != ItemType.Directory).Select(DurableHost.Describe);
    }

    /// <summary>One run, in which the link is followed unless that is said otherwise.</summary>
    private async Task<IEnumerable<string>> FollowAsync(Func<FileSystemMonitor, Task>? act = null, bool isFollowed = true)
    {
        var told = new List<AuditEvent>();
        await using var monitor = _host.Make();
        var reading = DurableHost.ReadAsync(monitor.ReadAllAsync(Token), told);
        await monitor.StartAsync(Token);
        await (isFollowed ? UntilFollowedAsync(monitor) : Task.CompletedTask);
        await (act?.Invoke(monitor) ?? Task.CompletedTask);
        await monitor.FlushAsync(Token);
        await monitor.StopAsync(Token);
        await reading;
        return told.Where(one => one.Root == _added.FullName && one.ItemType == ItemType.File).Select(DurableHost.Describe);
    }

    private Task UntilFollowedAsync(FileSystemMonitor monitor) => UntilAsync(monitor, () => monitor.GetHealth().Roots.Any(root => root.Path == _added.FullName));

    private static async Task UntilAsync(FileSystemMonitor monitor, Func<bool> condition)
    {
        // A flush is as long as it takes to look at everything once.
        while (!condition())
        {
            await monitor.FlushAsync(Token);
        }
    }

    private List<string> Records() => [.. Directory.EnumerateFiles(_host.State, "*.ndjson", SearchOption.AllDirectories).Order(StringComparer.Ordinal).SelectMany(File.ReadLines)];

    private static async Task CopyAsync(string from, string to)
    {
        using var copy = Process.Start("cp", ["-r", from, to]);
        await copy.WaitForExitAsync(Token);
        copy.ExitCode.Should().Be(0);
    }
}
