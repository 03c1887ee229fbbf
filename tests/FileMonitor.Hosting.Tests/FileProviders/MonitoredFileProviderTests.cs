using FileMonitor.AcceptanceTests.FileRoots;
using FileMonitor.Extensions.FileProviders;
using FluentAssertions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace FileMonitor.Hosting.Tests.FileProviders;

/// <summary>Configuration from a file, and the tokens it lives on, on a real disk.</summary>
public sealed class MonitoredFileProviderTests
{
    private const string Name = "config.json";

    public static TheoryData<string> Changes { get; } = [.. FileScenario.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Configuration_is_loaded_again_after_each_change(string change)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The changes are made with calls of Linux.");
        var scenario = FileScenario.All.Single(one => one.Name == change);
        using var home = new TemporaryDirectory();
        scenario.Prepare(home.Root);
        await using var provider = new MonitoredFileProvider(home.PathOf("app"), Quick);
        using var configuration = Load(provider);
        var before = configuration["Value"];

        scenario.Change(home.Root);
        await UntilAsync(configuration, scenario.Content is null ? null : "two");
        Directory.CreateDirectory(home.PathOf("app"));
        FileScenario.Save(home.Root, FileScenario.File, """{ "Value": "three" }""");
        await UntilAsync(configuration, "three");

        before.Should().Be(scenario.Kind == AuditEventKind.Created ? null : "one");
        TestContext.Current.TestOutputHelper!.WriteLine($"| {change} | Yes | {OfPhysicalFileProvider(scenario)} |");
    }

    [Fact]
    public async Task A_deleted_file_that_is_made_again_is_loaded_each_time()
    {
        using var home = new TemporaryDirectory();
        await using var provider = new MonitoredFileProvider(home.PathOf("app"), Quick);
        using var configuration = Load(provider);
        for (var round = 0; round < 3; round++)
        {
            Directory.CreateDirectory(home.PathOf("app"));
            File.WriteAllText(home.PathOf(FileScenario.File), $$"""{ "Value": "{{round}}" }""");
            await UntilAsync(configuration, $"{round}");
            Directory.Delete(home.PathOf("app"), recursive: true);
            await UntilAsync(configuration, null);
        }
    }

    [Theory]
    [InlineData("*.json", "a.json", true)]
    [InlineData("*.json", "A.JSON", true)]
    [InlineData("*.json", "a.txt", false)]
    [InlineData("*.json", "below/a.json", false)]
    [InlineData("**/*.json", "below/a.json", true)]
    [InlineData("**/*", "below/a.txt", true)]
    [InlineData("below/", "below/a.txt", true)]
    [InlineData("below/*", "a.txt", false)]
    [InlineData("/*.json", "a.json", true)]
    [InlineData("*.json", ".hidden.json", false)]
    [InlineData("a.json", "a.json", true)]
    [InlineData("/a.json", "a.json", true)]
    [InlineData("below/../a.json", "a.json", true)]
    [InlineData("below\\a.txt", "below/a.txt", true)]
    [InlineData("a.json", "b.json", false)]
    public async Task A_filter_selects_what_it_selects_for_the_provider_of_the_framework(string filter, string file, bool isSelected)
    {
        using var home = new TemporaryDirectory();
        Directory.CreateDirectory(home.PathOf("below"));
        await using var provider = new MonitoredFileProvider(home.Root, Quick);
        var token = provider.Watch(filter);
        var last = provider.Watch("last.*");
        var lastByName = provider.Watch("last.txt");

        File.WriteAllText(home.PathOf(file), "something");
        File.WriteAllText(home.PathOf("last.txt"), "something");
        await Task.WhenAll(FiredAsync(last), FiredAsync(lastByName), isSelected ? FiredAsync(token) : Task.CompletedTask);

        token.HasChanged.Should().Be(isSelected);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("../config.json")]
    [InlineData("below/../../config.json")]
    [InlineData("..\\config.json")]
    public void A_filter_that_selects_nothing_below_the_root_has_a_token_that_never_fires(string? filter)
    {
        using var home = new TemporaryDirectory();
        using var provider = new MonitoredFileProvider(home.Root);

        provider.Watch(filter).Should().BeSameAs(NullChangeToken.Singleton);
    }

