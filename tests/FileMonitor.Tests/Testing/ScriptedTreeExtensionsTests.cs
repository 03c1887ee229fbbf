using System.Security.Cryptography;
using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Testing;

/// <summary>What a host registers, driven by a tree in memory.</summary>
public sealed class ScriptedTreeExtensionsTests
{
    private const string Inbox = "/srv/inbox";

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("uploads")]
    public async Task Sinks_handlers_and_readers_of_the_host_get_what_happens_in_the_tree(string name)
    {
        var (services, tree, handled) = (new ServiceCollection(), new ScriptedTree(root: Inbox), new Handled());
        services.AddSingleton(handled);
        RegisterAsTheHostDoes(services, name);
        services.AddFileMonitor(name, _ => { }).UseScriptedTree(tree);
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        var monitor = Monitor(provider, name);
        var reader = monitor.ReadAllAsync(Token);

        await monitor.StartAsync(Token);
        tree.WriteFile("orders/1.csv", "1;2");
        await monitor.FlushAsync(Token);
        await monitor.StopAsync(Token);

        string[] expected = ["Created orders", "Created orders/1.csv"];
        var sink = name.Length == 0 ? provider.GetRequiredService<CapturingSink>() : provider.GetRequiredKeyedService<CapturingSink>(name);
        sink.Events.Select(Line).Should().Equal(expected);

        // In order per path only.
        handled.Events.Select(Line).Should().BeEquivalentTo(expected);
        (await reader.ToListAsync(Token)).Select(Line).Should().Equal(expected);
        sink.Events[1].Path.Should().Be("/srv/inbox/orders/1.csv");
    }

    [Fact]
    public void The_clock_of_the_tree_is_the_clock_of_the_host()
    {
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddFileMonitor(options => options.AddRoot(Inbox)).UseScriptedTree(new ScriptedTree(_clock, Inbox));
        using var provider = services.BuildServiceProvider();

        provider.GetServices<TimeProvider>().Should().Equal(_clock);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_flush_and_a_stop_need_no_clock_that_moves(bool flushes)
    {
        var (services, tree) = (new ServiceCollection(), new ScriptedTree(_clock, Inbox));
        services.AddFileMonitor(options => options.AddRoot(Inbox)).UseScriptedTree(tree).AddSink<CapturingSink>();
        await using var provider = services.BuildServiceProvider();
        var monitor = Monitor(provider, "");

        await monitor.StartAsync(Token);
        tree.WriteFile("a", "1");
        tree.WriteFile("a", "2");
        await (flushes ? monitor.FlushAsync(Token) : monitor.StopAsync(Token)).WaitAsync(TimeSpan.FromMinutes(1), Token);

        provider.GetRequiredService<CapturingSink>().Events.Should().ContainSingle().Which.Should()
            .BeEquivalentTo(new { Kind = AuditEventKind.Created, Sha256 = Convert.ToHexStringLower(SHA256.HashData("2"u8)) });
    }

    [Fact]
    public async Task A_further_root_is_the_tests_and_the_tree_hints_below_its_own()
    {
        var (services, tree) = (new ServiceCollection(), new ScriptedTree(root: Inbox));
        tree.Files.CreateDirectory("/srv/before");
        services.AddFileMonitor(options =>
        {
            options.AddRoot("/srv/before");
            options.AddRoot(Inbox);
        }).UseScriptedTree(tree).AddSink<CapturingSink>();
        await using var provider = services.BuildServiceProvider();
        var monitor = Monitor(provider, "");

        await monitor.StartAsync(Token);
        tree.WriteFile("a", "1");
        tree.Files.WriteFile("/srv/before/b", "2");
        tree.Source.Hint(FileMonitor.Extending.FileChangeKind.Created, "b", root: 0);
        await monitor.FlushAsync(Token);

        tree.SourcesMade.Should().Be(1);
        provider.GetRequiredService<CapturingSink>().Events.Select(said => said.Path).Should().BeEquivalentTo("/srv/inbox/a", "/srv/before/b");
    }

    [Theory]
    [InlineData("/srv/inbox/", true)]
    [InlineData("/srv/inbox", true)]
    [InlineData("/srv/other", false)]
    public void A_tree_whose_root_is_none_of_the_monitors_is_refused(string root, bool isAccepted)
    {
        var services = new ServiceCollection();
        services.AddFileMonitor(options => options.AddRoot(root)).UseScriptedTree(new ScriptedTree(root: Inbox));
        using var provider = services.BuildServiceProvider();

        var resolving = () => Monitor(provider, "");

        if (isAccepted)
        {
            resolving.Should().NotThrow();
        }
        else
        {
            resolving.Should().Throw<OptionsValidationException>().WithMessage("No root of the monitor is /srv/inbox*");
        }
    }

    private static FileSystemMonitor Monitor(IServiceProvider provider, string name) =>
        name.Length == 0 ? provider.GetRequiredService<FileSystemMonitor>() : provider.GetRequiredKeyedService<FileSystemMonitor>(name);

    private static string Line(AuditEvent said) => $"{said.Kind} {said.RelativePath}";

    private static void RegisterAsTheHostDoes(IServiceCollection services, string name) =>
        services.AddFileMonitor(name, options => options.AddRoot(Inbox)).AddSink<CapturingSink>(SinkPromise.Required).AddHandler<Handler>();

    private sealed class Handled
    {
        public System.Collections.Concurrent.ConcurrentQueue<AuditEvent> Events { get; } = new();
    }

    private sealed class Handler(Handled handled) : IAuditEventHandler
    {
        public Task HandleAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
        {
            handled.Events.Enqueue(auditEvent);
            return Task.CompletedTask;
        }
    }
}