    [Fact]
    public void Nothing_outside_the_root_is_read()
    {
        using var home = new TemporaryDirectory();
        Directory.CreateDirectory(home.PathOf("root"));
        File.WriteAllText(home.PathOf("secret"), "secret");
        File.WriteAllText(home.PathOf("root/open"), "open");
        using var provider = new MonitoredFileProvider(home.PathOf("root"));

        provider.GetFileInfo("../secret").Exists.Should().BeFalse();
        provider.GetFileInfo("open/../../secret").Exists.Should().BeFalse();
        provider.GetFileInfo(home.PathOf("secret")).Exists.Should().BeFalse();
        provider.GetDirectoryContents("..").Exists.Should().BeFalse();
        provider.GetFileInfo("/open").Exists.Should().BeTrue();
        provider.GetDirectoryContents("").Select(file => file.Name).Should().Equal("open");
    }

    [Fact]
    public void Of_a_link_the_file_behind_it_counts()
    {
        using var home = new TemporaryDirectory();
        File.WriteAllText(home.PathOf("file"), "seven b");
        File.CreateSymbolicLink(home.PathOf("link"), "file");
        File.CreateSymbolicLink(home.PathOf("nowhere"), "missing");
        File.CreateSymbolicLink(home.PathOf("circle"), "circle");
        using var provider = new MonitoredFileProvider(home.Root);

        var link = provider.GetFileInfo("link");

        using var content = new StreamReader(link.CreateReadStream());
        (link.Exists, link.Length, link.Name, content.ReadToEnd()).Should().Be((true, 7, "link", "seven b"));
        provider.GetFileInfo("nowhere").Exists.Should().BeFalse();
        provider.GetFileInfo("circle").Exists.Should().BeFalse();
    }

    [Fact]
    public void A_root_that_is_missing_is_empty_until_it_is_made()
    {
        using var home = new TemporaryDirectory();
        using var provider = new MonitoredFileProvider(home.PathOf("root"));
        var before = (provider.GetFileInfo("a").Exists, provider.GetDirectoryContents("").Exists);

        Directory.CreateDirectory(home.PathOf("root"));
        File.WriteAllText(home.PathOf("root/a"), "a");

        before.Should().Be((false, false));
        provider.GetFileInfo("a").Exists.Should().BeTrue();
    }

    [Fact]
    public async Task A_link_that_changes_fires_every_pattern()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The change is made with calls of Linux.");
        var scenario = FileScenario.All.Single(one => one.Name.Contains("ConfigMap", StringComparison.Ordinal));
        using var home = new TemporaryDirectory();
        scenario.Prepare(home.Root);
        await using var provider = new MonitoredFileProvider(home.PathOf("app"), Quick);
        var token = provider.Watch("*.json");

        scenario.Change(home.Root);

        await FiredAsync(token);
    }

    [Fact]
    public async Task The_tokens_of_a_given_monitor_fire_by_its_events_and_it_goes_on()
    {
        using var home = new TemporaryDirectory();
        await using var monitor = FileSystemMonitor.Create(options =>
        {
            options.AddFile(home.PathOf(Name));
            Quick(options);
        });
        await using var provider = new MonitoredFileProvider(home.Root, monitor);
        await monitor.StartAsync(TestContext.Current.CancellationToken);
        var token = provider.Watch(Name);

        FileScenario.Save(home.Root, Name, "content");
        await FiredAsync(token);
        await provider.DisposeAsync();

        provider.Watch(Name).Should().BeSameAs(NullChangeToken.Singleton, "the provider is disposed");
        monitor.GetHealth().State.Should().Be(MonitorState.Running, "it is the host's");
    }

    [Fact]
    public async Task Nothing_is_missed_while_further_names_are_watched()
    {
        using var home = new TemporaryDirectory();
        await using var provider = new MonitoredFileProvider(home.Root, Quick);
        var tokens = new List<IChangeToken>();
        for (var file = 0; file < 10; file++)
        {
            tokens.Add(provider.Watch($"{file}"));
            File.WriteAllText(home.PathOf($"{file}"), "something");
        }

        await Task.WhenAll(tokens.Select(FiredAsync));
    }

    [Theory]
    [InlineData(ChangeSourceKind.Auto, "*.json")]
    [InlineData(ChangeSourceKind.Auto, Name)]
    [InlineData(ChangeSourceKind.FileSystemWatcher, Name)]
    [InlineData(ChangeSourceKind.Polling, Name)]
    public async Task Content_that_comes_back_to_what_it_was_fires_the_token(ChangeSourceKind source, string filter)
    {
        using var home = new TemporaryDirectory();
        File.WriteAllText(home.PathOf(Name), "0");
        await using var provider = new MonitoredFileProvider(home.Root, options => NothingIsTold(options, source));
        provider.Watch(filter);

        File.WriteAllText(home.PathOf(Name), "1");
        var token = provider.Watch(filter);
        File.WriteAllText(home.PathOf(Name), "0");

        await FiredAsync(token);
    }

    [Theory]
    [InlineData(ChangeSourceKind.Auto, "*.json")]
    [InlineData(ChangeSourceKind.Auto, Name)]
    [InlineData(ChangeSourceKind.FileSystemWatcher, Name)]
    [InlineData(ChangeSourceKind.Polling, Name)]
    public async Task A_new_file_that_is_deleted_at_once_fires_the_token(ChangeSourceKind source, string filter)
    {
        using var home = new TemporaryDirectory();
        await using var provider = new MonitoredFileProvider(home.Root, options => NothingIsTold(options, source));
        provider.Watch(filter);

        File.WriteAllText(home.PathOf(Name), "1");
        var token = provider.Watch(filter);
        File.Delete(home.PathOf(Name));

        await FiredAsync(token);
    }

    [Fact]
    public async Task A_file_that_was_there_only_while_it_was_read_fires_the_token()
    {
        using var home = new TemporaryDirectory();
        await using var provider = new MonitoredFileProvider(home.Root, options => NothingIsTold(options, ChangeSourceKind.Polling));
        var token = provider.Watch(Name);

        File.WriteAllText(home.PathOf(Name), "1");
        provider.GetFileInfo(Name).Exists.Should().BeTrue();
        File.Delete(home.PathOf(Name));

        await FiredAsync(token);
    }

    [Theory]
    [InlineData("")]
    [InlineData("app")]
    public void A_root_that_depends_on_the_working_directory_is_refused(string root) =>
        FluentActions.Invoking(() => new MonitoredFileProvider(root)).Should().Throw<ArgumentException>();

    private static void Quick(FileMonitorOptions options)
    {
        options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(20);
        options.Recovery.RootCheckInterval = TimeSpan.FromMilliseconds(50);
    }

    /// <summary>The changes of a test are one for the monitor, and a polled file is not looked at before the test has ended.</summary>
    private static void NothingIsTold(FileMonitorOptions options, ChangeSourceKind source)
    {
        options.Source = source;
        options.Debounce.QuietPeriod = options.Debounce.FinishedDelay = TimeSpan.FromSeconds(1);
        options.Polling.Interval = TimeSpan.FromHours(1);
    }

    private static ConfigurationRoot Load(IFileProvider provider) => (ConfigurationRoot)new ConfigurationBuilder()
        .AddJsonFile(json =>
        {
            json.FileProvider = provider;
            json.Path = Name;
            json.Optional = true;
            json.ReloadOnChange = true;
            json.ReloadDelay = 0;
        })
        .Build();

    private static async Task UntilAsync(ConfigurationRoot configuration, string? value)
    {
        var loaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var _ = ChangeToken.OnChange(configuration.GetReloadToken, Look);
        Look();
        await loaded.Task.WaitAsync(TestHost.Deadline, TestContext.Current.CancellationToken);

        void Look()
        {
            if (configuration["Value"] == value)
            {
                loaded.TrySetResult();
            }
        }
    }

    private static async Task FiredAsync(IChangeToken token)
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var _ = token.RegisterChangeCallback(static state => ((TaskCompletionSource)state!).TrySetResult(), fired);
        await fired.Task.WaitAsync(TestHost.Deadline, TestContext.Current.CancellationToken);
    }

    /// <summary>What the provider of the framework does, for the table of the recipe. It says what was seen; nothing is asserted of it.</summary>
    private static string OfPhysicalFileProvider(FileScenario scenario)
    {
        using var home = new TemporaryDirectory();
        scenario.Prepare(home.Root);
        if (!Directory.Exists(home.PathOf("app")))
        {
            return $"No: {Assert.ThrowsAny<IOException>(() => new PhysicalFileProvider(home.PathOf("app")).Dispose()).GetType().Name}";
        }

        using var provider = new PhysicalFileProvider(home.PathOf("app"));
        var token = provider.Watch(Name);
        scenario.Change(home.Root);

        // In the directory that the watcher has, under whatever name: its events come in order. Twice, because tokens fire on tasks.
        var watched = Directory.Exists(home.PathOf("new")) ? "new" : Directory.Exists(home.PathOf("releases")) ? "releases/1" : "app";
        for (var round = 0; round < 2; round++)
        {
            var last = provider.Watch($"last{round}");
            using var fired = new ManualResetEventSlim();
            using var _ = last.RegisterChangeCallback(static state => ((ManualResetEventSlim)state!).Set(), fired);
            File.WriteAllText(home.PathOf($"{watched}/last{round}"), "");
            if (!fired.Wait(TestHost.Deadline, TestContext.Current.CancellationToken))
            {
                return "No, and nothing further";
            }
        }

        return token.HasChanged ? "Yes" : "No";
    }
}
